//! Invalid ids, dates, bodies and methods under `/borrowdb`.

use serde_json::{Value, json};
use tests::{TestApp, loan};

#[tokio::test]
async fn an_out_of_range_id_is_answered_and_other_text_is_404() {
    let app = TestApp::start().await;
    let paths = [
        ("", json!({"transaction": null})),
        ("patron/", json!({"transactions": null})),
        ("count/", json!({"transactions": [[0]]})),
        ("history/", json!({"transactions": null})),
        ("copies/", json!({"copies": []})),
    ];
    for (path, nothing) in paths {
        for id in ["0", "-1", "9223372036854775807", "9223372036854775808", "-99999999999999999999"]
        {
            let answer = app.get(&format!("/borrowdb/{path}{id}/"));
            assert_eq!(answer.both(), (200, nothing.clone()), "{path}{id}");
        }
        for id in ["abc", "1.0", "1e3", "%00", "%D9%A1", "1'--", "-", "--1"] {
            let answer = app.get(&format!("/borrowdb/{path}{id}"));
            assert_eq!(
                (answer.status, &answer.json()["error"]),
                (404, &json!("Not found")),
                "{path}{id}"
            );
        }
        assert_eq!(app.get(&format!("/borrowdb/{path}%FF")).status, 400, "{path}");
    }
    for query in
        ["open?on=garbage", "open?overdue=false&on=2026-02-30", "open?total=1", "figures?on=x"]
    {
        assert_eq!(app.get(&format!("/borrowdb/{query}")).status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_date_is_a_calendar_date() {
    let app = TestApp::start().await;
    for date in NO_DATES {
        let answer = app.get(&format!("/borrowdb/due/{}", date.replace(' ', "%20")));
        assert_eq!(answer.status, 400, "{date}");
        let answer = app.get(&format!("/borrowdb/overdue?on={}", date.replace(' ', "%20")));
        assert_eq!((answer.status, answer.detail().contains("on")), (400, true), "{date}");
    }
    for date in ["2028-02-29", "2000-02-29", "2026-12-31", "1000-01-01", "9999-12-31"] {
        assert_eq!(app.get(&format!("/borrowdb/due/{date}")).status, 200, "{date}");
    }
    for path in [
        "/borrowdb/patron",
        "/borrowdb/due",
        "/borrowdb/count/",
        "/borrowdb/1/2",
        "/borrowdb/nothing",
        "/borrowdb/renew",
    ] {
        assert_eq!(app.get(path).status, 404, "{path}");
    }
}

/// Texts that a lenient parser would accept as dates.
const NO_DATES: [&str; 15] = [
    "2026-02-30",
    "2026-02-29",
    "1900-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-1-1",
    "20260101",
    "2026-01-01T00:00:00Z",
    "01.02.2026",
    "tomorrow",
    "-2026-01-01",
    "0999-12-31",
    "10000-01-01",
    "2026-01-01 ",
];

#[tokio::test]
async fn an_invalid_body_is_refused_and_the_field_is_named() {
    let app = TestApp::start().await;
    let good = loan(1, 1, "2026-03-01", "2026-03-15");
    for (key, value) in [
        ("book_id", json!("1")),
        ("book_id", json!(0)),
        ("book_id", json!(-5)),
        ("book_id", json!(1.5)),
        ("book_id", json!(9_223_372_036_854_775_808_u64)),
        ("book_id", Value::Null),
        ("patron_id", json!([1])),
        ("patron_id", json!(true)),
        ("patron_id", json!(1e30)),
        ("date_out", json!(20_260_301)),
        ("date_out", json!("")),
        ("date_due", json!("2026-02-28")),
        ("date_due", Value::Null),
        ("limits", json!("none")),
    ] {
        let mut body = good.clone();
        body["borrow"][key] = value;
        app.send_json("POST", "/borrowdb", &body).assert_names(&format!("borrow.{key}"));
    }
    for key in ["book_id", "patron_id", "date_out", "date_due"] {
        let mut body = good.clone();
        body["borrow"].as_object_mut().unwrap().remove(key);
        app.send_json("POST", "/borrowdb", &body).assert_names(&format!("borrow.{key}"));
    }
    for date in NO_DATES {
        app.send_json("POST", "/borrowdb", &loan(1, 1, date, "2099-01-01"))
            .assert_names("borrow.date_out");
        app.send_json("POST", "/borrowdb", &loan(1, 1, "1000-01-01", date))
            .assert_names("borrow.date_due");
    }
    for (method, path, top) in [
        ("POST", "/borrowdb", "borrow"),
        ("DELETE", "/borrowdb", "return"),
        ("POST", "/borrowdb/renew", "renew"),
    ] {
        for wrong in [json!({}), json!({"other": {}}), json!({top: 5}), json!({top: []})] {
            app.send_json(method, path, &wrong).assert_names(top);
        }
        for wrong in [json!([]), json!("x"), Value::Null] {
            app.send_json(method, path, &wrong).assert_names("object");
        }
        let unknown_patron = json!({top: {"book_id": 1}});
        app.send_json(method, path, &unknown_patron).assert_names(&format!("{top}."));
    }
    assert!(app.get("/borrowdb").json()["transactions"].is_null(), "nothing was written");

    let mut more = good;
    more["borrow"]["color"] = json!("blue");
    more["note"] = json!(["ignored"]);
    assert_eq!(app.send_json("POST", "/borrowdb", &more).status, 201, "unknown keys are ignored");
}

#[tokio::test]
async fn other_methods_are_not_found_and_head_is_a_get_without_its_body() {
    let app = TestApp::start().await;
    for (path, methods) in [
        ("/borrowdb", ["PUT", "PATCH", "OPTIONS"]),
        ("/borrowdb/1", ["POST", "DELETE", "PUT"]),
        ("/borrowdb/renew", ["DELETE", "PUT", "PATCH"]),
        ("/borrowdb/counts", ["POST", "DELETE", "PUT"]),
    ] {
        for method in methods {
            let answer = app.send_json(method, path, &loan(1, 1, "2026-03-01", "2026-03-15"));
            assert_eq!(
                (answer.status, &answer.json()["error"]),
                (404, &json!("Not found")),
                "{method} {path}"
            );
        }
    }
    for path in
        ["/borrowdb", "/borrowdb/1", "/borrowdb/counts", "/borrowdb/overdue", "/borrowdb/healthz"]
    {
        let (head, get) = (app.send("HEAD", path), app.get(path));
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
    }
    assert_eq!(app.get("/borrowdb/healthz").json(), json!({"status": "ok"}));
}

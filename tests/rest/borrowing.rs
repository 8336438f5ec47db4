//! The ledger's rows of the REST contract: reading loans, writing them plainly, closing and renewing.

use loader::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, TestApp, loan};

#[tokio::test]
async fn a_plain_loan_is_written_read_closed_and_kept() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/borrowdb").both(), (200, json!({"transactions": null})));

    let answer = app.send_json("POST", "/borrowdb", &loan(8, 2, "2026-02-28", "2026-03-14"));
    let id = answer.json()["transaction"].clone();
    assert_eq!((answer.status, id.is_i64()), (201, true), "{}", answer.body);
    let row = json!([id, 8, 2, "2026-02-28", "2026-03-14"]);
    for path in ["/borrowdb", "/borrowdb/", "/borrowdb/patron/2", "/borrowdb/due/2026-03-14"] {
        assert_eq!(app.get(path).both(), (200, json!({"transactions": [row]})), "{path}");
    }
    assert_eq!(app.get(&format!("/borrowdb/{id}")).both(), (200, json!({"transaction": [row]})));
    assert_eq!(app.get("/borrowdb/count/8").both(), (200, json!({"transactions": [[1]]})));
    for path in ["/borrowdb/patron/3", "/borrowdb/due/2026-03-15", "/borrowdb/history/3"] {
        assert_eq!(app.get(path).both(), (200, json!({"transactions": null})), "{path}");
    }

    for closed in [1, 0] {
        let answer = app.send_json("DELETE", "/borrowdb", &returned(8, 2));
        assert_eq!(answer.both(), (201, json!({"transaction": closed})));
    }
    assert_eq!(app.get(&format!("/borrowdb/{id}")).json(), json!({"transaction": null}));
    assert_eq!(app.get("/borrowdb").json(), json!({"transactions": null}));
    assert_eq!(app.get("/borrowdb/count/8").json(), json!({"transactions": [[0]]}));
    let history = app.get("/borrowdb/history/2").json()["transactions"].clone();
    assert_eq!(history.as_array().unwrap().len(), 1);
    assert!(history[0][5].is_string(), "the day it came back: {history}");

    let again = app.send_json("POST", "/borrowdb", &loan(8, 2, "2026-03-15", "2026-03-15"));
    assert_eq!(again.status, 201, "due on the day it goes out, and once more after its return");
    assert_ne!(again.json()["transaction"], id, "ids are never used again");
}

#[tokio::test]
async fn a_title_goes_to_a_patron_once_even_without_limits() {
    let app = TestApp::start().await;
    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-01", "2026-03-15")).status,
        201
    );
    let answer = app.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-02", "2026-03-16"));
    assert_refused(&answer, "already_borrowed");
    for patron in 2..=10 {
        let answer =
            app.send_json("POST", "/borrowdb", &loan(1, patron, "2026-03-01", "2026-03-15"));
        assert_eq!(answer.status, 201, "copies are no matter here: {}", answer.body);
    }
    for book in 2..=10 {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, 1, "2026-03-01", "2026-03-15"));
        assert_eq!(answer.status, 201, "nor is how many: {}", answer.body);
    }
    assert_eq!(app.get("/borrowdb/count/1").json(), json!({"transactions": [[10]]}));
    assert_eq!(rows(&app.get("/borrowdb/patron/1")).len(), 10);
}

#[tokio::test]
async fn limits_that_come_along_are_kept_in_the_contract_s_order() {
    let app = TestApp::start().await;
    let limited = |book, patron, limits: Value| {
        let mut body = loan(book, patron, "2026-03-01", "2026-03-15");
        body["borrow"]["limits"] = limits;
        app.send_json("POST", "/borrowdb", &body)
    };
    let limits = |exists, copies: Option<i32>, loans, block| json!({"patron_exists": exists, "copies": copies, "loans": loans, "block_when_overdue": block});
    assert_refused(&limited(1, 1, limits(false, None, 0, true)), "unknown_patron");
    assert_refused(&limited(1, 1, limits(true, None, 0, true)), "unknown_book");
    assert_refused(&limited(1, 1, limits(true, Some(0), 4, true)), "no_copy_left");
    assert_refused(&limited(1, 1, limits(true, Some(0), 0, false)), "limit_reached");
    assert_eq!(limited(1, 1, limits(true, Some(1), 2, true)).status, 201);
    assert_refused(&limited(1, 1, limits(true, Some(1), 1, false)), "already_borrowed");
    assert_refused(&limited(1, 2, limits(true, Some(1), 1, false)), "no_copy_left");
    assert_eq!(limited(2, 1, limits(true, Some(1), 2, false)).status, 201);
    assert_refused(&limited(3, 1, limits(true, Some(0), 2, false)), "limit_reached");
    // Long ago: overdue whatever day it is.
    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(9, 3, "2001-01-01", "2001-01-15")).status,
        201
    );
    assert_refused(&limited(9, 3, limits(true, Some(0), 0, true)), "has_overdue");
    assert_refused(&limited(9, 3, limits(true, Some(0), 0, false)), "already_borrowed");
    assert_eq!(
        limited(4, 3, limits(true, Some(1), 2, false)).status,
        201,
        "blocks only when told to"
    );

    for (key, value) in [
        ("patron_exists", json!("yes")),
        ("copies", json!(-1)),
        ("copies", json!("two")),
        ("loans", json!(1.5)),
        ("loans", Value::Null),
        ("block_when_overdue", json!(1)),
    ] {
        let mut wrong = limits(true, Some(1), 4, false);
        wrong[key] = value;
        let answer = limited(5, 5, wrong);
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.detail().contains(&format!("borrow.limits.{key}")), "{}", answer.body);
    }
    assert!(app.get("/borrowdb/patron/5").json()["transactions"].is_null());
}

#[tokio::test]
async fn a_loan_is_renewed_from_its_due_date_as_often_as_allowed() {
    let app = TestApp::start().await;
    let renew = |limits: Option<Value>| {
        let mut body = json!({"renew": {"book_id": 3, "patron_id": 3}});
        if let Some(limits) = limits {
            body["renew"]["limits"] = limits;
        }
        app.send_json("POST", "/borrowdb/renew", &body)
    };
    assert_refused(&renew(None), "not_borrowed");
    let id = app.send_json("POST", "/borrowdb", &loan(3, 3, "2027-12-01", "2027-12-24")).json()["transaction"].clone();
    for due in ["2028-01-07", "2028-01-21"] {
        assert_eq!(renew(None).both(), (201, json!({"transaction": id, "date_due": due})));
    }
    assert_refused(&renew(None), "renewal_limit");
    // Into a leap year's 29 February and over it.
    let more = renew(Some(json!({"renewals": 4, "days": 39})));
    assert_eq!(more.both(), (201, json!({"transaction": id, "date_due": "2028-02-29"})));
    let more = renew(Some(json!({"renewals": 4, "days": 1})));
    assert_eq!(more.both(), (201, json!({"transaction": id, "date_due": "2028-03-01"})));
    assert_refused(&renew(Some(json!({"renewals": 4, "days": 1}))), "renewal_limit");
    assert_eq!(rows(&app.get("/borrowdb/due/2028-03-01"))[0][0], id);
    assert_eq!(app.send_json("DELETE", "/borrowdb", &returned(3, 3)).status, 201);
    assert_refused(&renew(Some(json!({"renewals": 9, "days": 1}))), "not_borrowed");
    for (key, value) in [("renewals", json!(-1)), ("days", json!("14")), ("days", json!(-1))] {
        let mut limits = json!({"renewals": 2, "days": 14});
        limits[key] = value;
        let answer = renew(Some(limits));
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.detail().contains(&format!("renew.limits.{key}")), "{}", answer.body);
    }
}

#[tokio::test]
async fn copies_out_are_counted_for_many_books_at_once() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/borrowdb/counts").both(), (200, json!({"counts": []})));
    for (book, patron) in [(4, 1), (4, 2), (2, 1), (9, 5)] {
        assert_eq!(
            app.send_json("POST", "/borrowdb", &loan(book, patron, "2026-01-01", "2026-01-02"))
                .status,
            201
        );
    }
    assert_eq!(app.send_json("DELETE", "/borrowdb", &returned(9, 5)).status, 201);
    let thousand = (1..=1000).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    for (query, expected) in [
        ("", json!([[2, 1], [4, 2]])),
        ("?books=9,4,1", json!([[1, 0], [4, 2], [9, 0]])),
        ("?books=4", json!([[4, 2]])),
        ("?books=4,4", json!([[4, 2]])),
        ("?books=2%2C9223372036854775807", json!([[2, 1], [i64::MAX, 0]])),
    ] {
        let answer = app.get(&format!("/borrowdb/counts{query}"));
        assert_eq!(answer.both(), (200, json!({"counts": expected})), "{query}");
    }
    let paged = |query| app.get(&format!("/borrowdb/counts?{query}")).json();
    assert_eq!(paged("limit=1"), json!({"counts": [[2, 1]], "next": 2}));
    assert_eq!(paged("limit=1&after=2"), json!({"counts": [[4, 2]], "next": null}));
    assert_eq!(paged("books=9,4,1&limit=2"), json!({"counts": [[1, 0], [4, 2]], "next": 4}));
    assert_eq!(paged("books=9,4,1&after=4"), json!({"counts": [[9, 0]]}));
    assert!(app.get("/borrowdb/counts?limit=0").detail().contains("limit"));
    let many = app.get(&format!("/borrowdb/counts?books={thousand}"));
    assert_eq!(many.json()["counts"].as_array().unwrap().len(), 1000);
    for books in [
        "a",
        "1,",
        ",",
        "0",
        "-1",
        "1;2",
        "1.0",
        "9223372036854775808",
        &format!("{thousand},1001"),
    ] {
        let answer = app.get(&format!("/borrowdb/counts?books={books}"));
        assert_eq!(answer.status, 400, "{books}");
        assert!(answer.detail().contains("books"), "{}", answer.body);
    }
}

#[tokio::test]
async fn lists_come_in_pages_and_history_newest_first() {
    let app = TestApp::start().await;
    for book in 1..=5 {
        let due = format!("2026-01-{:02}", book + 10);
        assert_eq!(
            app.send_json("POST", "/borrowdb", &loan(book, 6, "2026-01-01", &due)).status,
            201
        );
    }
    assert_eq!(app.send_json("DELETE", "/borrowdb", &returned(2, 6)).json()["transaction"], 1);
    for (path, expected) in [
        ("/borrowdb", [vec![1, 3], vec![4, 5]].as_slice()),
        ("/borrowdb/patron/6", &[vec![1, 3], vec![4, 5]]),
        ("/borrowdb/overdue?on=2026-01-14", &[vec![1, 3]]),
        ("/borrowdb/overdue?on=2026-01-11", &[vec![]]),
        ("/borrowdb/overdue", &[vec![1, 3], vec![4, 5]]),
        ("/borrowdb/due/2026-01-14", &[vec![4]]),
        ("/borrowdb/history/6", &[vec![5, 4], vec![3, 2], vec![1]]),
    ] {
        let (mut pages, mut after) = (Vec::new(), String::new());
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let answer = app.get(&format!("{path}{sign}limit=2{after}"));
            pages
                .push(rows(&answer).iter().map(|row| row[1].as_i64().unwrap()).collect::<Vec<_>>());
            match &answer.json()["next"] {
                Value::Null => break,
                next => after = format!("&after={next}"),
            }
        }
        assert_eq!(pages, expected, "{path}");
    }
    let history = rows(&app.get("/borrowdb/history/6"));
    assert_eq!(
        history.iter().map(|row| row[5].is_null()).collect::<Vec<_>>(),
        [true, true, true, false, true]
    );
    for path in [
        "/borrowdb",
        "/borrowdb/patron/6",
        "/borrowdb/overdue",
        "/borrowdb/due/2026-01-14",
        "/borrowdb/history/6",
    ] {
        for (query, name) in [("limit=0", "limit"), ("limit=1001", "limit"), ("after=x", "after")] {
            let answer = app.get(&format!("{path}?{query}"));
            assert_eq!(answer.status, 400, "{path}?{query}");
            assert!(answer.detail().contains(name), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn what_is_no_id_is_a_404_and_what_is_no_date_a_400() {
    let app = TestApp::start().await;
    for place in ["", "patron/", "count/", "history/"] {
        for id in ["0", "-1", "+1", "abc", "1.0", "9223372036854775808", "%00", "%D9%A1", "1'--"] {
            let answer = app.get(&format!("/borrowdb/{place}{id}"));
            assert_eq!(
                (answer.status, &answer.json()["error"]),
                (404, &json!("Not found")),
                "{place}{id}"
            );
        }
        assert_eq!(
            app.get(&format!("/borrowdb/{place}9223372036854775807/")).status,
            200,
            "{place}"
        );
        assert_eq!(app.get(&format!("/borrowdb/{place}%FF")).status, 400, "{place}");
    }
    assert_eq!(app.get("/borrowdb/9223372036854775807").json(), json!({"transaction": null}));
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

/// Looks like a date to a careless reader.
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
async fn a_body_that_is_wrong_is_refused_with_the_name_of_what_is_wrong() {
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
        assert_names(&app.send_json("POST", "/borrowdb", &body), &format!("borrow.{key}"));
    }
    for key in ["book_id", "patron_id", "date_out", "date_due"] {
        let mut body = good.clone();
        body["borrow"].as_object_mut().unwrap().remove(key);
        assert_names(&app.send_json("POST", "/borrowdb", &body), &format!("borrow.{key}"));
    }
    for date in NO_DATES {
        assert_names(
            &app.send_json("POST", "/borrowdb", &loan(1, 1, date, "2099-01-01")),
            "borrow.date_out",
        );
        assert_names(
            &app.send_json("POST", "/borrowdb", &loan(1, 1, "1000-01-01", date)),
            "borrow.date_due",
        );
    }
    for (method, path, top) in [
        ("POST", "/borrowdb", "borrow"),
        ("DELETE", "/borrowdb", "return"),
        ("POST", "/borrowdb/renew", "renew"),
    ] {
        for wrong in [json!({}), json!({"other": {}}), json!({top: 5}), json!({top: []})] {
            assert_names(&app.send_json(method, path, &wrong), top);
        }
        for wrong in [json!([]), json!("x"), Value::Null] {
            assert_names(&app.send_json(method, path, &wrong), "object");
        }
        let unknown_patron = json!({top: {"book_id": 1}});
        assert_names(&app.send_json(method, path, &unknown_patron), &format!("{top}."));
    }
    assert!(app.get("/borrowdb").json()["transactions"].is_null(), "nothing was written");

    let mut more = good;
    more["borrow"]["colour"] = json!("blue");
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

#[tokio::test]
async fn a_patron_s_past_is_not_walked_to_read_what_is_open() {
    let app = TestApp::start().await;
    let mut borrowing = app.database.admin(Store::Borrowing).await;
    let past =
        "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot, returnedAt)
                SELECT 1, 1, '2020-01-01', '2020-01-15', 1, 1, '2020-01-10'
                FROM information_schema.columns LIMIT 500";
    borrowing.query_drop(past).await.unwrap();
    assert_eq!(app.get("/borrowdb/patron/1").json(), json!({"transactions": null}));
    assert_eq!(app.get("/borrowdb/count/1").json(), json!({"transactions": [[0]]}));
    assert_eq!(app.get("/borrowdb/overdue").json(), json!({"transactions": null}));
    assert_eq!(rows(&app.get("/borrowdb/history/1?limit=1000")).len(), 500);
    let newest = rows(&app.get("/borrowdb/history/1?limit=1"))[0].clone();
    assert_eq!(newest[5], "2020-01-10");
}

fn returned(book: i64, patron: i64) -> Value {
    json!({"return": {"book_id": book, "patron_id": patron}})
}

/// The rows of a list, none when it says null.
fn rows(answer: &Answer) -> Vec<Value> {
    answer.json()["transactions"].as_array().cloned().unwrap_or_default()
}

fn assert_refused(answer: &Answer, reason: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["error"], &body["reason"]),
        (409, &json!("Conflict"), &json!(reason))
    );
}

fn assert_names(answer: &Answer, key: &str) {
    assert_eq!(answer.status, 400, "{key}: {}", answer.body);
    assert!(answer.detail().contains(key), "{key}: {}", answer.body);
}

//! The lending rules over HTTP: loans, refusals, log lines and health.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, TestDatabase, borrow, free_port, loan};

#[tokio::test]
async fn a_person_borrows_renews_returns_and_has_a_history() {
    let app = TestApp::start().await;
    assert_eq!(lend(&app, 7, 1).both(), (201, json!({"transaction": true})));

    let loans = app.get("/borrowdb/patron/1").json()["transactions"].clone();
    let (out, due) = (day_of(&loans[0][3]), day_of(&loans[0][4]));
    assert_eq!((&loans[0][1], &loans[0][2], due - out), (&json!(7), &json!(1), 14));
    assert_eq!(app.get("/borrowdb/counts?books=7").json(), json!({"counts": [[7, 1]]}));

    for days in [28, 42] {
        let renewed = renew(&app, 7, 1);
        let body = renewed.json();
        assert_eq!((renewed.status, &body["transaction"]), (201, &json!(true)), "{body}");
        assert_eq!(day_of(&body["date_due"]) - out, days, "counted from the day it was due");
    }
    assert_refused(&renew(&app, 7, 1), "renewal_limit");
    let loans = app.get("/borrowdb/patron/1").json()["transactions"].clone();
    assert_eq!(day_of(&loans[0][4]) - out, 42, "a refused renewal changes nothing");

    for had in [true, false] {
        let back = app.send_json("DELETE", "/borrow", &borrow(7, 1));
        assert_eq!(back.both(), (200, json!({"transaction": had})));
    }
    assert_refused(&renew(&app, 7, 1), "not_borrowed");
    assert_eq!(app.get("/borrowdb/patron/1").json(), json!({"transactions": null}));
    let history = app.get("/borrowdb/history/1").json()["transactions"].clone();
    assert_eq!(history.as_array().unwrap().len(), 1);
    assert_eq!(day_of(&history[0][5]), out, "returned on the same day");
    assert_eq!(lend(&app, 7, 1).status, 201, "and borrowed again");
}

#[tokio::test]
async fn every_refusal_has_its_code_and_changes_nothing() {
    let app = TestApp::start().await;
    assert_refused(&lend(&app, 1, 8), "unknown_patron");
    assert_refused(&lend(&app, 1, i64::MAX), "unknown_patron");
    assert_refused(&lend(&app, 21, 1), "unknown_book");
    assert_refused(&lend(&app, i64::MAX, 1), "unknown_book");
    assert_refused(&lend(&app, 99, 99), "unknown_patron");
    assert_refused(&renew(&app, 1, 1), "not_borrowed");
    assert_refused(&renew(&app, i64::MAX, i64::MAX), "not_borrowed");
    assert!(
        app.get("/borrowdb").json()["transactions"].is_null(),
        "a refusal leaves nothing behind"
    );

    for book in 1..=4 {
        assert_eq!(lend(&app, book, 1).status, 201);
    }
    assert_refused(&lend(&app, 1, 1), "already_borrowed");
    assert_refused(&lend(&app, 5, 1), "limit_reached");
    assert_eq!(lend(&app, 1, 2).status, 201);
    assert_refused(&lend(&app, 1, 3), "no_copy_left");
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(1, 1)).status, 200);
    assert_eq!(lend(&app, 1, 3).status, 201, "the returned copy");
    assert_eq!(lend(&app, 5, 1).status, 201, "and the free slot");
    let back = app.send_json("DELETE", "/borrow", &borrow(99, 99));
    assert_eq!(back.both(), (200, json!({"transaction": false})));
}

#[tokio::test]
async fn a_book_without_copies_is_refused_with_no_copy_left() {
    let app = TestApp::start().await;
    let mut catalog = app.database.admin(Store::Catalog).await;
    catalog.query_drop("UPDATE books SET count = 0 WHERE id = 3").await.unwrap();
    assert_refused(&lend(&app, 3, 1), "no_copy_left");
    catalog.query_drop("UPDATE books SET count = 1 WHERE id = 3").await.unwrap();
    assert_eq!(lend(&app, 3, 1).status, 201);
    // A copy was removed while both were on loan.
    assert_eq!(lend(&app, 4, 1).status, 201);
    assert_eq!(lend(&app, 4, 2).status, 201);
    catalog.query_drop("UPDATE books SET count = 1 WHERE id = 4").await.unwrap();
    assert_refused(&lend(&app, 4, 3), "no_copy_left");
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(4, 2)).status, 200);
    assert_refused(&lend(&app, 4, 3), "no_copy_left");
}

#[tokio::test]
async fn limits_are_variables() {
    let database = TestDatabase::loaded().await;
    let app = TestApp::start_on(
        database,
        &[
            ("loan_limit", "1"),
            ("loan_days", "7"),
            ("renewal_limit", "1"),
            ("block_when_overdue", "true"),
        ],
    );
    assert_eq!(lend(&app, 1, 1).status, 201);
    let row = app.get("/borrowdb/patron/1").json()["transactions"][0].clone();
    assert_eq!(day_of(&row[4]) - day_of(&row[3]), 7);
    assert_refused(&lend(&app, 2, 1), "limit_reached");
    let renewed = renew(&app, 1, 1);
    assert_eq!(day_of(&renewed.json()["date_due"]) - day_of(&row[3]), 14);
    assert_refused(&renew(&app, 1, 1), "renewal_limit");

    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(5, 2, "2001-01-01", "2001-01-15")).status,
        201
    );
    assert_refused(&lend(&app, 5, 2), "has_overdue");
    assert_refused(&lend(&app, 6, 2), "has_overdue");
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(5, 2)).json()["transaction"], true);
    assert_eq!(lend(&app, 6, 2).status, 201);
}

#[tokio::test]
async fn overdue_loans_block_only_if_configured() {
    let app = TestApp::start().await;
    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(5, 2, "2001-01-01", "2001-01-15")).status,
        201
    );
    assert_eq!(lend(&app, 6, 2).status, 201);
}

#[tokio::test]
async fn an_invalid_variable_is_503_and_fails_the_health_check_with_its_name() {
    for (name, value) in [
        ("loan_limit", "abc"),
        ("loan_days", "-1"),
        ("renewal_limit", ""),
        ("block_when_overdue", "maybe"),
    ] {
        let app = TestApp::start_on(TestDatabase::loaded().await, &[(name, value)]);
        for answer in [lend(&app, 1, 1), renew(&app, 1, 1), app.get("/borrow/healthz")] {
            assert_eq!(answer.status, 503, "{name}={value}: {}", answer.body);
            assert!(answer.detail().contains(name), "{}", answer.body);
        }
        assert!(app.log().contains(name), "{name}: {}", app.log());
        assert!(app.get("/borrowdb").json()["transactions"].is_null());
        assert_eq!(app.get("/catdb").status, 200, "the catalog needs none of the rules");
    }
}

#[tokio::test]
async fn without_another_service_lending_is_503_and_health_names_it() {
    for (variable, name) in
        [("patrons_url", "patrons"), ("catalog_url", "catalog"), ("borrowing_url", "borrowing")]
    {
        let nobody = format!("http://127.0.0.1:{}", free_port());
        let app = TestApp::start_on(TestDatabase::loaded().await, &[(variable, &nobody)]);
        let lent = lend(&app, 1, 1);
        assert_eq!(lent.status, 503, "{name}: {}", lent.body);
        let health = app.get("/borrow/healthz");
        assert_eq!(health.status, 503, "{name}");
        for service in ["patrons", "catalog", "borrowing"] {
            assert_eq!(
                health.detail().contains(service),
                service == name,
                "{service}: {}",
                health.body
            );
        }
        for answer in [lent, health] {
            assert!(!answer.body.contains("127.0.0.1"), "{}", answer.body);
        }
        let away = if name == "borrowing" { 503 } else { 200 };
        assert_eq!(app.send_json("DELETE", "/borrow", &borrow(1, 1)).status, away, "{name}");
        assert_eq!(renew(&app, 1, 1).status, away, "{name}");
        assert!(app.get("/borrowdb").json()["transactions"].is_null());
    }
    let app = TestApp::start().await;
    assert_eq!(app.get("/borrow/healthz").both(), (200, json!({"status": "ok"})));
}

#[tokio::test]
async fn an_invalid_body_is_refused_with_its_path() {
    let app = TestApp::start().await;
    for (method, path) in [("POST", "/borrow"), ("DELETE", "/borrow"), ("POST", "/borrow/renew")] {
        for wrong in [json!({}), json!({"borrow": null}), json!({"Borrow": {}})] {
            app.send_json(method, path, &wrong).assert_names("borrow");
        }
        for wrong in [json!([borrow(1, 1)]), json!(7)] {
            app.send_json(method, path, &wrong).assert_names("object");
        }
        for (key, other) in [("book_id", "patron_id"), ("patron_id", "book_id")] {
            app.send_json(method, path, &json!({"borrow": {other: 1}}))
                .assert_names(&format!("borrow.{key}"));
            for value in [
                json!("1"),
                json!(0),
                json!(-1),
                json!(1.0),
                json!(9_223_372_036_854_775_808_u64),
                json!(null),
                json!({}),
            ] {
                let body = json!({"borrow": {key: value, other: 1}});
                app.send_json(method, path, &body).assert_names(&format!("borrow.{key}"));
            }
        }
    }
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
    let more = json!({"borrow": {"book_id": 1, "patron_id": 1, "limits": "ignored here", "color": 1}, "x": 1});
    assert_eq!(app.send_json("POST", "/borrow", &more).status, 201, "unknown keys are ignored");
}

#[tokio::test]
async fn other_methods_and_paths_are_not_found() {
    let app = TestApp::start().await;
    for (method, path) in [
        ("GET", "/borrow"),
        ("HEAD", "/borrow"),
        ("PUT", "/borrow"),
        ("PATCH", "/borrow"),
        ("OPTIONS", "/borrow"),
        ("GET", "/borrow/renew"),
        ("DELETE", "/borrow/renew"),
        ("POST", "/borrow/healthz"),
        ("POST", "/borrow/1"),
        ("GET", "/borrow/nothing"),
        ("POST", "/borrow/renew/1"),
    ] {
        assert_eq!(app.send_json(method, path, &borrow(1, 1)).status, 404, "{method} {path}");
    }
    assert_eq!(
        app.send_json("POST", "/borrow/", &borrow(1, 1)).status,
        201,
        "a trailing slash is tolerated"
    );
    assert_eq!(app.send_json("POST", "//borrow//renew/", &borrow(1, 1)).status, 201);
    assert_eq!(app.send("HEAD", "/borrow/healthz").status, 200);
}

#[tokio::test]
async fn the_rules_can_be_read() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("loan_limit", "3")]);
    let rules = json!({
        "loan_limit": 3, "loan_days": 14, "renewal_limit": 2, "block_when_overdue": false,
    });
    assert_eq!(app.get("/borrow/rules").both(), (200, rules));
    for book in 1..=3 {
        assert_eq!(lend(&app, book, 1).status, 201);
    }
    let refused = lend(&app, 4, 1);
    assert_refused(&refused, "limit_reached");
    assert_eq!(refused.json()["detail"], "The patron has 3 of 3 books.");
}

pub(crate) fn lend(app: &Client, book: i64, patron: i64) -> Answer {
    app.send_json("POST", "/borrow", &borrow(book, patron))
}

pub(crate) fn renew(app: &Client, book: i64, patron: i64) -> Answer {
    app.send_json("POST", "/borrow/renew", &borrow(book, patron))
}

/// The day's number in a continuous count.
fn day_of(date: &Value) -> i64 {
    let parts: Vec<i64> =
        date.as_str().unwrap().split('-').map(|part| part.parse().unwrap()).collect();
    // Years begin in March, so that a leap day is the last day of its year.
    let (year, month) =
        if parts[1] > 2 { (parts[0], parts[1] - 3) } else { (parts[0] - 1, parts[1] + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2]
}

pub(crate) fn assert_refused(answer: &Answer, reason: &str) {
    let body = answer.json();
    let expected = (200, &json!(false), &json!(reason));
    assert_eq!((answer.status, &body["transaction"], &body["reason"]), expected, "{body}");
}

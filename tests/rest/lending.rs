//! The rules of lending over HTTP: who gets a book, who doesn't and why, and what is written about it.

use std::collections::BTreeSet;

use loader::Store;
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
    assert_eq!(day_of(&history[0][5]), out, "back on the same day");
    assert_eq!(lend(&app, 7, 1).status, 201, "and once more");
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
    assert_eq!(lend(&app, 1, 3).status, 201, "the copy that came back");
    assert_eq!(lend(&app, 5, 1).status, 201, "and the place that became free");
    let back = app.send_json("DELETE", "/borrow", &borrow(99, 99));
    assert_eq!(back.both(), (200, json!({"transaction": false})));
}

#[tokio::test]
async fn a_book_without_copies_is_known_and_not_to_be_had() {
    let app = TestApp::start().await;
    let mut catalog = app.database.admin(Store::Catalog).await;
    catalog.query_drop("UPDATE books SET count = 0 WHERE id = 3").await.unwrap();
    assert_refused(&lend(&app, 3, 1), "no_copy_left");
    catalog.query_drop("UPDATE books SET count = 1 WHERE id = 3").await.unwrap();
    assert_eq!(lend(&app, 3, 1).status, 201);
    // A library that gave a copy away while both were out.
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
async fn overdue_loans_block_only_when_told_to() {
    let app = TestApp::start().await;
    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(5, 2, "2001-01-01", "2001-01-15")).status,
        201
    );
    assert_eq!(lend(&app, 6, 2).status, 201);
}

#[tokio::test]
async fn a_variable_that_makes_no_sense_is_a_503_and_a_log_line_that_names_it() {
    for (name, value) in [
        ("loan_limit", "abc"),
        ("loan_days", "-1"),
        ("renewal_limit", ""),
        ("block_when_overdue", "maybe"),
    ] {
        let app = TestApp::start_on(TestDatabase::loaded().await, &[(name, value)]);
        let answer = if name == "renewal_limit" { renew(&app, 1, 1) } else { lend(&app, 1, 1) };
        assert_eq!(answer.status, 503, "{name}={value}: {}", answer.body);
        assert!(app.log().contains(name), "{name}: {}", app.log());
        assert!(app.get("/borrowdb").json()["transactions"].is_null());
        assert_eq!(app.get("/catdb").status, 200, "what has nothing to do with it goes on");
    }
}

#[tokio::test]
async fn without_one_of_its_peers_lending_says_503_and_health_says_which() {
    for (variable, name) in
        [("patrons_url", "patrons"), ("catalog_url", "catalog"), ("borrowing_url", "borrowing")]
    {
        let nobody = format!("http://127.0.0.1:{}", free_port());
        let app = TestApp::start_on(TestDatabase::loaded().await, &[(variable, &nobody)]);
        let lent = lend(&app, 1, 1);
        assert_eq!(lent.status, 503, "{name}: {}", lent.body);
        let health = app.get("/borrow/healthz");
        assert_eq!(health.status, 503, "{name}");
        for peer in ["patrons", "catalog", "borrowing"] {
            assert_eq!(health.detail().contains(peer), peer == name, "{peer}: {}", health.body);
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
async fn a_body_that_is_wrong_is_refused_with_the_name_of_what_is_wrong() {
    let app = TestApp::start().await;
    for (method, path) in [("POST", "/borrow"), ("DELETE", "/borrow"), ("POST", "/borrow/renew")] {
        for wrong in [json!({}), json!({"borrow": null}), json!({"Borrow": {}})] {
            assert_names(&app.send_json(method, path, &wrong), "borrow");
        }
        for wrong in [json!([borrow(1, 1)]), json!(7)] {
            assert_names(&app.send_json(method, path, &wrong), "object");
        }
        for (key, other) in [("book_id", "patron_id"), ("patron_id", "book_id")] {
            assert_names(
                &app.send_json(method, path, &json!({"borrow": {other: 1}})),
                &format!("borrow.{key}"),
            );
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
                assert_names(&app.send_json(method, path, &body), &format!("borrow.{key}"));
            }
        }
    }
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
    let more = json!({"borrow": {"book_id": 1, "patron_id": 1, "limits": "ignored here", "colour": 1}, "x": 1});
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
async fn each_lend_renewal_and_return_is_one_log_line_that_names_no_person() {
    let app = TestApp::start().await;
    let client = app.with("x-request-id", "one-2-Three");
    assert_eq!(lend(&client, 5, 5).header("x-request-id"), "one-2-Three");
    assert_refused(&lend(&client, 5, 5), "already_borrowed");
    assert_eq!(renew(&client, 5, 5).status, 201);
    assert_refused(&renew(&client, 6, 5), "not_borrowed");
    assert_eq!(
        client.send_json("DELETE", "/borrow", &borrow(5, 5)).header("x-request-id"),
        "one-2-Three"
    );
    assert_eq!(client.send_json("DELETE", "/borrow", &borrow(5, 5)).status, 200);
    let direct = client.send_json("POST", "/borrowdb", &loan(6, 5, "2026-01-01", "2026-01-02"));
    assert_eq!(direct.header("x-request-id"), "one-2-Three");

    let lines = log_lines(&app);
    let told: Vec<(&Value, &Value, bool)> = lines
        .iter()
        .map(|line| (&line["event"], &line["outcome"], line["loan_id"].is_i64()))
        .collect();
    let events = told.iter().map(|(event, ..)| event.as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(events, ["lend", "lend", "renew", "renew", "return", "return", "lend"]);
    assert_eq!(told[0].1, "lent");
    assert_eq!(told[1].1, "already_borrowed");
    assert_eq!(told[2].1, "renewed");
    assert_eq!(told[3].1, "not_borrowed");
    assert_eq!(told[4].1, "returned");
    assert_eq!(told[5].1, "not_borrowed");
    assert_eq!(told[6].1, "lent");
    assert_eq!(
        told.iter().map(|line| line.2).collect::<Vec<_>>(),
        [true, false, true, false, true, false, true]
    );
    assert_eq!(lines[0]["loan_id"], lines[2]["loan_id"]);
    assert_eq!(lines[0]["loan_id"], lines[4]["loan_id"]);
    let keys: BTreeSet<&str> =
        ["time", "component", "request_id", "event", "loan_id", "outcome"].into();
    for line in &lines {
        let found: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, keys, "{line}");
        assert_eq!(
            (&line["component"], &line["request_id"]),
            (&json!("borrowing"), &json!("one-2-Three"))
        );
        let time = line["time"].as_str().unwrap();
        assert!(
            time.len() >= 20 && time.ends_with('Z') && &time[10..11] == "T",
            "RFC 3339 in UTC: {time}"
        );
    }
    let log = app.log();
    for person in ["Lorelei", "Cowher", "HANSOLO55555"] {
        assert!(!log.contains(person), "{person}: {log}");
    }
}

#[tokio::test]
async fn a_request_that_is_repeated_is_logged_as_that() {
    let app = TestApp::start().await;
    let client = app.with("idempotency-key", "k");
    for (book, status) in [(1, 201), (1, 201), (2, 409)] {
        assert_eq!(lend(&client, book, 1).status, status);
    }
    let lines = log_lines(&app);
    let outcomes: Vec<&Value> = lines.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(outcomes, ["lent", "repeated", "key_taken"]);
}

#[tokio::test]
async fn a_request_id_that_is_none_is_replaced() {
    let app = TestApp::start().await;
    let long = "a".repeat(65);
    let mut made = BTreeSet::new();
    for id in ["", "a b", "a_b", "{\"x\":1}", "\u{e4}", &long] {
        let answer = app.with("x-request-id", id).send_json("POST", "/borrow", &borrow(1, 99));
        let given = answer.header("x-request-id").to_owned();
        assert!(given != id && !given.is_empty(), "{id:?}: {given:?}");
        made.insert(given);
    }
    assert_eq!(made.len(), 6, "each is another: {made:?}");
    let logged: BTreeSet<String> = log_lines(&app)
        .iter()
        .map(|line| line["request_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(logged, made);
    let longest = "a".repeat(64);
    let kept = app.with("x-request-id", &longest).send_json("POST", "/borrow", &borrow(1, 1));
    assert_eq!(kept.header("x-request-id"), longest);
}

fn lend(app: &Client, book: i64, patron: i64) -> Answer {
    app.send_json("POST", "/borrow", &borrow(book, patron))
}

fn renew(app: &Client, book: i64, patron: i64) -> Answer {
    app.send_json("POST", "/borrow/renew", &borrow(book, patron))
}

/// A day as a number, to count with.
fn day_of(date: &Value) -> i64 {
    let parts: Vec<i64> =
        date.as_str().unwrap().split('-').map(|part| part.parse().unwrap()).collect();
    // The civil calendar, with years that begin in March so that a leap day is the last.
    let (year, month) =
        if parts[1] > 2 { (parts[0], parts[1] - 3) } else { (parts[0] - 1, parts[1] + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2]
}

/// The structured lines that the components wrote so far.
fn log_lines(app: &TestApp) -> Vec<Value> {
    let log = app.log();
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line.get("event").is_some())
        .collect()
}

fn assert_refused(answer: &Answer, reason: &str) {
    let body = answer.json();
    let expected = (200, &json!(false), &json!(reason));
    assert_eq!((answer.status, &body["transaction"], &body["reason"]), expected, "{body}");
}

fn assert_names(answer: &Answer, key: &str) {
    assert_eq!(answer.status, 400, "{key}: {}", answer.body);
    assert!(answer.detail().contains(key), "{key}: {}", answer.body);
}

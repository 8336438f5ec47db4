//! The log lines of a request and the id that they share.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{TestApp, borrow, loan};

use crate::lending::{assert_refused, lend, renew};

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
    let keys: BTreeSet<&str> = [
        "time",
        "level",
        "component",
        "request_id",
        "method",
        "route",
        "status",
        "ms",
        "statements",
        "calls",
        "event",
        "loan_id",
        "outcome",
    ]
    .into();
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
async fn a_repeated_request_is_logged_as_repeated() {
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
async fn a_request_has_one_id_in_the_logs_of_all_services() {
    let app = TestApp::start().await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = app.with("traceparent", parent).send_json("POST", "/borrow", &borrow(1, 1));
    let id = answer.header("x-request-id").to_owned();
    assert_eq!(id, "4bf92f3577b34da6a3ce929d0e0e4736", "the trace id");
    let log = app.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lines: Vec<Value> = lines.filter(|line| line["request_id"] == *id).collect();
    let seen: BTreeSet<(&str, &str)> = lines
        .iter()
        .map(|line| (line["component"].as_str().unwrap(), line["route"].as_str().unwrap()))
        .collect();
    let expected = [
        ("lending", "/borrow"),
        ("patrons", "/patdb/{id}"),
        ("catalog", "/catdb/{id}"),
        ("borrowing", "/borrowdb"),
    ];
    assert_eq!(seen, expected.into());
    let lending = lines.iter().find(|line| line["component"] == "lending").unwrap();
    assert_eq!((&lending["calls"], &lending["status"]), (&json!(3), &json!(201)));
    let ledger = lines.iter().find(|line| line["component"] == "borrowing").unwrap();
    assert_eq!(ledger["statements"], 6, "settings, epoch, snapshot, loan, id, commit");
}

#[tokio::test]
async fn an_invalid_request_id_is_replaced() {
    let app = TestApp::start().await;
    let long = "a".repeat(65);
    let mut made = BTreeSet::new();
    for id in ["", "a b", "a_b", "{\"x\":1}", "\u{e4}", &long] {
        let answer = app.with("x-request-id", id).send_json("POST", "/borrow", &borrow(1, 99));
        let given = answer.header("x-request-id").to_owned();
        assert!(given != id && !given.is_empty(), "{id:?}: {given:?}");
        made.insert(given);
    }
    assert_eq!(made.len(), 6, "each is different: {made:?}");
    let logged: BTreeSet<String> = log_lines(&app)
        .iter()
        .map(|line| line["request_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(logged, made);
    let longest = "a".repeat(64);
    let kept = app.with("x-request-id", &longest).send_json("POST", "/borrow", &borrow(1, 1));
    assert_eq!(kept.header("x-request-id"), longest);
}

/// The components' structured log lines so far.
fn log_lines(app: &TestApp) -> Vec<Value> {
    let log = app.log();
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line.get("event").is_some())
        .collect()
}

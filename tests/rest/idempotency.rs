//! Idempotency-Key: a repeated request takes effect once and gets the first answer.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, borrow, loan};

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_makes_one_loan() {
    let app = TestApp::start().await;
    let client = app.with("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324");
    for _ in 0..3 {
        assert_eq!(
            client.send_json("POST", "/borrow", &borrow(1, 1)).both(),
            (201, json!({"transaction": true}))
        );
    }
    assert_eq!(history(&app, 1).len(), 1);
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(1, 1)).json()["transaction"], true);
    assert_eq!(
        client.send_json("POST", "/borrow", &borrow(1, 1)).status,
        201,
        "the first answer, after the return too"
    );
    assert_eq!(history(&app, 1).len(), 1);
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
}

#[tokio::test]
async fn a_refusal_is_remembered_too() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 2)).status, 201);
    for (key, book, patron) in [("none-left", 1, 3), ("no-patron", 2, 99), ("no-book", 99, 3)] {
        let client = app.with("idempotency-key", key);
        let first = client.send_json("POST", "/borrow", &borrow(book, patron));
        assert_eq!(
            (first.status, first.json()["transaction"].clone()),
            (200, json!(false)),
            "{}",
            first.body
        );
        assert_eq!(app.send_json("DELETE", "/borrow", &borrow(1, 1)).status, 200);
        assert_eq!(
            client.send_json("POST", "/borrow", &borrow(book, patron)).body,
            first.body,
            "{key}"
        );
    }
    assert_eq!(
        app.send_json("POST", "/borrow", &borrow(1, 3)).status,
        201,
        "without the key it is another request"
    );
}

#[tokio::test]
async fn another_request_with_the_key_is_a_conflict() {
    let app = TestApp::start().await;
    let client = app.with("idempotency-key", "k1");
    assert_eq!(client.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    assert_conflict(&client.send_json("POST", "/borrow", &borrow(2, 1)));
    assert_conflict(&client.send_json("POST", "/borrow", &borrow(1, 2)));
    assert_conflict(&client.send_json("POST", "/borrow/renew", &borrow(1, 1)));
    assert_conflict(&client.send_json(
        "POST",
        "/borrowdb",
        &loan(1, 1, "2026-03-01", "2026-03-15"),
    ));
    assert_conflict(&client.send_json(
        "POST",
        "/borrowdb/renew",
        &json!({"renew": {"book_id": 2, "patron_id": 1}}),
    ));
    assert_eq!(
        client.send_json("POST", "/borrow", &borrow(1, 1)).status,
        201,
        "the first is not forgotten"
    );
    let extra = json!({"borrow": {"patron_id": 1, "book_id": 1, "color": "red"}});
    assert_eq!(
        client.send_json("POST", "/borrow", &extra).status,
        201,
        "order and unknown keys don't make another"
    );
    assert_eq!(
        app.with("idempotency-key", "K1").send_json("POST", "/borrow", &borrow(2, 1)).status,
        201,
        "keys have a case"
    );
    assert_eq!(app.get("/borrowdb").json()["transactions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_repeated_renewal_takes_effect_once() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    let client = app.with("idempotency-key", "renewal");
    let first = client.send_json("POST", "/borrow/renew", &borrow(1, 1));
    assert_eq!(first.status, 201);
    assert_eq!(client.send_json("POST", "/borrow/renew", &borrow(1, 1)).both(), first.both());
    assert_conflict(&client.send_json("POST", "/borrow/renew", &borrow(2, 1)));

    let direct = app.with("idempotency-key", "direct");
    let body = json!({"renew": {"book_id": 1, "patron_id": 1}});
    let second = direct.send_json("POST", "/borrowdb/renew", &body);
    assert_eq!(second.status, 201, "the second renewal: {}", second.body);
    assert_eq!(direct.send_json("POST", "/borrowdb/renew", &body).both(), second.both());
    assert_ne!(first.json()["date_due"], second.json()["date_due"]);
    assert_eq!(
        app.send_json("POST", "/borrow/renew", &borrow(1, 1)).json()["reason"],
        "renewal_limit"
    );
}

#[tokio::test]
async fn dates_distinguish_requests_only_without_limits() {
    let app = TestApp::start().await;
    let plain = app.with("idempotency-key", "plain");
    let first = plain.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-01", "2026-03-15"));
    assert_eq!(first.status, 201);
    assert_eq!(
        plain.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-01", "2026-03-15")).both(),
        first.both()
    );
    assert_conflict(&plain.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-01", "2026-03-16")));
    assert_conflict(&plain.send_json("POST", "/borrowdb", &loan(1, 1, "2026-02-28", "2026-03-15")));

    // A retry after midnight is the same request.
    let limited = app.with("idempotency-key", "limited");
    let mut body = loan(2, 1, "2026-03-01", "2026-03-15");
    body["borrow"]["limits"] =
        json!({"patron_exists": true, "copies": 2, "loans": 4, "block_when_overdue": false});
    let first = limited.send_json("POST", "/borrowdb", &body);
    assert_eq!(first.status, 201);
    body["borrow"]["date_out"] = json!("2026-03-02");
    body["borrow"]["date_due"] = json!("2026-03-16");
    assert_eq!(limited.send_json("POST", "/borrowdb", &body).both(), first.both());
    body["borrow"]["patron_id"] = json!(2);
    assert_conflict(&limited.send_json("POST", "/borrowdb", &body));

    let refused = app.with("idempotency-key", "refused");
    let second = refused.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-01", "2026-03-15"));
    assert_eq!((second.status, &second.json()["reason"]), (409, &json!("already_borrowed")));
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(1, 1)).status, 200);
    assert_eq!(
        refused.send_json("POST", "/borrowdb", &loan(1, 1, "2026-03-01", "2026-03-15")).both(),
        second.both()
    );
}

#[tokio::test]
async fn a_key_can_be_used_again_after_a_day() {
    let app = TestApp::start().await;
    let client = app.with("idempotency-key", "yesterday");
    assert_eq!(client.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    let mut borrowing = app.database.admin(Store::Borrowing).await;
    borrowing.query_drop("UPDATE requests SET madeAt = madeAt - INTERVAL 23 HOUR").await.unwrap();
    assert_conflict(&client.send_json("POST", "/borrow", &borrow(2, 1)));
    borrowing.query_drop("UPDATE requests SET madeAt = madeAt - INTERVAL 2 HOUR").await.unwrap();
    assert_eq!(client.send_json("POST", "/borrow", &borrow(2, 1)).status, 201, "a new request");
    assert_eq!(client.send_json("POST", "/borrow", &borrow(2, 1)).status, 201);
    assert_eq!(history(&app, 1).len(), 2);
}

#[tokio::test]
async fn expired_keys_are_deleted() {
    let app = TestApp::start().await;
    for n in 0..5 {
        let keyed = app.with("idempotency-key", format!("old-{n}"));
        assert_eq!(keyed.send_json("POST", "/borrow", &borrow(1, 99)).status, 200);
    }
    let mut borrowing = app.database.admin(Store::Borrowing).await;
    borrowing.query_drop("UPDATE requests SET madeAt = madeAt - INTERVAL 25 HOUR").await.unwrap();
    for n in 0..5 {
        let keyed = app.with("idempotency-key", format!("new-{n}"));
        assert_eq!(keyed.send_json("POST", "/borrow", &borrow(1, 99)).status, 200);
    }
    let old: Option<i64> = borrowing
        .query_first(
            "SELECT COUNT(*) FROM requests WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 24 HOUR",
        )
        .await
        .unwrap();
    assert_eq!(old, Some(0), "each request with a key deletes a few");
}

#[tokio::test]
async fn an_invalid_key_is_named() {
    let app = TestApp::start().await;
    let long = "k".repeat(65);
    let renewal = json!({"renew": {"book_id": 1, "patron_id": 1}});
    for (path, body) in [
        ("/borrow", borrow(1, 1)),
        ("/borrow/renew", borrow(1, 1)),
        ("/borrowdb", loan(1, 1, "2026-03-01", "2026-03-15")),
        ("/borrowdb/renew", renewal),
    ] {
        for key in ["", "two words", "\u{e4}", "tab\tted", &long] {
            let answer = app.with("idempotency-key", key).send_json("POST", path, &body);
            assert_eq!(answer.status, 400, "{path} {key:?}: {}", answer.body);
            let detail = answer.detail().to_lowercase();
            assert!(detail.contains("idempotency-key"), "{detail}");
        }
    }
    let longest = "~".repeat(64);
    for key in ["!", "'; DROP TABLE requests; --".replace(' ', "_").as_str(), "%00\\\"", &longest] {
        let keyed = app.with("idempotency-key", key);
        let answers = [(); 2].map(|()| keyed.send_json("POST", "/borrow", &borrow(1, 99)));
        assert_eq!((answers[0].status, &answers[0].body), (200, &answers[1].body), "{key}");
    }
    let both = app.with("idempotency-key", "one").with("idempotency-key", "two");
    assert_eq!(both.send_json("POST", "/borrow", &borrow(1, 1)).status, 400, "which of them?");
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
}

#[tokio::test]
async fn an_invalid_request_does_not_use_up_its_key() {
    let app = TestApp::start().await;
    let client = app.with("idempotency-key", "again");
    assert_eq!(client.send_json("POST", "/borrow", &json!({})).status, 400);
    assert_eq!(client.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
}

fn history(app: &Client, patron: i64) -> Vec<Value> {
    let body = app.get(&format!("/borrowdb/history/{patron}")).json();
    body["transactions"].as_array().cloned().unwrap_or_default()
}

fn assert_conflict(answer: &Answer) {
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (409, &json!("Conflict")),
        "{}",
        answer.body
    );
    assert!(answer.json().get("reason").is_none(), "no rule of lending: {}", answer.body);
}

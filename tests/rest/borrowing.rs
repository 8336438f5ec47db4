//! The ledger under `/borrowdb`: loans are written, read, renewed and closed.

use serde_json::{Value, json};
use tests::{Answer, TestApp, loan, returned};

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
    assert!(history[0][5].is_string(), "the day of the return: {history}");

    let again = app.send_json("POST", "/borrowdb", &loan(8, 2, "2026-03-15", "2026-03-15"));
    assert_eq!(again.status, 201, "due on the day of the loan, and lent again after the return");
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
        assert_eq!(answer.status, 201, "the number of copies is not checked: {}", answer.body);
    }
    for book in 2..=10 {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, 1, "2026-03-01", "2026-03-15"));
        assert_eq!(answer.status, 201, "nor is the number of loans: {}", answer.body);
    }
    assert_eq!(app.get("/borrowdb/count/1").json(), json!({"transactions": [[10]]}));
    assert_eq!(app.get("/borrowdb/patron/1").list("transactions").len(), 10);
}

#[tokio::test]
async fn limits_in_the_request_are_checked_in_the_contract_s_order() {
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
    // Long ago, so overdue on any day.
    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(9, 3, "2001-01-01", "2001-01-15")).status,
        201
    );
    assert_refused(&limited(9, 3, limits(true, Some(0), 0, true)), "has_overdue");
    assert_refused(&limited(9, 3, limits(true, Some(0), 0, false)), "already_borrowed");
    assert_eq!(
        limited(4, 3, limits(true, Some(1), 2, false)).status,
        201,
        "blocks only if configured"
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
async fn a_renewal_counts_from_the_due_date_and_has_a_limit() {
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
    // To and past February 29 of a leap year.
    let more = renew(Some(json!({"renewals": 4, "days": 39})));
    assert_eq!(more.both(), (201, json!({"transaction": id, "date_due": "2028-02-29"})));
    let more = renew(Some(json!({"renewals": 4, "days": 1})));
    assert_eq!(more.both(), (201, json!({"transaction": id, "date_due": "2028-03-01"})));
    assert_refused(&renew(Some(json!({"renewals": 4, "days": 1}))), "renewal_limit");
    assert_eq!(app.get("/borrowdb/due/2028-03-01").list("transactions")[0][0], id);
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
async fn the_renewal_of_an_overdue_loan_counts_from_today() {
    let app = TestApp::start().await;
    assert_eq!(
        app.send_json("POST", "/borrowdb", &loan(3, 3, "2024-02-01", "2024-02-15")).status,
        201
    );
    let body =
        json!({"renew": {"book_id": 3, "patron_id": 3, "limits": {"renewals": 2, "days": 0}}});
    let first = app.send_json("POST", "/borrowdb/renew", &body);
    assert_eq!(first.status, 201, "{}", first.body);
    let due = first.json()["date_due"].as_str().unwrap().to_owned();
    assert!(due.as_str() > "2024-02-15", "{due}");
    assert!(app.get("/borrowdb/overdue").json()["transactions"].is_null(), "due today");
    assert_eq!(app.get(&format!("/borrowdb/due/{due}")).json()["transactions"][0][4], due);
}

fn assert_refused(answer: &Answer, reason: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["error"], &body["reason"]),
        (409, &json!("Conflict"), &json!(reason))
    );
}

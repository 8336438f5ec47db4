//! Many concurrent requests for the same book, patron or key.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, borrow};

use crate::{add_books, add_patrons, at_once, rounds};

#[tokio::test]
async fn two_hundred_patrons_and_the_last_copy() {
    the_last_copy(Client::clone).await;
}

#[tokio::test]
async fn two_hundred_patrons_with_a_key_each_and_the_last_copy() {
    the_last_copy(|app| {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        app.with("idempotency-key", format!("k{}", COUNTER.fetch_add(1, Ordering::Relaxed)))
    })
    .await;
}

/// Calls `client` for each request.
async fn the_last_copy(client: impl Fn(&Client) -> Client + Sync) {
    let app = TestApp::start().await;
    add_patrons(&app, 101, 200).await;
    add_books(&app, 101, rounds(), 2).await;
    for book in (101..).take(rounds()) {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, 1)).status, 201);
        let answers = at_once(&app, 200, |app, n| {
            client(app).send_json("POST", "/borrow", &borrow(book, 101 + n))
        });
        assert_eq!(tally(&answers), [("lent", 1), ("no_copy_left", 199)].map(named).into());
        assert_eq!(
            app.get(&format!("/borrowdb/count/{book}")).json()["transactions"],
            json!([[2]])
        );
        // So that no patron is at the limit in the next rounds.
        let winner = answers.iter().position(|answer| answer.status == 201).unwrap();
        for patron in [1, 101 + i64::try_from(winner).unwrap()] {
            let back = app.send_json("DELETE", "/borrow", &borrow(book, patron));
            assert_eq!(back.json(), json!({"transaction": true}));
        }
    }
}

#[tokio::test]
async fn fifty_books_and_one_patron() {
    let app = TestApp::start().await;
    add_patrons(&app, 101, rounds()).await;
    add_books(&app, 101, 50, 1000).await;
    for patron in (101..).take(rounds()) {
        let answers =
            at_once(&app, 50, |app, n| app.send_json("POST", "/borrow", &borrow(101 + n, patron)));
        assert_eq!(tally(&answers), [("lent", 4), ("limit_reached", 46)].map(named).into());
        let loans = app.get(&format!("/borrowdb/patron/{patron}")).json();
        assert_eq!(loans["transactions"].as_array().unwrap().len(), 4);
    }
}

#[tokio::test]
async fn one_request_fifty_times_with_one_key() {
    let app = TestApp::start().await;
    add_patrons(&app, 101, rounds()).await;
    add_books(&app, 101, 1, 1000).await;
    for patron in (101..).take(rounds()) {
        let keyed = app.with("idempotency-key", format!("round-{patron}"));
        let answers =
            at_once(&keyed, 50, |app, _| app.send_json("POST", "/borrow", &borrow(101, patron)));
        for answer in &answers {
            assert_eq!(answer.both(), (201, json!({"transaction": true})));
        }
        assert_eq!(loans_ever(&app, patron), 1);
    }
}

#[tokio::test]
async fn two_requests_twenty_five_times_each_with_one_key() {
    let app = TestApp::start().await;
    add_patrons(&app, 101, rounds()).await;
    add_books(&app, 101, 2, 1000).await;
    for patron in (101..).take(rounds()) {
        let keyed = app.with("idempotency-key", format!("round-{patron}"));
        let answers = at_once(&keyed, 50, |app, n| {
            app.send_json("POST", "/borrow", &borrow(101 + n % 2, patron))
        });
        let first = answers.iter().position(|answer| answer.status == 201).expect("a loan");
        for (number, answer) in answers.iter().enumerate() {
            let expected = if number % 2 == first % 2 { 201 } else { 409 };
            assert_eq!(answer.status, expected, "{}", answer.body);
        }
        assert_eq!(loans_ever(&app, patron), 1);
    }
}

#[tokio::test]
async fn one_request_fifty_times_without_a_key() {
    let app = TestApp::start().await;
    add_patrons(&app, 101, rounds()).await;
    add_books(&app, 101, 1, 1000).await;
    for patron in (101..).take(rounds()) {
        let answers =
            at_once(&app, 50, |app, _| app.send_json("POST", "/borrow", &borrow(101, patron)));
        assert_eq!(tally(&answers), [("lent", 1), ("already_borrowed", 49)].map(named).into());
        assert_eq!(loans_ever(&app, patron), 1);
    }
}

#[tokio::test]
async fn one_loan_renewed_and_returned_fifty_times_at_once() {
    let app = TestApp::start().await;
    add_patrons(&app, 101, rounds()).await;
    add_books(&app, 101, 1, 1000).await;
    for patron in (101..).take(rounds()) {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(101, patron)).status, 201);
        let renewals = at_once(&app, 50, |app, _| {
            app.send_json("POST", "/borrow/renew", &borrow(101, patron))
        });
        assert_eq!(tally(&renewals), [("lent", 2), ("renewal_limit", 48)].map(named).into());
        let returns =
            at_once(&app, 50, |app, _| app.send_json("DELETE", "/borrow", &borrow(101, patron)));
        let had = returns.iter().filter(|answer| answer.json()["transaction"] == true).count();
        assert_eq!((had, returns.iter().all(|answer| answer.status == 200)), (1, true));
    }
}

/// The number of each outcome. An answer that is neither a loan nor a refusal counts by its status.
fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let outcome = match (answer.status, &answer.json()["reason"]) {
            (201, _) => "lent".to_owned(),
            (200, Value::String(reason)) => reason.clone(),
            (status, _) => format!("{status} {}", answer.body),
        };
        *tally.entry(outcome).or_default() += 1;
    }
    tally
}

fn named((outcome, count): (&str, usize)) -> (String, usize) {
    (outcome.to_owned(), count)
}

fn loans_ever(app: &TestApp, patron: i64) -> usize {
    let history = app.get(&format!("/borrowdb/history/{patron}")).json();
    history["transactions"].as_array().map_or(0, Vec::len)
}

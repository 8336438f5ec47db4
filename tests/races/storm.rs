//! Many clients that borrow and return for a while, with a watcher in the database.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use library_db::Store;
use mysql_async::{Conn, prelude::Queryable};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tests::{Client, TestApp, borrow, is_long};

use crate::add_patrons;

const CLIENTS: u64 = 32;
const TITLES: i64 = 20;
const COPIES: i64 = 2;
const PATRONS: i64 = 24;
const LIMIT: i64 = 4;

/// The numbers of loans and returns by patron and book.
type Tally = BTreeMap<(i64, i64), (i64, i64)>;

#[tokio::test]
async fn a_storm_of_loans_and_returns_keeps_every_rule_at_every_moment() {
    let app = TestApp::start().await;
    add_patrons(&app, 101, usize::try_from(PATRONS).unwrap()).await;
    let mut ledger = app.database.admin(Store::Borrowing).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|seed| {
            let (client, is_over) = (Client::clone(&app), is_over.clone());
            tokio::task::spawn_blocking(move || borrow_and_return(&client, seed, &is_over))
        })
        .collect();
    let end = Instant::now() + Duration::from_secs(if is_long() { 20 } else { 8 });
    let (mut looks, mut broken) = (0, Vec::new());
    while Instant::now() < end && broken.is_empty() {
        broken = broken_rules(&mut ledger).await;
        looks += 1;
        // Leave the processor to the storm.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut told = Tally::new();
    for client in clients {
        for (place, (lent, returned)) in client.await.expect("a client that went well") {
            let sum = told.entry(place).or_default();
            *sum = (sum.0 + lent, sum.1 + returned);
        }
    }
    broken.extend(broken_rules(&mut ledger).await);
    assert_eq!(broken, Vec::<String>::new());

    told.retain(|_, (lent, returned)| *lent + *returned > 0);
    assert_eq!(
        written(&mut ledger).await,
        told,
        "every success has its row, and every refusal none"
    );
    let (lent, returned) = told.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{lent} loans, {returned} returns, {looks} looks");
    assert!(lent > 100 && returned > 100 && looks > 20, "{lent} {returned} {looks}: no storm");
}

/// A client that borrows at random, and returns its own loans and, sometimes, loans that another client may have made.
fn borrow_and_return(app: &Client, seed: u64, is_over: &AtomicBool) -> Tally {
    let mut chance = SmallRng::seed_from_u64(seed);
    let mut told = Tally::new();
    let mut borrowed = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let any = (101 + chance.random_range(0..PATRONS), chance.random_range(1..=TITLES));
        let returns = chance.random_bool(0.5);
        let place = match borrowed.pop() {
            Some(own) if returns && chance.random_bool(0.9) => own,
            other => {
                borrowed.extend(other);
                any
            }
        };
        let (patron, book) = place;
        let method = if returns { "DELETE" } else { "POST" };
        let answer = app.send_json(method, "/borrow", &borrow(book, patron));
        let body = answer.json();
        let (lent, returned) = told.entry(place).or_default();
        match (method, answer.status, body["transaction"].as_bool(), body["reason"].as_str()) {
            ("POST", 201, Some(true), None) => {
                *lent += 1;
                borrowed.push(place);
            }
            ("DELETE", 200, Some(true), None) => *returned += 1,
            ("DELETE", 200, Some(false), None)
            | (
                "POST",
                200,
                Some(false),
                Some("already_borrowed" | "limit_reached" | "no_copy_left"),
            ) => {}
            _ => panic!("{method} of {book} by {patron}: {answer:?}"),
        }
    }
    told
}

/// The rules that the open loans violate now, each checked by one statement.
async fn broken_rules(ledger: &mut Conn) -> Vec<String> {
    let mut broken = Vec::new();
    for (rule, group, most) in [
        ("copies of book", "bookId", COPIES),
        ("loans of patron", "patronId", LIMIT),
        ("same title twice", "patronId, bookId", 1),
    ] {
        let select = format!(
            "SELECT CONCAT_WS(' ', {group}, COUNT(*)) FROM loans WHERE returnedAt IS NULL \
             GROUP BY {group} HAVING COUNT(*) > {most}"
        );
        let rows: Vec<String> = ledger.query(select).await.expect("the ledger");
        broken.extend(rows.into_iter().map(|row| format!("{rule}: {row}")));
    }
    broken
}

/// The ledger's numbers of loans and returns, by patron and book.
async fn written(ledger: &mut Conn) -> Tally {
    let select =
        "SELECT patronId, bookId, COUNT(*), COUNT(returnedAt) FROM loans GROUP BY patronId, bookId";
    let rows: Vec<(i64, i64, i64, i64)> = ledger.query(select).await.expect("the ledger");
    rows.into_iter()
        .map(|(patron, book, lent, returned)| ((patron, book), (lent, returned)))
        .collect()
}

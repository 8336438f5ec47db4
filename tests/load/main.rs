//! Many clients at once: no error while the library can serve them, and clean refusals when it cannot, with room for
//! others. Every client keeps a ledger of its loans, which must be the library's at the end.

mod connection;
mod crowd;
mod lists;
mod process;
mod watch;

use std::time::Duration;

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::json;
use tests::{TestApp, is_long, note};

use crowd::{BOOKS, FIRST_BOOK, FIRST_PATRON};

/// As many as wait and run at once in every case.
const FEW: usize = 64;
/// As many as still find a place in the queue.
const MANY: usize = 256;
/// Far more than the queue is long.
const TOO_MANY: usize = 10 * MANY;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_serves_many_clients_and_turns_away_too_many() {
    process::raise_file_limit();
    let app = TestApp::start().await;
    add_books_and_patrons(&app, TOO_MANY).await;
    let address = app.address();
    let pid = app.pids()[0];

    for (clients, seconds) in [(FEW, 5), (MANY, if is_long() { 120 } else { 6 })] {
        // The first clients let caches and pools fill.
        crowd::run(address, clients, Duration::from_secs(2)).await.assert_served();
        let before = process::Usage::of(pid);
        let outcome = crowd::run(address, clients, Duration::from_secs(seconds)).await;
        let after = process::Usage::of(pid);
        note(&format!("{clients} clients for {seconds} s: {outcome}; {before}, then {after}"));
        outcome.assert_served();
        if is_long() {
            outcome.assert_fair();
        }
        after.assert_no_more_than(&before);
        assert_eq!(crowd::loans_in(&app).await, outcome.loans(), "every loan is the ledger's");
    }

    let before = process::Usage::of(pid);
    let seconds = if is_long() { 60 } else { 6 };
    let watch = watch::begin(address).await;
    let outcome = crowd::run(address, TOO_MANY, Duration::from_secs(seconds)).await;
    let slowest = watch.end().await;
    let after = process::Usage::of(pid);
    note(&format!(
        "{TOO_MANY} clients for {seconds} s: {outcome}; meanwhile the slowest answer to another \
         client took {} ms ({}); {before}, then {after}",
        slowest.0.as_millis(),
        slowest.1
    ));
    outcome.assert_turned_away();
    outcome.assert_consistent_with(&crowd::loans_in(&app).await);
    // An otherwise idle machine with two cores answers within a second. Other work on the machine must not fail the suite.
    assert!(slowest.0 < Duration::from_secs(if is_long() { 1 } else { 4 }), "{slowest:?}");

    // The crowd has left: everything is as before.
    assert_eq!(app.send_json("POST", "/borrowdb/reset", &json!({"reset": {}})).status, 201);
    let outcome = crowd::run(address, FEW, Duration::from_secs(1)).await;
    outcome.assert_served();
    note(&format!("{FEW} clients afterward: {outcome}"));
}

async fn add_books_and_patrons(app: &TestApp, patrons: usize) {
    let mut catalog = app.database.admin(Store::Catalog).await;
    let insert = "INSERT INTO books (id, title, author, count, thumbnailUrl) VALUES (?, CONCAT('Load ', ?), 'Test', 9999, '')";
    let ids = FIRST_BOOK..FIRST_BOOK + BOOKS;
    catalog.exec_batch(insert, ids.map(|id| (id, id))).await.unwrap();
    let mut session = app.database.admin(Store::Patrons).await;
    let rows: Vec<_> = (FIRST_PATRON..)
        .take(patrons)
        .map(|id| format!("({id}, 'Load', 'Test', 'LOAD{id}', 'user')"))
        .collect();
    let columns = "id, firstName, lastName, patronNum, role";
    session
        .query_drop(format!("INSERT INTO patrons ({columns}) VALUES {}", rows.join(", ")))
        .await
        .unwrap();
}

//! The lending rules under concurrent load.

mod bursts;
mod resets;
mod storm;

use std::{sync::Barrier, thread};

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{Answer, Client, TestApp, is_long};

/// The number of runs of each race, to find failures that occur rarely.
fn rounds() -> usize {
    if is_long() { 20 } else { 8 }
}

/// The answers to `count` requests that start at the same moment, each on its own thread and connection. `ask` gets the
/// request's number.
fn at_once(app: &Client, count: i64, ask: impl Fn(&Client, i64) -> Answer + Sync) -> Vec<Answer> {
    let start = Barrier::new(usize::try_from(count).expect("a count"));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let (start, ask) = (&start, &ask);
                scope.spawn(move || {
                    start.wait();
                    ask(app, number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

/// Adds `count` patrons with ids from `first`.
async fn add_patrons(app: &TestApp, first: i64, count: usize) {
    let mut patrons = app.database.admin(Store::Patrons).await;
    let insert = "INSERT INTO patrons (id, firstName, lastName, patronNum, role) \
                  VALUES (?, 'Race', 'Runner', ?, 'user')";
    let rows = (first..).take(count).map(|id| (id, format!("RACE{id}")));
    patrons.exec_batch(insert, rows).await.unwrap();
}

/// Adds `count` books with ids from `first`, each with `copies` copies.
async fn add_books(app: &TestApp, first: i64, count: usize, copies: i64) {
    let mut catalog = app.database.admin(Store::Catalog).await;
    let insert = "INSERT INTO books (id, title, author, count, thumbnailUrl) VALUES (?, 'Race', 'Runner', ?, '')";
    let rows = (first..).take(count).map(|id| (id, copies));
    catalog.exec_batch(insert, rows).await.unwrap();
}

//! What must hold whatever is asked at the same time: the rules of lending under parallel load.

mod bursts;
mod storm;

use std::{sync::Barrier, thread};

use loader::Store;
use mysql_async::prelude::Queryable;
use tests::{Answer, Client, TestApp};

/// How often each race is run: what goes wrong once in twenty times goes wrong.
const ROUNDS: usize = 20;

/// The answers to `count` requests that start at the same moment. Each has a thread and a connection of
/// its own; `ask` gets its number.
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

/// Adds so many patrons, with the ids from `first` on.
async fn add_patrons(app: &TestApp, first: i64, count: usize) {
    let mut patrons = app.database.admin(Store::Patrons).await;
    let insert = "INSERT INTO patrons (id, firstName, lastName, patronNum, role) \
                  VALUES (?, 'Race', 'Runner', ?, 'user')";
    let rows = (first..).take(count).map(|id| (id, format!("RACE{id}")));
    patrons.exec_batch(insert, rows).await.unwrap();
}

/// Adds so many books, with the ids from `first` on, and so many copies of each.
async fn add_books(app: &TestApp, first: i64, count: usize, copies: i64) {
    let mut catalog = app.database.admin(Store::Catalog).await;
    let insert = "INSERT INTO books (id, title, author, count, thumbnailUrl) VALUES (?, 'Race', 'Runner', ?, '')";
    let rows = (first..).take(count).map(|id| (id, copies));
    catalog.exec_batch(insert, rows).await.unwrap();
}

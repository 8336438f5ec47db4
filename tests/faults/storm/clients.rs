//! Clients that borrow, each with a ledger of what it was told.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{Client, TestDatabase, borrow, is_long};

pub const CLIENTS: i64 = 32;
/// The loan limit.
const BOOKS: i64 = 4;

/// The answers that a client got, by patron and book: whether the loan was acknowledged; unknown after a failure.
pub type Acknowledged = BTreeMap<(i64, i64), bool>;

/// The patrons of each client: enough for the whole test.
fn patrons_of_a_client() -> i64 {
    if is_long() { 4000 } else { 250 }
}

/// Adds the clients' patrons, and copies for all of them.
pub async fn prepare(database: &TestDatabase) {
    let mut patrons = database.admin(Store::Patrons).await;
    let ids: Vec<_> = (101..=100 + CLIENTS * patrons_of_a_client()).collect();
    for ids in ids.chunks(5000) {
        let rows: Vec<_> =
            ids.iter().map(|id| format!("({id}, 'Storm', 'Rider', 'STORM{id}', 'user')")).collect();
        let columns = "id, firstName, lastName, patronNum, role";
        let insert = format!("INSERT INTO patrons ({columns}) VALUES {}", rows.join(", "));
        patrons.query_drop(insert).await.unwrap();
    }
    let mut catalog = database.admin(Store::Catalog).await;
    catalog.query_drop("UPDATE books SET count = 1000000").await.unwrap();
}

/// The state that the clients share.
#[derive(Default)]
pub struct Storm {
    lent: AtomicUsize,
    unavailable: AtomicUsize,
    is_over: AtomicBool,
}

impl Storm {
    pub fn lent(&self) -> usize {
        self.lent.load(Ordering::Relaxed)
    }

    pub fn unavailable(&self) -> usize {
        self.unavailable.load(Ordering::Relaxed)
    }

    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub fn wait_for_loans(&self, at_least: usize) {
        self.wait_for("loans", &self.lent, at_least);
    }

    pub fn wait_for_unavailable(&self, at_least: usize) {
        self.wait_for("failures", &self.unavailable, at_least);
    }

    /// A client borrows for its own patrons, book by book. Every second client sends an idempotency key and repeats a
    /// request without a known outcome until it is acknowledged; the others continue.
    pub fn client(&self, app: &Client, number: i64) -> Acknowledged {
        let mut acknowledged = Acknowledged::new();
        let first = 101 + number * patrons_of_a_client();
        for patron in first..first + patrons_of_a_client() {
            for book in 1..=BOOKS {
                let has_key = number % 2 == 0;
                let key = format!("storm-{patron}-{book}");
                let app = if has_key { app.with("idempotency-key", key) } else { app.clone() };
                let mut is_lent = self.lend(&app, book, patron);
                while has_key && !is_lent && !self.is_over.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(20));
                    is_lent = self.lend(&app, book, patron);
                }
                acknowledged.insert((patron, book), is_lent);
                if self.is_over.load(Ordering::Relaxed) {
                    return acknowledged;
                }
                if !is_lent {
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
        panic!("client {number} has no patrons left");
    }

    /// Whether the loan was acknowledged; false for a 503 and for a connection that broke. Any other answer fails the test.
    fn lend(&self, app: &Client, book: i64, patron: i64) -> bool {
        let Ok(answer) = app.try_send_json("POST", "/borrow", &borrow(book, patron)) else {
            self.unavailable.fetch_add(1, Ordering::Relaxed);
            return false;
        };
        match answer.status {
            201 => self.lent.fetch_add(1, Ordering::Relaxed),
            503 if !answer.header("retry-after").is_empty() => {
                self.unavailable.fetch_add(1, Ordering::Relaxed)
            }
            _ => panic!("{book} for {patron}: {answer:?}"),
        };
        answer.status == 201
    }

    fn wait_for(&self, what: &str, count: &AtomicUsize, at_least: usize) {
        let patience = Instant::now() + Duration::from_secs(60);
        while count.load(Ordering::Relaxed) < at_least {
            if Instant::now() > patience {
                self.end();
                let (lent, unavailable) = (self.lent(), self.unavailable());
                panic!("{at_least} {what} expected: {lent} lent, {unavailable} unavailable");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The number of open loans by patron and book.
pub async fn open_loans(database: &TestDatabase) -> BTreeMap<(i64, i64), i64> {
    let mut ledger = database.admin(Store::Borrowing).await;
    let select =
        "SELECT patronId, bookId, COUNT(*) FROM loans WHERE isOpen = 1 GROUP BY patronId, bookId";
    let rows: Vec<(i64, i64, i64)> = ledger.query(select).await.unwrap();
    rows.into_iter().map(|(patron, book, count)| ((patron, book), count)).collect()
}

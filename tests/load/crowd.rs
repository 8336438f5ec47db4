//! Clients that read and borrow for a while, each with a ledger of what it was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use library_db::Store;
use mysql_async::prelude::Queryable;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::json;
use tests::{TestApp, borrow};

use crate::connection::{Answer, Connection};

pub const FIRST_BOOK: i64 = 1001;
pub const BOOKS: i64 = 50;
pub const FIRST_PATRON: i64 = 1001;
/// The loan limit.
const MOST_LOANS: usize = 4;
/// All clients of a crowd come from one address, as from behind one router.
const CROWD: [u8; 4] = [127, 0, 0, 1];

/// Patron and book.
type Loan = (i64, i64);

/// The results of a crowd.
#[derive(Default)]
pub struct Outcome {
    /// The duration of each answer that was not a refusal.
    served: Vec<Duration>,
    refused: usize,
    /// Answers that must not be, and missing ones.
    errors: BTreeMap<String, usize>,
    /// Loans by whether they are open; after a refusal that is unknown.
    loans: BTreeMap<Loan, Option<bool>>,
    seconds: f64,
}

/// Runs `clients` at once for `duration`. In the end each returns what it borrowed, if there was no refusal.
pub async fn run(address: SocketAddr, clients: usize, duration: Duration) -> Outcome {
    let begin = Instant::now();
    let tasks: Vec<_> = (FIRST_PATRON..)
        .take(clients)
        .map(|patron| tokio::spawn(Visitor::new(address, patron).visit(begin + duration)))
        .collect();
    let mut all = Outcome::default();
    for task in tasks {
        let one = task.await.expect("a client");
        all.served.extend(one.served);
        all.refused += one.refused;
        all.loans.extend(one.loans);
        for (error, count) in one.errors {
            *all.errors.entry(error).or_default() += count;
        }
    }
    all.served.sort();
    all.seconds = begin.elapsed().as_secs_f64();
    all
}

/// One client.
struct Visitor {
    connection: Connection,
    chance: SmallRng,
    patron: i64,
    held: Vec<i64>,
    outcome: Outcome,
}

impl Visitor {
    fn new(address: SocketAddr, patron: i64) -> Visitor {
        Visitor {
            connection: Connection::new(address, CROWD),
            chance: SmallRng::seed_from_u64(patron.unsigned_abs()),
            patron,
            held: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    async fn visit(mut self, end: Instant) -> Outcome {
        while Instant::now() < end {
            let book = FIRST_BOOK + self.chance.random_range(0..BOOKS);
            match self.chance.random_range(0..10) {
                0..3 => self.read("/").await,
                3..5 => self.read("/catdb?limit=20").await,
                5..7 => self.read(&format!("/catdb/{book}")).await,
                _ if self.held.len() == MOST_LOANS || self.chance.random_bool(0.4) => {
                    if let Some(book) = self.held.pop() {
                        self.give_back(book).await;
                    }
                }
                _ if self.held.contains(&book) => {}
                _ => self.borrow(book).await,
            }
        }
        while let Some(book) = self.held.pop() {
            self.give_back(book).await;
        }
        self.outcome
    }

    async fn read(&mut self, path: &str) {
        let answer = self.connection.send("GET", path, None).await;
        self.take(answer, 200, "reading").await;
    }

    async fn borrow(&mut self, book: i64) {
        let body = borrow(book, self.patron);
        let answer = self.connection.send("POST", "/borrow", Some(&body)).await;
        let is_lent = self.take(answer, 201, "borrowing").await;
        self.outcome.loans.insert((self.patron, book), is_lent.then_some(true));
        if is_lent {
            self.held.push(book);
        }
    }

    async fn give_back(&mut self, book: i64) {
        let body = borrow(book, self.patron);
        let answer = self.connection.send("DELETE", "/borrow", Some(&body)).await;
        let is_back = self.take(answer, 200, "returning").await;
        self.outcome.loans.insert((self.patron, book), is_back.then_some(false));
    }

    /// Whether the answer has the expected status. A clean refusal is waited out, as it asks for.
    async fn take(&mut self, answer: Result<Answer, String>, status: u16, what: &str) -> bool {
        let error = match answer {
            Ok(answer) if answer.status == status => {
                self.outcome.served.push(answer.duration);
                let is_done = status == 200 && what == "reading"
                    || answer.json()["transaction"] == json!(true);
                if is_done {
                    return true;
                }
                // After a refusal whose outcome was unknown, a loan may be there or not.
                if self.outcome.refused > 0 {
                    return false;
                }
                format!("{what}: {}", String::from_utf8_lossy(&answer.body))
            }
            Ok(answer) if is_clean_refusal(&answer) => {
                self.outcome.refused += 1;
                let seconds = answer.retry_after.unwrap_or(1);
                tokio::time::sleep(Duration::from_secs(seconds.into())).await;
                return false;
            }
            Ok(answer) if answer.status == 200 && self.outcome.refused > 0 => return false,
            Ok(answer) => {
                format!("{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.body))
            }
            Err(why) => why,
        };
        *self.outcome.errors.entry(error).or_default() += 1;
        false
    }
}

/// 503 with `Retry-After`, in the form of the app's errors.
fn is_clean_refusal(answer: &Answer) -> bool {
    let is_page = answer.body.starts_with(b"<!doctype html>");
    let body = answer.json();
    let is_problem = body["error"] == "Service Unavailable" && body["detail"].is_string();
    answer.status == 503 && answer.retry_after.is_some() && (is_page || is_problem)
}

impl Outcome {
    fn quantile(&self, quantile: f64) -> Duration {
        let index = (self.served.len() as f64 * quantile) as usize;
        self.served.get(index.min(self.served.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// The loans that the clients still have.
    pub fn loans(&self) -> BTreeSet<Loan> {
        self.loans.iter().filter(|(_, is_open)| **is_open == Some(true)).map(|(l, _)| *l).collect()
    }

    /// Fails unless every request was served.
    pub fn assert_served(&self) {
        assert!(self.errors.is_empty() && self.refused == 0, "{self}: {:?}", self.errors);
    }

    /// Fails if a few requests took very much longer than most.
    pub fn assert_fair(&self) {
        assert!(self.quantile(0.99) <= 20 * self.quantile(0.5), "{self}");
    }

    /// Fails unless some requests were refused, none in another way than it should, and some were served.
    pub fn assert_turned_away(&self) {
        assert!(self.errors.is_empty(), "{self}: {:?}", self.errors);
        assert!(self.refused > 0 && !self.served.is_empty(), "{self}");
    }

    /// Fails if the ledger has other loans than the clients know of.
    pub fn assert_consistent_with(&self, ledger: &BTreeSet<Loan>) {
        for (loan, is_open) in &self.loans {
            assert!(
                is_open.is_none_or(|open| open == ledger.contains(loan)),
                "{loan:?}: {is_open:?}"
            );
        }
        assert!(ledger.iter().all(|loan| self.loans.contains_key(loan)), "loans that nobody made");
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (self.quantile(0.5).as_millis(), self.quantile(0.99).as_millis());
        let rate = self.served.len() as f64 / self.seconds;
        let slowest = self.served.last().copied().unwrap_or_default().as_millis();
        let errors: usize = self.errors.values().sum();
        write!(
            f,
            "{} served ({rate:.0} a second), {} refused, {errors} errors, p50 {p50} ms, p99 {p99} ms, worst {slowest} ms",
            self.served.len(),
            self.refused
        )
    }
}

/// The open loans of all clients.
pub async fn loans_in(app: &TestApp) -> BTreeSet<Loan> {
    let mut ledger = app.database.admin(Store::Borrowing).await;
    let select = "SELECT patronId, bookId FROM loans WHERE isOpen = 1";
    ledger.query::<Loan, _>(select).await.expect("the ledger").into_iter().collect()
}

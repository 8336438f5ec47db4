//! The record of the test: each click with its time, and each answer that contradicted an earlier one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A patron's action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Got a library card, before the visit; noted only when that failed.
    Register,
    /// Opened the front page.
    FrontPage,
    /// Searched for a word.
    Search,
    /// Opened the page of a book.
    Book,
    /// Logged in.
    LogIn,
    /// Borrowed a book.
    Borrow,
    /// Opened My books.
    MyBooks,
    /// Renewed a loan.
    Renew,
    /// Returned a book.
    Return,
    /// Logged out.
    LogOut,
}

impl Action {
    /// Every action, in the order of a visit.
    pub const ALL: [Action; 10] = [
        Action::Register,
        Action::FrontPage,
        Action::Search,
        Action::Book,
        Action::LogIn,
        Action::Borrow,
        Action::MyBooks,
        Action::Renew,
        Action::Return,
        Action::LogOut,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Action::Register => "get a card",
            Action::FrontPage => "front page",
            Action::Search => "search",
            Action::Book => "book",
            Action::LogIn => "log in",
            Action::Borrow => "borrow",
            Action::MyBooks => "My books",
            Action::Renew => "renew",
            Action::Return => "return",
            Action::LogOut => "log out",
        }
    }
}

/// One click, with the redirect that may follow.
#[derive(Clone, Copy, Debug)]
pub struct Click {
    /// When it was made, from the beginning of the test.
    pub at: Duration,
    /// The duration until the page was complete.
    pub took: Duration,
    /// The action.
    pub action: Action,
    /// Whether there was no page: an error of the server or no answer.
    pub failed: bool,
}

/// The whole test.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Every click, in the order in which they ended.
    pub clicks: Vec<Click>,
    /// The number of patrons in the library in each second.
    pub inside: Vec<usize>,
    /// Answers that contradicted earlier ones.
    pub violations: Vec<String>,
    /// The first few failures, in words.
    pub failures: Vec<String>,
}

/// The most failures that are kept in words.
const MAX_FAILURES: usize = 20;

/// Collects the record; clones share it.
#[derive(Clone)]
pub struct Recorder {
    began: Instant,
    record: Arc<Mutex<Record>>,
}

impl Recorder {
    /// Begins the test.
    pub fn new() -> Recorder {
        Recorder { began: Instant::now(), record: Arc::default() }
    }

    /// Notes a click that was made at `at` and has its page now, or failed for a reason.
    pub fn click(&self, action: Action, at: Instant, failure: Option<String>) {
        let click = Click {
            at: at.saturating_duration_since(self.began),
            took: at.elapsed(),
            action,
            failed: failure.is_some(),
        };
        let mut record = self.lock();
        record.clicks.push(click);
        if let Some(failure) = failure.filter(|_| record.failures.len() < MAX_FAILURES) {
            record.failures.push(format!("{}: {failure}", action.name()));
        }
    }

    /// Notes that an answer contradicts an earlier one.
    pub fn violation(&self, what: String) {
        self.lock().violations.push(what);
    }

    /// Notes how many patrons are inside; returns the number of clicks so far.
    pub fn note_inside(&self, inside: usize) -> usize {
        let mut record = self.lock();
        record.inside.push(inside);
        record.clicks.len()
    }

    /// The record.
    pub fn finish(&self) -> Record {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value that `share` (0 to 1) of the sorted times do not exceed, in milliseconds.
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

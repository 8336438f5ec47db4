//! One visit to the library: the patron's actions, and the answers that the patron got.

use std::{collections::BTreeMap, time::Duration};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tokio::time::{Instant, sleep_until};

use super::{
    browser::{Browser, Failed},
    record::{Action, Recorder},
};

/// The average time that a patron looks at a page.
const MEAN_THINK_TIME: Duration = Duration::from_secs(5);

/// The average length of a visit if pages arrive at once: about seven pages.
pub const MEAN_VISIT: Duration = Duration::from_secs(30);

/// A patron's library card, and the loans that the patron was told of.
#[derive(Clone, Debug)]
pub struct Card {
    /// The patron's id.
    pub patron: u64,
    /// The last name; the first name is the same for all.
    pub last_name: String,
    /// The card number.
    pub number: String,
    /// The books of the patron, by id.
    pub loans: BTreeMap<u64, Known>,
}

/// The first name of every patron of the test.
pub const FIRST_NAME: &str = "Load";

/// The patron's knowledge of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The library said that the patron has the book.
    Held,
    /// An answer was lost: the patron may have the book or not.
    Unknown,
}

/// A visit that begins at `at`. It ends early when a page fails.
pub async fn visit(origin: &str, card: &mut Card, recorder: &Recorder, at: Instant) {
    let Ok(browser) = Browser::new(origin, recorder.clone()) else { return };
    let mut visit = Visit { browser, card, recorder, random: StdRng::from_os_rng(), next: at };
    // The reason is in the record; a patron who gets an error page leaves.
    visit.run().await.ok();
}

struct Visit<'a> {
    browser: Browser,
    card: &'a mut Card,
    recorder: &'a Recorder,
    random: StdRng,
    /// When the patron clicks next.
    next: Instant,
}

impl Visit<'_> {
    async fn run(&mut self) -> Result<(), Failed> {
        self.open(Action::FrontPage, "/").await?;
        for _ in 0..self.random.random_range(1..=4) {
            self.look_around().await?;
        }
        if !self.random.random_bool(0.6) {
            return Ok(());
        }
        self.log_in().await?;
        for _ in 0..self.random.random_range(0..=2) {
            self.borrow().await?;
        }
        self.open(Action::MyBooks, "/booklist").await?;
        self.compare_loans();
        if self.random.random_bool(0.3) {
            self.renew().await?;
        }
        while !self.browser.page.buttons("return").is_empty() && self.random.random_bool(0.5) {
            self.give_back().await?;
        }
        if self.random.random_bool(0.7) {
            self.submit(Action::LogOut, "/logout", &[]).await?;
        }
        Ok(())
    }

    /// Searches for a word of a title, or opens the page of a book, and returns to the catalog by the next step.
    async fn look_around(&mut self) -> Result<(), Failed> {
        let titles: Vec<String> =
            self.browser.page.all("<bdi>", "</bdi>").map(str::to_owned).collect();
        let title = titles.choose(&mut self.random).cloned().unwrap_or_default();
        let words: Vec<&str> = title.split(|letter: char| !letter.is_alphabetic()).collect();
        let word = words.iter().filter(|word| word.len() > 3).max_by_key(|word| word.len());
        let books: Vec<u64> =
            self.browser.page.all("/book/", "\"").filter_map(|id| id.parse().ok()).collect();
        match (word, books.choose(&mut self.random)) {
            (Some(word), _) if self.random.random_bool(0.6) => {
                let path = format!("/?q={word}");
                self.open(Action::Search, &path).await
            }
            (_, Some(book)) => {
                let path = format!("/book/{book}");
                self.open(Action::Book, &path).await
            }
            _ => self.open(Action::FrontPage, "/").await,
        }
    }

    async fn log_in(&mut self) -> Result<(), Failed> {
        self.open(Action::LogIn, "/login").await?;
        let (last_name, number) = (self.card.last_name.clone(), self.card.number.clone());
        let fields = [
            ("user_first_name", FIRST_NAME),
            ("user_last_name", &last_name),
            ("user_lib_id", &number),
        ];
        self.submit(Action::LogIn, "/login", &fields).await
    }

    async fn borrow(&mut self) -> Result<(), Failed> {
        let offered = self.browser.page.buttons("book_id");
        let Some(book) = offered.choose(&mut self.random).copied() else {
            return self.open(Action::FrontPage, "/").await;
        };
        let before = self.card.loans.insert(book, Known::Unknown);
        let text = book.to_string();
        self.submit(Action::Borrow, "/", &[("book_id", &text), ("back", "/")]).await?;
        match (self.browser.page.is_success, before) {
            (true, _) => self.card.loans.insert(book, Known::Held),
            (false, None) => self.card.loans.remove(&book),
            (false, Some(known)) => self.card.loans.insert(book, known),
        };
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), Failed> {
        let offered = self.browser.page.buttons("renew");
        let Some(book) = offered.choose(&mut self.random) else { return Ok(()) };
        let text = book.to_string();
        self.submit(Action::Renew, "/booklist", &[("renew", &text), ("back", "/booklist")]).await
    }

    async fn give_back(&mut self) -> Result<(), Failed> {
        let held = self.browser.page.buttons("return");
        let Some(book) = held.choose(&mut self.random).copied() else { return Ok(()) };
        self.card.loans.insert(book, Known::Unknown);
        let text = book.to_string();
        let fields = [("return", text.as_str()), ("back", "/booklist")];
        self.submit(Action::Return, "/booklist", &fields).await?;
        self.card.loans.remove(&book);
        if self.browser.page.buttons("return").contains(&book) {
            self.recorder.violation(format!(
                "patron {} returned book {book} and still sees it on My books",
                self.card.patron
            ));
        }
        Ok(())
    }

    /// My books has to show every loan that the patron was told of, and no other.
    fn compare_loans(&mut self) {
        let shown = self.browser.page.buttons("return");
        for (book, known) in &self.card.loans {
            if *known == Known::Held && !shown.contains(book) {
                self.recorder
                    .violation(format!("patron {} lost the loan of book {book}", self.card.patron));
            }
        }
        for book in &shown {
            if !self.card.loans.contains_key(book) {
                self.recorder.violation(format!(
                    "patron {} has book {book} without having borrowed it",
                    self.card.patron
                ));
            }
        }
        self.card.loans = shown.into_iter().map(|book| (book, Known::Held)).collect();
    }

    async fn open(&mut self, action: Action, path: &str) -> Result<(), Failed> {
        let at = self.wait().await;
        let outcome = self.browser.open(action, at, path).await;
        self.think();
        outcome
    }

    async fn submit(
        &mut self,
        action: Action,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<(), Failed> {
        let at = self.wait().await;
        let outcome = self.browser.submit(action, at, path, fields).await;
        self.think();
        outcome
    }

    /// Waits until the patron clicks, and returns that time: a delay of this program counts as latency.
    async fn wait(&self) -> Instant {
        sleep_until(self.next).await;
        self.next
    }

    /// Chooses how long the patron looks at the page that has just come: exponentially distributed.
    fn think(&mut self) {
        let share = -(1.0 - self.random.random::<f64>()).ln();
        self.next = Instant::now() + MEAN_THINK_TIME.mul_f64(share);
    }
}

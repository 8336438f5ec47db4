//! `cargo xtask load`: patrons who browse, search, log in, borrow, renew, return and leave, as people do. New ones arrive at a
//! steady rate whether or not the library keeps up (an open loop), so a slow library is seen as one. At the end the ledger
//! is compared with what the patrons were told.

mod browser;
mod chart;
mod ledger;
mod record;
mod report;
mod rest;
mod visit;

use std::{
    io::IsTerminal,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use rand::Rng;
use tests::TestApp;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep_until, timeout},
};

use crate::{data::Size, run};
use record::{Action, Recorder};
use rest::Rest;
use visit::{Card, MEAN_VISIT};

/// The library that is filled for a load test without an address: enough titles to browse, few copies of each.
const DATA: Size = Size { books: 1000, patrons: 7, loans: 0, copies: 3 };

/// The time limit for the remaining visits after the last one began.
const PATIENCE: Duration = Duration::from_secs(180);

/// Options of `cargo xtask load`.
#[derive(Args)]
pub struct LoadOptions {
    /// Patrons in the library at a time, on average
    #[arg(long, default_value = "100")]
    users: u32,
    /// Minutes during which new patrons arrive
    #[arg(long, default_value = "2")]
    minutes: f64,
    /// The library's address, `http://host:port`; without it, a library is started for the test
    #[arg(long, value_name = "URL")]
    against: Option<String>,
    /// The API token of that library, if it has one
    #[arg(long, value_name = "TOKEN", env = "LIBRARY_API_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The file to write the report to
    #[arg(long, value_name = "FILE", default_value = "load-report.html")]
    report: PathBuf,
}

/// Runs the load test and writes the report.
///
/// # Errors
/// If the library can't be reached, the report can't be written, or an invariant does not hold.
pub async fn load(options: &LoadOptions) -> Result<()> {
    ensure!(options.users > 0, "--users must be at least 1");
    ensure!(options.minutes > 0.0, "--minutes must be more than 0");
    let (origin, _app) = match &options.against {
        Some(url) => (url.trim_end_matches('/').to_owned(), None),
        None => {
            let app = TestApp::start_on(run::filled(DATA).await?, &[]);
            (app.origin(), Some(app))
        }
    };
    let rest = Arc::new(Rest::new(&origin, options.token.as_deref())?);
    let limit = rest.loan_limit().await.with_context(|| format!("no library at {origin}"))?;
    let cards = Arc::new(Cards::default());
    let recorder = Recorder::new();
    arrivals(options, &origin, &rest, &cards, &recorder).await?;
    let record = recorder.finish();
    eprintln!("comparing the ledger with what {} patrons were told", cards.len());
    let mut violations = record.violations.clone();
    violations.extend(ledger::check(&rest, &cards.all(), limit).await?);
    ledger::return_all(&rest, &cards.all()).await?;
    let summary =
        report::Summary { origin: &origin, options, record: &record, violations: &violations };
    std::fs::write(&options.report, report::html(&summary))
        .with_context(|| format!("can't write {}", options.report.display()))?;
    report::print(&summary);
    println!("report: {}", options.report.display());
    ensure!(
        violations.is_empty(),
        "{} invariants do not hold:\n{}",
        violations.len(),
        violations.join("\n")
    );
    Ok(())
}

/// Lets visits begin at random times, `users` divided by the mean visit on average (a Poisson process), and waits until the
/// last one has ended.
async fn arrivals(
    options: &LoadOptions,
    origin: &str,
    rest: &Arc<Rest>,
    cards: &Arc<Cards>,
    recorder: &Recorder,
) -> Result<()> {
    let rate = f64::from(options.users) / MEAN_VISIT.as_secs_f64();
    let end = Instant::now() + Duration::from_secs_f64(options.minutes * 60.0);
    let inside = Arc::new(AtomicUsize::new(0));
    let progress = tokio::spawn(progress(Arc::clone(&inside), recorder.clone()));
    let mut visits = JoinSet::new();
    let mut next = Instant::now();
    loop {
        let gap = -(1.0 - rand::rng().random::<f64>()).ln() / rate;
        next += Duration::from_secs_f64(gap);
        if next >= end {
            break;
        }
        // The next patron does not wait for those inside: that would hide a slow library.
        sleep_until(next).await;
        let (rest, recorder) = (Arc::clone(rest), recorder.clone());
        let (origin, cards, inside) = (origin.to_owned(), Arc::clone(cards), Arc::clone(&inside));
        visits.spawn(async move {
            inside.fetch_add(1, Ordering::Relaxed);
            match cards.take(&rest).await {
                Ok(mut card) => {
                    visit::visit(&origin, &mut card, &recorder, next).await;
                    cards.put_back(card);
                }
                Err(error) => {
                    recorder.click(Action::Register, next.into_std(), Some(format!("{error:#}")))
                }
            }
            inside.fetch_sub(1, Ordering::Relaxed);
        });
    }
    let all_left = async { while visits.join_next().await.is_some() {} };
    let outcome = timeout(PATIENCE, all_left).await;
    progress.abort();
    outcome.context("some visits did not end")
}

/// Notes every second how many patrons are inside.
async fn progress(inside: Arc<AtomicUsize>, recorder: Recorder) {
    let mut second = interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        let inside = inside.load(Ordering::Relaxed);
        let clicks = recorder.note_inside(inside);
        if std::io::stderr().is_terminal() {
            eprint!("\r{inside} patrons inside, {clicks} clicks\u{1b}[K");
        }
    }
}

/// The library cards of the test's patrons. Each is used by one visit at a time.
#[derive(Default)]
struct Cards {
    idle: Mutex<Vec<Card>>,
    made: AtomicUsize,
}

impl Cards {
    /// A card that nobody uses, or a new one.
    async fn take(&self, rest: &Rest) -> Result<Card> {
        let card = self.lock().pop();
        match card {
            Some(card) => Ok(card),
            None => rest.register(self.made.fetch_add(1, Ordering::Relaxed)).await,
        }
    }

    fn put_back(&self, card: Card) {
        // In front, so that each card rests as long as possible and all are used.
        self.lock().insert(0, card);
    }

    fn len(&self) -> usize {
        self.lock().len()
    }

    fn all(&self) -> Vec<Card> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Card>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

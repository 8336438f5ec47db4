//! Progress messages: a spinner on a terminal, plain lines elsewhere. They go to stderr, so that stdout has only a
//! task's result.

use std::{
    future::Future,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows `what` while `work` runs, and afterwards its duration.
///
/// # Errors
/// Those of `work`.
pub async fn step<T>(
    what: &str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    let spinner = spinner(what);
    let outcome = work.await;
    spinner.finish_and_clear();
    if outcome.is_ok() {
        say(&format!("{what}: done in {:.1} s", started.elapsed().as_secs_f32()));
    }
    outcome
}

/// Prints one line. Ignores errors, because a closed terminal must not keep a task from cleaning up.
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}

fn spinner(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        say(&format!("{what} …"));
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

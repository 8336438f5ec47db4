//! The figures of a suite: `cargo xtask test` prints them beside the result.

use std::{
    env,
    fs::File,
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

/// Whether `cargo xtask test --long` runs the long form of a suite.
#[must_use]
pub fn is_long() -> bool {
    env::var("LIBRARY_TEST_LONG").is_ok_and(|long| long == "true")
}

/// Reports a figure in words.
pub fn note(figure: &str) {
    println!("{figure}");
    write(&json!({ "note": figure }));
}

/// Counts the exchanges of a client and its clones, and reports them when the last one is dropped.
#[derive(Default)]
pub(crate) struct Exchanges {
    count: AtomicU64,
    slowest: Mutex<(Duration, String)>,
}

impl Exchanges {
    /// Adds one that took `duration`.
    pub(crate) fn add(&self, method: &str, path: &str, duration: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut slowest = self.slowest.lock().expect("the slowest");
        if duration > slowest.0 {
            let path = path.split('?').next().unwrap_or_default();
            *slowest = (duration, format!("{method} {path}"));
        }
    }
}

impl Drop for Exchanges {
    fn drop(&mut self) {
        let (duration, request) = std::mem::take(self.slowest.get_mut().expect("the slowest"));
        let requests = *self.count.get_mut();
        if requests > 0 {
            write(&json!({
                "requests": requests,
                "milliseconds": u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
                "slowest": request,
            }));
        }
    }
}

/// Appends a line to the file that `cargo xtask test` reads.
fn write(line: &Value) {
    let Ok(path) = env::var("LIBRARY_TEST_FIGURES") else { return };
    let file = File::options().create(true).append(true).open(path);
    // One write for each line: tests run in parallel.
    file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).expect("the figures");
}

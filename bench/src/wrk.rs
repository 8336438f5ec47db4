//! Sends requests to a URL with `wrk` and reads its measurements.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tests::{from_xtask, project};
use tokio::process::Command;

/// The load: a closed loop of this many connections.
#[derive(Clone, Copy, Debug)]
pub struct Drive {
    /// Connections, each with one request at a time.
    pub connections: u32,
    /// The duration in whole seconds.
    pub seconds: u64,
}

/// The requests to send.
#[derive(Clone, Debug)]
pub struct Requests {
    /// The script in `bench/wrk/` that creates the requests; `report.lua` sends GET requests for the URL.
    pub script: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Headers of every request, as `name: value`.
    pub headers: Vec<String>,
}

impl Requests {
    /// GET requests for the URL.
    pub fn get() -> Requests {
        Requests { script: "report.lua", arguments: Vec::new(), headers: Vec::new() }
    }
}

/// The measurements of `wrk`. Times are in microseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Answered requests.
    pub requests: u64,
    /// The duration of the measurement.
    pub microseconds: u64,
    /// The median latency.
    pub p50: u64,
    /// The 99th percentile of the latency.
    pub p99: u64,
    /// The longest latency.
    pub max: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Requests without an answer, and answers with a status of 400 or more.
    pub failed: u64,
}

impl Measured {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / (self.microseconds as f64 / 1e6)
    }
}

/// Sends `requests` to `url` with the load `drive`.
///
/// # Errors
/// If `wrk` cannot be run, or a request fails.
pub async fn run(url: &str, requests: &Requests, drive: Drive) -> Result<Measured> {
    // Two threads, because more would only compete with the app and the database for the cores.
    let threads = drive.connections.min(2);
    let mut wrk = Command::new(from_xtask("LIBRARY_BENCH_WRK"));
    wrk.current_dir(project())
        .args(["--threads", &threads.to_string()])
        .args(["--connections", &drive.connections.to_string()])
        .args(["--duration", &format!("{}s", drive.seconds)])
        .args(["--timeout", "30s", "--script", &format!("bench/wrk/{}", requests.script)])
        .args(requests.headers.iter().flat_map(|header| ["--header", header]))
        .args([url, "--"])
        .args(&requests.arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let patience = Duration::from_secs(drive.seconds + 60);
    let output = tokio::time::timeout(patience, wrk.output())
        .await
        .with_context(|| format!("wrk did not end within {patience:?}"))?
        .context("can't run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().find_map(|line| line.strip_prefix("result "));
    let Some(result) = result else {
        bail!("wrk measured nothing: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let measured: Measured = serde_json::from_str(result)?;
    // A deadlock may outlast the retries at rates that only the native program reaches.
    if measured.failed > measured.requests / 100 {
        bail!("{} of {} requests to {url} failed", measured.failed, measured.requests);
    }
    Ok(measured)
}

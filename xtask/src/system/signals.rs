//! Requests to stop: SIGINT (Ctrl-C), SIGTERM, SIGHUP (the terminal was closed) and SIGQUIT.
//!
//! [`listen`] is called before the first child process starts. From then on none of these signals ends this process:
//! each one ends the programs that run at that time, and every task stops what it started.

use std::{fs, sync::LazyLock};

use anyhow::{Context, Result};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Whether a signal has arrived.
static STOP_REQUESTED: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Starts listening; `end_programs` runs at each signal.
///
/// # Errors
/// If the system refuses.
pub fn listen(end_programs: fn()) -> Result<()> {
    let hangup = (!is_hangup_ignored()).then(SignalKind::hangup);
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::quit()];
    for kind in kinds.into_iter().chain(hangup) {
        let mut signals = signal(kind).context("cannot listen for signals")?;
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                STOP_REQUESTED.send_replace(true);
                end_programs();
            }
        });
    }
    Ok(())
}

/// Whether a signal has arrived.
pub fn is_stop_requested() -> bool {
    *STOP_REQUESTED.borrow()
}

/// Waits for a signal; returns at once if one has arrived before.
pub async fn stop_requested() {
    STOP_REQUESTED.subscribe().wait_for(|requested| *requested).await.ok();
}

/// Whether this process ignores SIGHUP, for example because of `nohup`. Always false where there is no /proc.
fn is_hangup_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Bit 0 is signal 1, SIGHUP.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|m| m & 1 == 1)
}

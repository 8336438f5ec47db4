//! The progress and the failure of a running instance.
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// The number of deadlines that a response may take if its body makes progress.
const MAX_DEADLINES: u32 = 10;

/// The reason why there is no response. The log has the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoResponse {
    /// It panicked, exceeded its memory limit, or returned without a response.
    Failed,
    /// The limit of instances was reached.
    NoInstance,
    /// It was still running at its deadline.
    TimedOut,
}

/// The state of a running instance, shared with the body of its response.
pub(super) struct Progress {
    started: Instant,
    /// The time at which the client last took a part of the response, in milliseconds after `started`.
    taken: AtomicU64,
    failure: OnceLock<NoResponse>,
}

impl Progress {
    pub(super) fn new() -> Arc<Self> {
        let (started, taken) = (Instant::now(), AtomicU64::new(0));
        Arc::new(Self { started, taken, failure: OnceLock::new() })
    }

    /// Records that the client took a part of the response.
    pub(super) fn note(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.taken.store(now, Ordering::Relaxed);
    }

    /// Records that the instance ended early, so that its response body is incomplete.
    pub(super) fn fail(&self, failure: NoResponse) {
        _ = self.failure.set(failure);
    }

    /// The reason why the instance ended early, if it did.
    pub(super) fn failure(&self) -> Option<NoResponse> {
        self.failure.get().copied()
    }

    /// Completes when the response has made no progress for `deadline`, or has taken too long in total.
    pub(super) async fn expired(&self, deadline: Duration) {
        let last_end = self.started + deadline * MAX_DEADLINES;
        loop {
            let taken = Duration::from_millis(self.taken.load(Ordering::Relaxed));
            let end = (self.started + taken + deadline).min(last_end);
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }
}

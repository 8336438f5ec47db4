//! Log lines for responses that the runtime itself creates: at most one per status and second, so that a
//! flood of such requests does not flood the log.
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::problem::Problem;

/// Minimum time between two lines for one status.
const INTERVAL: Duration = Duration::from_secs(1);

/// Logs problems.
#[derive(Default)]
pub struct ProblemLog(Mutex<HashMap<u16, Recent>>);

struct Recent {
    logged: Instant,
    suppressed: u64,
}

impl ProblemLog {
    /// Logs a problem of a request from `client`, unless a line for this status was just written.
    pub fn record(&self, problem: &Problem, client: SocketAddr) {
        let status = problem.status.as_u16();
        let suppressed = {
            let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            match recent.get_mut(&status) {
                Some(recent) if now.duration_since(recent.logged) < INTERVAL => {
                    recent.suppressed += 1;
                    return;
                }
                Some(recent) => {
                    recent.logged = now;
                    std::mem::take(&mut recent.suppressed)
                }
                None => {
                    recent.insert(status, Recent { logged: now, suppressed: 0 });
                    0
                }
            }
        };
        let more = match suppressed {
            0 => String::new(),
            count => format!(" ({count} more with this status were not logged)"),
        };
        tracing::warn!("a request from {client} was answered {status}: {}{more}", problem.detail);
    }
}

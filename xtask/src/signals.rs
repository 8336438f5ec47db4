//! Being asked to stop, so that what was started is stopped first.

use std::time::Duration;

use anyhow::Result;
use tokio::{
    signal::unix::{Signal as Signals, SignalKind, signal},
    time::timeout,
};

/// SIGINT and SIGTERM. Installed, they no longer end this process.
pub struct StopSignal {
    interrupt: Signals,
    terminate: Signals,
}

impl StopSignal {
    /// From now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn install() -> Result<StopSignal> {
        Ok(StopSignal {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Until one comes.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }

    /// Whether one has come.
    pub async fn has_come(&mut self) -> bool {
        timeout(Duration::ZERO, self.wait()).await.is_ok()
    }
}

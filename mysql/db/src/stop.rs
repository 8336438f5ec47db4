//! The signals that stop `library-db`.

use std::{fmt, io, time::Duration};

use library_db::{Progress, Stage};
use tokio::{
    signal::unix::{self, SignalKind},
    time::sleep,
};

/// A signal that asks the program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP: the terminal was closed
    Hangup,
    /// SIGINT: Ctrl-C
    Interrupt,
    /// SIGQUIT
    Quit,
    /// SIGTERM: the container is stopping
    Terminate,
}

impl Signal {
    /// The signal's number, which is the same on all Unix systems.
    pub fn number(self) -> u8 {
        match self {
            Signal::Hangup => 1,
            Signal::Interrupt => 2,
            Signal::Quit => 3,
            Signal::Terminate => 15,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Hangup => "SIGHUP",
            Signal::Interrupt => "SIGINT",
            Signal::Quit => "SIGQUIT",
            Signal::Terminate => "SIGTERM",
        })
    }
}

/// The handlers of these signals.
pub struct StopSignal {
    hangup: unix::Signal,
    interrupt: unix::Signal,
    quit: unix::Signal,
    terminate: unix::Signal,
}

impl StopSignal {
    /// Installs the handlers.
    pub fn install() -> io::Result<StopSignal> {
        Ok(StopSignal {
            hangup: unix::signal(SignalKind::hangup())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            quit: unix::signal(SignalKind::quit())?,
            terminate: unix::signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal.
    pub async fn wait(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Hangup,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.quit.recv() => Signal::Quit,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

/// Waits until no exchange of tables is running.
pub async fn until_exchanged(progress: &Progress) {
    while progress.stage() == Stage::Exchanging {
        sleep(Duration::from_millis(10)).await;
    }
}

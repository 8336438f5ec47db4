//! The progress of an operation: the changes so far, and the effect of an interruption.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

/// The state that an interruption would leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Nothing has changed.
    Unchanged,
    /// Some changes are complete; a later run completes the rest.
    Changing,
    /// The exchange of the tables is running. It is brief and can't be undone: wait for the next stage.
    Exchanging,
    /// The restored data is in use; a later load completes users and cleanup.
    Exchanged,
}

impl fmt::Display for Stage {
    /// Completes "stopped: …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Unchanged => "nothing was changed",
            Stage::Changing => {
                "the changes above are complete, and the next one may be; run it again to complete the rest"
            }
            Stage::Exchanging => {
                "the tables were being exchanged: either all are old, or all are restored"
            }
            Stage::Exchanged => {
                "the restored data is in use; run `library-db load` to complete the users' rights"
            }
        })
    }
}

/// The progress of an operation, shared with the handler of signals.
pub struct Progress {
    stage: AtomicU8,
    changes: Mutex<Vec<String>>,
    print: fn(&str),
}

impl Progress {
    /// Calls `print` with a line for each change.
    #[must_use]
    pub fn new(print: fn(&str)) -> Progress {
        Progress { stage: AtomicU8::new(Stage::Unchanged as u8), changes: Mutex::default(), print }
    }

    /// Records the changes without printing them.
    #[must_use]
    pub fn silent() -> Progress {
        Progress::new(|_| ())
    }

    /// The current stage.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.stage.load(Ordering::SeqCst) {
            0 => Stage::Unchanged,
            1 => Stage::Changing,
            2 => Stage::Exchanging,
            _ => Stage::Exchanged,
        }
    }

    /// The changes so far, one line each.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::SeqCst);
    }

    pub(crate) fn change(&self, line: String) {
        (self.print)(&line);
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

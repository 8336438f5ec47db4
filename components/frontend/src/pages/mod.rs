//! The pages. Each module has the template structs of one area, each followed by its handler.

pub(crate) mod about;
pub(crate) mod api;
pub(crate) mod book;
mod book_card;
pub(crate) mod calendar;
pub(crate) mod catalog;
pub(crate) mod desk;
pub(crate) mod feed;
pub(crate) mod files;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod lab;
pub(crate) mod language;
pub(crate) mod loans;
pub(crate) mod login;
pub(crate) mod problem;

use crate::{failure::Failure, flash::Notice, services::Decision};

/// The notice for a refused request. Without a response the outcome is unknown, and the page with the notice shows the
/// current state.
fn refusal_notice(decision: Result<Decision, Failure>, title: String) -> Result<Notice, Failure> {
    match decision {
        Ok(Decision::Refused(reason)) => Ok(Notice::Refused { title, reason }),
        Ok(Decision::Done) => Err(Failure::internal("a granted request is not a refusal")),
        Err(Failure::ServiceUnavailable) => Ok(Notice::OutcomeUnknown),
        Err(failure) => Err(failure),
    }
}

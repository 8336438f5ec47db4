//! Notices: the result of a form, shown on the page after the redirect.
//!
//! A notice travels in a cookie and is shown once. Only the reader could forge it, and templates escape it.

mod desk;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{BookId, Date, Refusal};
use serde::{Deserialize, Serialize};

use crate::texts::{Texts, isolated};

pub(crate) use desk::DeskNotice;

/// A notice.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    LoggedIn {
        name: String,
    },
    LoggedOut,
    /// The session ended before this request.
    SessionEnded {
        /// The request was a form, which was not executed.
        is_unsaved: bool,
    },
    /// `due` is `None` if the ledger is unavailable.
    Borrowed {
        title: String,
        due: Option<Date>,
    },
    /// A repeated form had already lent the book, which was returned since.
    ReturnedSince {
        title: String,
    },
    Returned {
        title: String,
        /// The book that Undo borrows again.
        undo: Option<BookId>,
    },
    /// The patron no longer had it.
    AlreadyReturned {
        title: String,
    },
    Renewed {
        title: String,
        due: Option<Date>,
    },
    RenewedAll {
        count: usize,
        /// The earliest due date.
        due: Option<Date>,
    },
    RenewedSome {
        renewed: usize,
        /// The titles that could not be renewed.
        refused: Vec<String>,
    },
    /// A lending rule refused it; `None` is an unknown rule of a newer version.
    Refused {
        title: String,
        reason: Option<Refusal>,
    },
    /// A service did not respond, so the change may or may not have been made.
    OutcomeUnknown,
    HistoryForgotten {
        count: u64,
    },
    Desk(DeskNotice),
}

/// The tone of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    /// Neither success nor failure.
    Neutral,
    Bad,
}

impl Tone {
    /// The CSS class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Neutral => "neutral",
            Self::Bad => "bad",
        }
    }

    /// The icon beside the notice.
    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::Good => "yes",
            Self::Neutral => "no",
            Self::Bad => "late",
        }
    }
}

impl Notice {
    /// The cookie's value.
    pub(crate) fn to_cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The notice in a cookie's value; `None` if the frontend did not write it.
    pub(crate) fn from_cookie(value: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
    }

    pub(crate) fn tone(&self) -> Tone {
        match self {
            Self::Desk(notice) => notice.tone(),
            Self::Refused { .. }
            | Self::OutcomeUnknown
            | Self::RenewedSome { renewed: 0, .. }
            | Self::SessionEnded { is_unsaved: true } => Tone::Bad,
            Self::AlreadyReturned { .. }
            | Self::ReturnedSince { .. }
            | Self::RenewedSome { .. }
            | Self::SessionEnded { is_unsaved: false } => Tone::Neutral,
            _ => Tone::Good,
        }
    }

    /// The book that can be borrowed again to undo a return.
    pub(crate) fn undo(&self) -> Option<BookId> {
        match self {
            Self::Returned { undo, .. } => *undo,
            _ => None,
        }
    }

    /// The notice's link: its path, and the key of its text.
    pub(crate) fn link(&self) -> Option<(String, &'static str)> {
        match self {
            Self::Borrowed { .. } => Some(("/booklist".to_owned(), "link-my-books")),
            Self::Desk(notice) => notice.link(),
            _ => None,
        }
    }

    /// The notice in words.
    pub(crate) fn sentence(&self, texts: &Texts, today: Date) -> String {
        let with_due = |key: &str, title: &str, due: Option<Date>| match due {
            None => texts.titled(key, title),
            Some(due) => {
                let due = texts.date(due);
                texts.with(
                    &format!("{key}-until"),
                    &[("title", isolated(title)), ("date", due.into())],
                )
            }
        };
        match self {
            Self::LoggedIn { name } => texts.named("logged-in", name),
            Self::LoggedOut => texts.text("logged-out"),
            Self::SessionEnded { is_unsaved: false } => texts.text("session-ended"),
            Self::SessionEnded { is_unsaved: true } => texts.text("session-ended-unsaved"),
            Self::Borrowed { title, due } => with_due("borrowed", title, *due),
            Self::ReturnedSince { title } => texts.titled("returned-since", title),
            Self::Returned { title, .. } => texts.titled("returned", title),
            Self::AlreadyReturned { title } => texts.titled("already-returned", title),
            Self::Renewed { title, due: Some(due) } if *due < today => {
                let date = texts.date(*due).into();
                texts.with("renewed-overdue", &[("title", isolated(title)), ("date", date)])
            }
            Self::Renewed { title, due } => with_due("renewed", title, *due),
            Self::RenewedAll { count, due: Some(due) } if *count > 0 => {
                let count = i64::try_from(*count).unwrap_or(i64::MAX).into();
                let date = texts.date(*due).into();
                texts.with("renewed-all-until", &[("count", count), ("date", date)])
            }
            Self::RenewedAll { count, .. } => texts.counted("renewed-all", *count),
            Self::RenewedSome { renewed, refused } => {
                let renewed = texts.counted("renewed-some", *renewed);
                let titles: Vec<_> =
                    refused.iter().map(|title| texts.titled("quoted", title)).collect();
                let refused = texts.with(
                    "renewed-some-refused",
                    &[
                        ("count", (refused.len() as i64).into()),
                        ("titles", titles.join(", ").into()),
                    ],
                );
                format!("{renewed} {refused}")
            }
            Self::Refused { title, reason } => texts.refusal(*reason, title),
            Self::OutcomeUnknown => texts.text("outcome-unknown"),
            Self::HistoryForgotten { count } => texts.counted("history-forgotten", *count),
            Self::Desk(notice) => notice.sentence(texts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_survives_its_cookie() {
        let notice =
            Notice::Refused { title: "A; \"B\"\n<c> é".into(), reason: Some(Refusal::NoCopyLeft) };
        let cookie = notice.to_cookie();
        assert!(cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(Notice::from_cookie(&cookie), Some(notice));
        assert_eq!(Notice::from_cookie("e30"), None);
        assert_eq!(Notice::from_cookie("%"), None);
    }
}

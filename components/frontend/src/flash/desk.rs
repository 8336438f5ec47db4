//! Notices at the desk.

use domain::{BookId, Date, PatronId, Refusal};
use serde::{Deserialize, Serialize};

use super::Tone;
use crate::texts::{Texts, isolated};

/// The result of a librarian's form. `title` and `name` are those of the book and the patron concerned.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DeskNotice {
    /// `due` is `None` if the ledger is unavailable.
    Lent {
        title: String,
        name: String,
        due: Option<Date>,
    },
    Renewed {
        title: String,
        name: String,
        due: Option<Date>,
    },
    Returned {
        title: String,
        name: String,
    },
    /// The patron no longer had it.
    AlreadyReturned {
        title: String,
        name: String,
    },
    /// A lending rule refused it; `None` is an unknown rule of a newer version.
    Refused {
        title: String,
        name: String,
        reason: Option<Refusal>,
    },
    BookAdded {
        title: String,
        id: BookId,
    },
    BookEdited {
        title: String,
    },
    /// Another librarian has edited the book, so nothing was saved.
    BookChanged {
        title: String,
    },
    BookRemoved {
        title: String,
    },
    /// The copies have to be withdrawn first.
    BookHasCopies {
        title: String,
    },
    CopiesAdded {
        title: String,
    },
    CopiesChanged {
        title: String,
    },
    CopyWithdrawn {
        title: String,
    },
    NothingToWithdraw {
        title: String,
    },
    PatronAdded {
        name: String,
        id: PatronId,
    },
    PatronEdited {
        name: String,
    },
    /// Another librarian has edited the patron, so nothing was saved.
    PatronChanged {
        name: String,
    },
    PatronBlocked {
        name: String,
    },
    PatronUnblocked {
        name: String,
    },
    PinSet {
        name: String,
    },
    /// This many loans were closed, and everyone is logged out.
    AllReturned {
        loans: u64,
    },
    /// The library was reset to its first day, and everyone is logged out.
    FirstDay,
}

impl DeskNotice {
    pub(super) fn tone(&self) -> Tone {
        match self {
            Self::Refused { .. }
            | Self::BookChanged { .. }
            | Self::BookHasCopies { .. }
            | Self::CopiesChanged { .. }
            | Self::NothingToWithdraw { .. }
            | Self::PatronChanged { .. } => Tone::Bad,
            Self::AlreadyReturned { .. } => Tone::Neutral,
            _ => Tone::Good,
        }
    }

    /// The link to the added book or patron: its path, and the key of its text.
    pub(super) fn link(&self) -> Option<(String, &'static str)> {
        match self {
            Self::BookAdded { id, .. } => {
                Some((format!("/administrator/books/{id}"), "link-new-book"))
            }
            Self::PatronAdded { id, .. } => {
                Some((format!("/administrator/patrons/{id}"), "link-new-patron"))
            }
            _ => None,
        }
    }

    pub(super) fn sentence(&self, texts: &Texts) -> String {
        let about_loan = |key: &str, title: &str, name: &str, due: Option<Date>| {
            let date = due.map(|due| texts.date(due)).unwrap_or_default();
            let values =
                [("title", isolated(title)), ("name", isolated(name)), ("date", date.into())];
            texts.with(key, &values)
        };
        match self {
            Self::Lent { title, name, due: None } => about_loan("desk-lent", title, name, None),
            Self::Lent { title, name, due } => about_loan("desk-lent-until", title, name, *due),
            Self::Renewed { title, name, due: None } => {
                about_loan("desk-renewed", title, name, None)
            }
            Self::Renewed { title, name, due } => {
                about_loan("desk-renewed-until", title, name, *due)
            }
            Self::Returned { title, name } => about_loan("desk-returned", title, name, None),
            Self::AlreadyReturned { title, name } => {
                about_loan("desk-already-returned", title, name, None)
            }
            Self::Refused { title, name, reason } => {
                let code = reason.map_or("other", Refusal::code);
                about_loan(&format!("desk-refused-{code}"), title, name, None)
            }
            Self::BookAdded { title, .. } => texts.titled("book-added", title),
            Self::BookEdited { title } => texts.titled("book-edited", title),
            Self::BookChanged { title } => texts.titled("book-changed", title),
            Self::BookRemoved { title } => texts.titled("book-removed", title),
            Self::BookHasCopies { title } => texts.titled("book-has-copies", title),
            Self::CopiesAdded { title } => texts.titled("copies-added", title),
            Self::CopiesChanged { title } => texts.titled("copies-changed", title),
            Self::CopyWithdrawn { title } => texts.titled("copy-withdrawn", title),
            Self::NothingToWithdraw { title } => texts.titled("nothing-to-withdraw", title),
            Self::PatronAdded { name, .. } => texts.named("patron-added", name),
            Self::PatronEdited { name } => texts.named("patron-edited", name),
            Self::PatronChanged { name } => texts.named("patron-changed", name),
            Self::PatronBlocked { name } => texts.named("patron-blocked", name),
            Self::PatronUnblocked { name } => texts.named("patron-unblocked", name),
            Self::PinSet { name } => texts.named("pin-set", name),
            Self::AllReturned { loans } => texts.counted("all-returned", *loans),
            Self::FirstDay => texts.text("first-day-done"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_at_the_desk_has_its_own_text() {
        let texts = Texts::english();
        let sentence = |reason| {
            DeskNotice::Refused { title: "T".into(), name: "N".into(), reason }.sentence(&texts)
        };
        let sentences: BTreeSet<_> =
            Refusal::ALL.iter().map(|refusal| sentence(Some(*refusal))).collect();
        assert_eq!(sentences.len(), Refusal::ALL.len());
        assert!(!sentences.contains(&sentence(None)));
    }
}

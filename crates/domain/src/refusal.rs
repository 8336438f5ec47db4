//! The lending rules' reasons to refuse a request.

use std::fmt;

use crate::json::json_value;

/// The reason why the lending rules refuse a valid request, as a code for programs. New codes may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Refusal {
    /// No patron has this id.
    UnknownPatron,
    /// A librarian blocked the patron.
    PatronBlocked,
    /// No book has this id.
    UnknownBook,
    /// The patron has an overdue book.
    HasOverdue,
    /// The patron already has this title.
    AlreadyBorrowed,
    /// The patron has reached the loan limit.
    LimitReached,
    /// Every copy is on loan.
    NoCopyLeft,
    /// The patron does not have this book.
    NotBorrowed,
    /// The loan has reached the renewal limit.
    RenewalLimit,
}

json_value!(Refusal, String, UnknownRefusal);

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 9] = [
        Self::UnknownPatron,
        Self::PatronBlocked,
        Self::UnknownBook,
        Self::HasOverdue,
        Self::AlreadyBorrowed,
        Self::LimitReached,
        Self::NoCopyLeft,
        Self::NotBorrowed,
        Self::RenewalLimit,
    ];

    /// The stable code, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownPatron => "unknown_patron",
            Self::PatronBlocked => "patron_blocked",
            Self::UnknownBook => "unknown_book",
            Self::HasOverdue => "has_overdue",
            Self::AlreadyBorrowed => "already_borrowed",
            Self::LimitReached => "limit_reached",
            Self::NoCopyLeft => "no_copy_left",
            Self::NotBorrowed => "not_borrowed",
            Self::RenewalLimit => "renewal_limit",
        }
    }

    /// A sentence for people. It may change.
    pub fn message(self) -> &'static str {
        match self {
            Self::UnknownPatron => "There is no patron with this id.",
            Self::PatronBlocked => "The patron is blocked; a librarian can end the block.",
            Self::UnknownBook => "There is no book with this id.",
            Self::HasOverdue => "The patron has an overdue book and must return it first.",
            Self::AlreadyBorrowed => "The patron already has this book.",
            Self::LimitReached => {
                "The patron has reached the loan limit and must return a book first."
            }
            Self::NoCopyLeft => "Every copy of this book is on loan.",
            Self::NotBorrowed => "The patron does not have this book.",
            Self::RenewalLimit => "The loan has reached its renewal limit and must be returned.",
        }
    }
}

impl TryFrom<String> for Refusal {
    type Error = UnknownRefusal;

    fn try_from(code: String) -> Result<Self, UnknownRefusal> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code).ok_or(UnknownRefusal)
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.code().to_owned()
    }
}

/// The error for a code that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRefusal;

impl fmt::Display for UnknownRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("be the code of a refusal")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_refusal_has_its_own_code_and_sentence() {
        let codes: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
        let messages: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.message()).collect();
        assert_eq!((codes.len(), messages.len()), (9, 9));
        assert!(messages.iter().all(|message| message.ends_with('.')));
    }

    #[test]
    fn in_json_a_refusal_is_its_code() {
        for refusal in Refusal::ALL {
            let json = serde_json::to_string(&refusal).unwrap();
            assert_eq!(json, format!("\"{}\"", refusal.code()));
            assert_eq!(serde_json::from_str::<Refusal>(&json).unwrap(), refusal);
        }
        assert!(serde_json::from_str::<Refusal>("\"reserved\"").is_err());
    }
}

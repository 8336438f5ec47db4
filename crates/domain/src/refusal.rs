//! Why the library says no. Each reason has a code that stays the same and a sentence for people.

/// A wish that the rules of lending don't grant. Nothing is wrong with the request, and nothing broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There is no such patron.
    UnknownPatron,
    /// There is no such book.
    UnknownBook,
    /// A book of this patron should have been back before today.
    HasOverdue,
    /// The patron has a copy of this title.
    AlreadyBorrowed,
    /// The patron has as many books as one may.
    LimitReached,
    /// Every copy is out.
    NoCopyLeft,
    /// The patron does not have this book.
    NotBorrowed,
    /// The loan was renewed as often as one may.
    RenewalLimit,
}

impl Refusal {
    /// Every refusal there is.
    pub const ALL: [Self; 8] = [
        Self::UnknownPatron,
        Self::UnknownBook,
        Self::HasOverdue,
        Self::AlreadyBorrowed,
        Self::LimitReached,
        Self::NoCopyLeft,
        Self::NotBorrowed,
        Self::RenewalLimit,
    ];

    /// What programs know it by.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownPatron => "unknown_patron",
            Self::UnknownBook => "unknown_book",
            Self::HasOverdue => "has_overdue",
            Self::AlreadyBorrowed => "already_borrowed",
            Self::LimitReached => "limit_reached",
            Self::NoCopyLeft => "no_copy_left",
            Self::NotBorrowed => "not_borrowed",
            Self::RenewalLimit => "renewal_limit",
        }
    }

    /// What people are told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::UnknownPatron => "There is no patron with this id.",
            Self::UnknownBook => "There is no book with this id.",
            Self::HasOverdue => "The patron has to return an overdue book first.",
            Self::AlreadyBorrowed => "The patron already has this book.",
            Self::LimitReached => "The patron has as many books as one may have at a time.",
            Self::NoCopyLeft => "Every copy of this book is on loan.",
            Self::NotBorrowed => "The patron does not have this book.",
            Self::RenewalLimit => "The loan cannot be renewed again.",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_refusal_has_a_code_and_a_sentence_of_its_own() {
        let codes: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
        let sentences: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.sentence()).collect();
        assert_eq!((codes.len(), sentences.len()), (8, 8));
        assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
    }
}

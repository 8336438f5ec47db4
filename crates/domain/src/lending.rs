//! The rules of lending: who may have which book, decided from what is known and from nothing else.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use crate::{BookId, PatronId, Refusal};

/// What the library allows this patron with this book, as the services that know it say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether there is such a patron.
    pub patron_exists: bool,
    /// How many copies the library owns; `None`: there is no such book.
    pub copies: Option<u32>,
    /// How many books a patron may have at a time.
    pub loans: u32,
    /// Whether a patron with an overdue book gets no other.
    pub block_when_overdue: bool,
}

impl Terms {
    /// Nothing is asked but what always holds: nobody has a title twice.
    pub const NONE: Self = Self {
        patron_exists: true,
        copies: Some(u32::MAX),
        loans: u32::MAX,
        block_when_overdue: false,
    };
}

/// How things stand with a patron and a book just before the loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The book that is wanted.
    pub book: BookId,
    /// Who wants it.
    pub patron: PatronId,
    /// The numbers of its copies that are out.
    pub copies_out: BTreeSet<u32>,
    /// The patron's slots that hold a loan.
    pub slots_taken: BTreeSet<u32>,
    /// Whether one of these loans is of this book.
    pub holds_title: bool,
    /// Whether one of them is overdue.
    pub has_overdue: bool,
}

/// Where a new loan goes. No two open loans may have the same of either; the ledger sees to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which copy of the book, from 1.
    pub copy_number: u32,
    /// Which of the patron's slots, from 1.
    pub slot: u32,
}

/// Whether the patron may have the book, and where the loan goes.
///
/// The decision is made on what was read a moment ago. That is safe because a place is of no use to
/// the second who takes it: the ledger refuses that one, who then reads and decides again.
///
/// # Errors
/// The first of the rules that says no, in the order of this function.
pub fn decide(terms: &Terms, standing: &Standing) -> Result<Place, Refusal> {
    if !terms.patron_exists {
        return Err(Refusal::UnknownPatron);
    }
    let copies = terms.copies.ok_or(Refusal::UnknownBook)?;
    if terms.block_when_overdue && standing.has_overdue {
        return Err(Refusal::HasOverdue);
    }
    if standing.holds_title {
        return Err(Refusal::AlreadyBorrowed);
    }
    // Who comes with the same wish at the same time had better take another place.
    let slot = free(&standing.slots_taken, terms.loans, standing.book.get())
        .ok_or(Refusal::LimitReached)?;
    let copy_number =
        free(&standing.copies_out, copies, standing.patron.get()).ok_or(Refusal::NoCopyLeft)?;
    Ok(Place { copy_number, slot })
}

/// A number from 1 to `most` that is not `taken`, which one depending on `who`; `None` when as many as
/// `most` are taken.
///
/// Numbers above `most` are taken when `most` has become smaller since. Each of them makes one of the
/// numbers below unfit, so only so many of the lowest are offered as may still be taken.
fn free(taken: &BTreeSet<u32>, most: u32, who: i64) -> Option<u32> {
    /// Enough for a rush, and few enough to list.
    const OFFERED: usize = 64;
    let left = (most as usize).saturating_sub(taken.len()).min(OFFERED);
    let offer: Vec<u32> = (1..=most).filter(|number| !taken.contains(number)).take(left).collect();
    offer.get(spread(who, offer.len())).copied()
}

/// A number below `ways` (0 when there is none), always the same for the same `who` and another for most
/// others, also when these are all multiples of something.
fn spread(who: i64, ways: usize) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(who);
    (hash as usize).checked_rem(ways).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    fn id<T: TryFrom<i64>>(number: i64) -> T {
        T::try_from(number).unwrap_or_else(|_| panic!("{number}"))
    }

    fn standing(copies_out: &[u32], slots_taken: &[u32]) -> Standing {
        Standing {
            book: id(7),
            patron: id(5),
            copies_out: copies_out.iter().copied().collect(),
            slots_taken: slots_taken.iter().copied().collect(),
            holds_title: false,
            has_overdue: false,
        }
    }

    const TERMS: Terms =
        Terms { patron_exists: true, copies: Some(2), loans: 4, block_when_overdue: true };

    #[test]
    fn the_first_rule_that_says_no_is_the_reason() {
        let mut terms = Terms { patron_exists: false, copies: None, ..TERMS };
        let mut full = standing(&[1, 2], &[1, 2, 3, 4]);
        full.holds_title = true;
        full.has_overdue = true;
        let refused = |terms: &Terms, standing: &Standing| decide(terms, standing).unwrap_err();

        assert_eq!(refused(&terms, &full), Refusal::UnknownPatron);
        terms.patron_exists = true;
        assert_eq!(refused(&terms, &full), Refusal::UnknownBook);
        terms.copies = Some(2);
        assert_eq!(refused(&terms, &full), Refusal::HasOverdue);
        terms.block_when_overdue = false;
        assert_eq!(refused(&terms, &full), Refusal::AlreadyBorrowed);
        full.holds_title = false;
        assert_eq!(refused(&terms, &full), Refusal::LimitReached);
        full.slots_taken.remove(&2);
        assert_eq!(refused(&terms, &full), Refusal::NoCopyLeft);
        full.copies_out.remove(&1);
        assert_eq!(decide(&terms, &full), Ok(Place { copy_number: 1, slot: 2 }));
    }

    #[test]
    fn a_book_without_copies_is_known_but_not_to_be_had() {
        let terms = Terms { copies: Some(0), ..TERMS };
        assert_eq!(decide(&terms, &standing(&[], &[])), Err(Refusal::NoCopyLeft));
    }

    #[test]
    fn what_was_lent_when_more_was_allowed_still_counts() {
        // Copy 3 of a book that has two copies now: one copy is left, and only one number is offered.
        let place = decide(&TERMS, &standing(&[3], &[])).unwrap();
        assert_eq!(place.copy_number, 1);
        assert_eq!(decide(&TERMS, &standing(&[3, 4], &[])), Err(Refusal::NoCopyLeft));
        assert_eq!(decide(&TERMS, &standing(&[], &[5, 6, 7, 8])), Err(Refusal::LimitReached));
    }

    #[test]
    fn without_terms_only_a_title_is_not_had_twice() {
        let all: Vec<u32> = (1..=200).collect();
        let mut standing = standing(&all, &all);
        standing.has_overdue = true;
        assert!(decide(&Terms::NONE, &standing).is_ok());
        standing.holds_title = true;
        assert_eq!(decide(&Terms::NONE, &standing), Err(Refusal::AlreadyBorrowed));
    }

    #[test]
    fn a_rush_spreads_over_the_copies() {
        let terms = Terms { copies: Some(50), ..TERMS };
        for step in [1, 2, 50, 64, 1000] {
            let copies: BTreeSet<u32> = (1..=50)
                .map(|n| Standing { patron: id(n * step), ..standing(&[], &[]) })
                .map(|standing| decide(&terms, &standing).unwrap().copy_number)
                .collect();
            assert!(copies.len() >= 25, "every {step}th patron: {} copies", copies.len());
        }
    }

    fn anything() -> impl Strategy<Value = (Terms, Standing)> {
        let terms = (any::<bool>(), proptest::option::of(0..20_u32), 0..8_u32, any::<bool>());
        let numbers = || btree_set(1..25_u32, 0..20);
        let standing =
            (1..i64::MAX, 1..i64::MAX, numbers(), numbers(), any::<bool>(), any::<bool>());
        (terms, standing).prop_map(|(terms, standing)| {
            let (patron_exists, copies, loans, block_when_overdue) = terms;
            let (book, patron, copies_out, slots_taken, holds_title, has_overdue) = standing;
            let (book, patron) = (id(book), id(patron));
            (
                Terms { patron_exists, copies, loans, block_when_overdue },
                Standing { book, patron, copies_out, slots_taken, holds_title, has_overdue },
            )
        })
    }

    proptest! {
        #[test]
        fn a_loan_and_a_refusal_are_never_both_right((terms, standing) in anything()) {
            let copies = terms.copies.unwrap_or_default() as usize;
            let no = [
                (Refusal::UnknownPatron, !terms.patron_exists),
                (Refusal::UnknownBook, terms.copies.is_none()),
                (Refusal::HasOverdue, terms.block_when_overdue && standing.has_overdue),
                (Refusal::AlreadyBorrowed, standing.holds_title),
                (Refusal::LimitReached, standing.slots_taken.len() >= terms.loans as usize),
                (Refusal::NoCopyLeft, standing.copies_out.len() >= copies),
            ];
            let first = no.iter().find(|(_, holds)| *holds).map(|(refusal, _)| *refusal);
            prop_assert_eq!(decide(&terms, &standing).err(), first);
        }

        #[test]
        fn a_place_is_free_and_within_the_terms((terms, standing) in anything()) {
            if let Ok(Place { copy_number, slot }) = decide(&terms, &standing) {
                prop_assert!((1..=terms.copies.unwrap()).contains(&copy_number));
                prop_assert!((1..=terms.loans).contains(&slot));
                prop_assert!(!standing.copies_out.contains(&copy_number));
                prop_assert!(!standing.slots_taken.contains(&slot));
            }
        }

        /// Any number of patrons who all read the same and lend at once: the places alone, each given
        /// away once, keep the loans within the copies.
        #[test]
        fn places_alone_never_lend_more_than_there_is(
            out in btree_set(1..25_u32, 0..20), copies in 0..20_u32, patrons in 1..100_i64
        ) {
            let terms = Terms { copies: Some(copies), ..TERMS };
            let mut lent = out.clone();
            for patron in 1..=patrons {
                let mut seen = standing(&[], &[]);
                seen.patron = id(patron);
                seen.copies_out.clone_from(&out);
                lent.extend(decide(&terms, &seen).map(|place| place.copy_number));
            }
            prop_assert!(lent.len() <= out.len().max(copies as usize));
        }
    }
}

//! The lending rules as pure functions of the given facts.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use crate::{BookId, Date, OpenLoan, PatronId, Refusal};

/// The facts about a patron and a book from other services, and the library's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Whether the patron exists.
    pub patron_exists: bool,
    /// Whether a librarian blocked the patron.
    pub patron_blocked: bool,
    /// The number of copies ever acquired; `None` if the book does not exist.
    pub copies: Option<u32>,
    /// The loan limit: open loans per patron.
    pub loans: u32,
    /// Whether an overdue loan stops a patron from borrowing.
    pub block_when_overdue: bool,
}

impl Limits {
    /// No limits except the unconditional one: one copy of a title per patron.
    pub const UNLIMITED: Self = Self {
        patron_exists: true,
        patron_blocked: false,
        copies: Some(u32::MAX),
        loans: u32::MAX,
        block_when_overdue: false,
    };
}

/// The state of the ledger for one patron and one book, just before a loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanSnapshot {
    /// The requested book.
    pub book: BookId,
    /// The patron who requests it.
    pub patron: PatronId,
    /// The numbers of the book's copies that are on loan or withdrawn.
    pub copies_out: BTreeSet<u32>,
    /// The patron's occupied slots.
    pub slots_taken: BTreeSet<u32>,
    /// Whether the patron already has this book.
    pub holds_title: bool,
    /// Whether the patron has an overdue loan.
    pub has_overdue: bool,
}

/// The copy and the slot of a new loan. The ledger's unique keys allow each of them one open loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The copy of the book, from 1.
    pub copy_number: u32,
    /// The patron's slot, from 1.
    pub slot: u32,
}

/// Allocates a copy and a slot for a new loan, if the rules allow it.
///
/// The snapshot may be stale when the loan is written. That is safe: the ledger's unique keys refuse a second loan of
/// the same copy or slot, and the caller retries with a new snapshot.
///
/// # Errors
/// The first rule that refuses, in the order below.
pub fn decide(limits: &Limits, snapshot: &LoanSnapshot) -> Result<Allocation, Refusal> {
    if !limits.patron_exists {
        return Err(Refusal::UnknownPatron);
    }
    if limits.patron_blocked {
        return Err(Refusal::PatronBlocked);
    }
    let copies = limits.copies.ok_or(Refusal::UnknownBook)?;
    if limits.block_when_overdue && snapshot.has_overdue {
        return Err(Refusal::HasOverdue);
    }
    if snapshot.holds_title {
        return Err(Refusal::AlreadyBorrowed);
    }
    // Spread concurrent requests over different copies and slots so that they rarely collide.
    let slot = pick_free(&snapshot.slots_taken, limits.loans, snapshot.book.get())
        .ok_or(Refusal::LimitReached)?;
    let copy_number = pick_free(&snapshot.copies_out, copies, snapshot.patron.get())
        .ok_or(Refusal::NoCopyLeft)?;
    Ok(Allocation { copy_number, slot })
}

/// The new due date of a renewed loan: `days` after the later of its due date and `today`, so that a renewed loan is
/// never overdue.
///
/// # Errors
/// `RenewalLimit` if it was renewed `renewals` times, or would be due after [`Date::MAX`].
pub fn decide_renewal(
    open: &OpenLoan,
    renewals: u32,
    days: u16,
    today: Date,
) -> Result<Date, Refusal> {
    if open.renewals >= renewals {
        return Err(Refusal::RenewalLimit);
    }
    open.loan.date_due.max(today).after_days(days).ok_or(Refusal::RenewalLimit)
}

/// A number from 1 to `max` that is not in `taken`, chosen by `seed`; `None` if `max` numbers are taken.
///
/// Numbers above `max` are taken if `max` was larger before. Each of them counts against `max`, so only the lowest free
/// numbers are offered, up to the remaining allowance.
fn pick_free(taken: &BTreeSet<u32>, max: u32, seed: i64) -> Option<u32> {
    /// Enough to spread a burst of requests; few enough to list.
    const OFFERED: usize = 64;
    let left = (max as usize).saturating_sub(taken.len()).min(OFFERED);
    let offer: Vec<u32> = (1..=max).filter(|number| !taken.contains(number)).take(left).collect();
    offer.get(index_for(seed, offer.len())).copied()
}

/// A deterministic index below `length` (0 for an empty list). Spreads evenly even if all seeds are multiples of one
/// number.
fn index_for(seed: i64, length: usize) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(seed);
    (hash as usize).checked_rem(length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    fn id<T: TryFrom<i64>>(number: i64) -> T {
        T::try_from(number).unwrap_or_else(|_| panic!("{number}"))
    }

    fn snapshot(copies_out: &[u32], slots_taken: &[u32]) -> LoanSnapshot {
        LoanSnapshot {
            book: id(7),
            patron: id(5),
            copies_out: copies_out.iter().copied().collect(),
            slots_taken: slots_taken.iter().copied().collect(),
            holds_title: false,
            has_overdue: false,
        }
    }

    const LIMITS: Limits = Limits {
        patron_exists: true,
        patron_blocked: false,
        copies: Some(2),
        loans: 4,
        block_when_overdue: true,
    };

    #[test]
    fn the_first_rule_that_refuses_is_the_reason() {
        let mut limits =
            Limits { patron_exists: false, patron_blocked: true, copies: None, ..LIMITS };
        let mut full = snapshot(&[1, 2], &[1, 2, 3, 4]);
        full.holds_title = true;
        full.has_overdue = true;
        let refused =
            |limits: &Limits, snapshot: &LoanSnapshot| decide(limits, snapshot).unwrap_err();

        assert_eq!(refused(&limits, &full), Refusal::UnknownPatron);
        limits.patron_exists = true;
        assert_eq!(refused(&limits, &full), Refusal::PatronBlocked);
        limits.patron_blocked = false;
        assert_eq!(refused(&limits, &full), Refusal::UnknownBook);
        limits.copies = Some(2);
        assert_eq!(refused(&limits, &full), Refusal::HasOverdue);
        limits.block_when_overdue = false;
        assert_eq!(refused(&limits, &full), Refusal::AlreadyBorrowed);
        full.holds_title = false;
        assert_eq!(refused(&limits, &full), Refusal::LimitReached);
        full.slots_taken.remove(&2);
        assert_eq!(refused(&limits, &full), Refusal::NoCopyLeft);
        full.copies_out.remove(&1);
        assert_eq!(decide(&limits, &full), Ok(Allocation { copy_number: 1, slot: 2 }));
    }

    #[test]
    fn a_book_without_copies_is_refused_with_no_copy_left() {
        let limits = Limits { copies: Some(0), ..LIMITS };
        assert_eq!(decide(&limits, &snapshot(&[], &[])), Err(Refusal::NoCopyLeft));
    }

    #[test]
    fn loans_from_before_a_limit_was_lowered_still_count() {
        // Copy 3 is on loan and the book now has two copies, so one number is offered.
        let allocation = decide(&LIMITS, &snapshot(&[3], &[])).unwrap();
        assert_eq!(allocation.copy_number, 1);
        assert_eq!(decide(&LIMITS, &snapshot(&[3, 4], &[])), Err(Refusal::NoCopyLeft));
        assert_eq!(decide(&LIMITS, &snapshot(&[], &[5, 6, 7, 8])), Err(Refusal::LimitReached));
    }

    #[test]
    fn without_limits_a_patron_still_has_a_title_once() {
        let all: Vec<u32> = (1..=200).collect();
        let mut snapshot = snapshot(&all, &all);
        snapshot.has_overdue = true;
        assert!(decide(&Limits::UNLIMITED, &snapshot).is_ok());
        snapshot.holds_title = true;
        assert_eq!(decide(&Limits::UNLIMITED, &snapshot), Err(Refusal::AlreadyBorrowed));
    }

    #[test]
    fn a_burst_of_requests_spreads_over_the_copies() {
        let limits = Limits { copies: Some(50), ..LIMITS };
        for step in [1, 2, 50, 64, 1000] {
            let copies: BTreeSet<u32> = (1..=50)
                .map(|n| LoanSnapshot { patron: id(n * step), ..snapshot(&[], &[]) })
                .map(|snapshot| decide(&limits, &snapshot).unwrap().copy_number)
                .collect();
            assert!(copies.len() >= 25, "every {step}th patron: {} copies", copies.len());
        }
    }

    #[test]
    fn a_renewal_counts_from_the_later_of_due_date_and_today() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let open = |date_due, renewals| {
            let (date_out, date_due) = (date("2026-01-01"), date(date_due));
            let (id, book, patron) = (id(9), id(7), id(5));
            OpenLoan { loan: crate::Loan { id, book, patron, date_out, date_due }, renewals }
        };
        let today = date("2026-02-20");
        for (due, renewed) in [
            ("2026-02-25", "2026-03-11"),
            ("2026-02-20", "2026-03-06"),
            ("2026-01-15", "2026-03-06"),
        ] {
            assert_eq!(decide_renewal(&open(due, 1), 2, 14, today), Ok(date(renewed)), "{due}");
        }
        let refused = Err(Refusal::RenewalLimit);
        assert_eq!(decide_renewal(&open("2026-02-25", 2), 2, 14, today), refused);
        assert_eq!(
            decide_renewal(&open("9999-12-25", 0), 2, 14, today),
            refused,
            "end of calendar"
        );
    }

    fn anything() -> impl Strategy<Value = (Limits, LoanSnapshot)> {
        let copies = proptest::option::of(0..20_u32);
        let limits = (any::<bool>(), any::<bool>(), copies, 0..8_u32, any::<bool>());
        let numbers = || btree_set(1..25_u32, 0..20);
        let snapshot =
            (1..i64::MAX, 1..i64::MAX, numbers(), numbers(), any::<bool>(), any::<bool>());
        (limits, snapshot).prop_map(|(limits, snapshot)| {
            let (patron_exists, patron_blocked, copies, loans, block_when_overdue) = limits;
            let (book, patron, copies_out, slots_taken, holds_title, has_overdue) = snapshot;
            let (book, patron) = (id(book), id(patron));
            (
                Limits { patron_exists, patron_blocked, copies, loans, block_when_overdue },
                LoanSnapshot { book, patron, copies_out, slots_taken, holds_title, has_overdue },
            )
        })
    }

    proptest! {
        #[test]
        fn the_decision_is_the_first_refusal_or_a_loan((limits, snapshot) in anything()) {
            let copies = limits.copies.unwrap_or_default() as usize;
            let no = [
                (Refusal::UnknownPatron, !limits.patron_exists),
                (Refusal::PatronBlocked, limits.patron_blocked),
                (Refusal::UnknownBook, limits.copies.is_none()),
                (Refusal::HasOverdue, limits.block_when_overdue && snapshot.has_overdue),
                (Refusal::AlreadyBorrowed, snapshot.holds_title),
                (Refusal::LimitReached, snapshot.slots_taken.len() >= limits.loans as usize),
                (Refusal::NoCopyLeft, snapshot.copies_out.len() >= copies),
            ];
            let first = no.iter().find(|(_, holds)| *holds).map(|(refusal, _)| *refusal);
            prop_assert_eq!(decide(&limits, &snapshot).err(), first);
        }

        #[test]
        fn an_allocation_is_free_and_within_the_limits((limits, snapshot) in anything()) {
            if let Ok(Allocation { copy_number, slot }) = decide(&limits, &snapshot) {
                prop_assert!((1..=limits.copies.unwrap()).contains(&copy_number));
                prop_assert!((1..=limits.loans).contains(&slot));
                prop_assert!(!snapshot.copies_out.contains(&copy_number));
                prop_assert!(!snapshot.slots_taken.contains(&slot));
            }
        }

        /// All patrons decide on the same snapshot, so only the unique allocations keep the loans within the copies.
        #[test]
        fn unique_allocations_never_exceed_the_copies(
            out in btree_set(1..25_u32, 0..20), copies in 0..20_u32, patrons in 1..100_i64
        ) {
            let limits = Limits { copies: Some(copies), ..LIMITS };
            let mut lent = out.clone();
            for patron in 1..=patrons {
                let mut seen = snapshot(&[], &[]);
                seen.patron = id(patron);
                seen.copies_out.clone_from(&out);
                lent.extend(decide(&limits, &seen).map(|allocation| allocation.copy_number));
            }
            prop_assert!(lent.len() <= out.len().max(copies as usize));
        }
    }
}

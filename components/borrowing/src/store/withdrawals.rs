//! Withdrawn copies. Each is an open loan without a patron that is never due, so that the unique key
//! `one_open_loan_per_copy` refuses to lend or withdraw the copy again.

use std::collections::BTreeSet;

use contract::borrowing::Withdrawal;
use domain::{BookId, Date};
use service_kit::database::{Columns, Database, DatabaseError};
use spin_sdk::mysql::ParameterValue::{DbNull, Int64};

use super::{INSERT, count as read_count, day, number};

const UNAVAILABLE: &str = "SELECT copyNumber, patronId FROM loans WHERE bookId = ? AND isOpen = 1";

const COUNT: &str =
    "SELECT COUNT(*) FROM loans WHERE bookId = ? AND isOpen = 1 AND patronId IS NULL";

/// The outcome of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Withdrawn,
    NoCopyLeft,
    /// The book's number of copies is not the expected one.
    CopiesChanged,
}

/// Withdraws an available copy of the book. Returns the number of withdrawn copies afterwards.
///
/// # Errors
/// A duplicate for `one_open_loan_per_copy` if another request took the copy.
pub(crate) fn withdraw(
    database: &impl Database,
    withdrawal: &Withdrawal,
    today: Date,
) -> Result<(Decision, u32), DatabaseError> {
    let (book, limits) = (Int64(withdrawal.book_id.get()), withdrawal.limits);
    let read = |columns: &mut Columns| {
        let (copy, patron): (u32, Option<i64>) = (number(columns)?, columns.take()?);
        Ok((copy, patron.is_none()))
    };
    let unavailable = database.rows(UNAVAILABLE, std::slice::from_ref(&book), read)?;
    let withdrawn = unavailable.iter().filter(|(_, is_withdrawn)| *is_withdrawn).count();
    let withdrawn = u32::try_from(withdrawn).map_err(DatabaseError::internal)?;
    let unavailable: BTreeSet<u32> = unavailable.into_iter().map(|(copy, _)| copy).collect();

    let copies = limits.copies.get();
    let left = copies.saturating_sub(withdrawn);
    if limits.left.is_some_and(|expected| expected.get() != left) {
        return Ok((Decision::CopiesChanged, withdrawn));
    }
    let Some(copy) = (1..=copies).find(|copy| !unavailable.contains(copy)) else {
        return Ok((Decision::NoCopyLeft, withdrawn));
    };
    let binds = [book, DbNull, day(today), day(Date::MAX), Int64(copy.into()), DbNull];
    database.query(INSERT, &binds)?;
    Ok((Decision::Withdrawn, withdrawn + 1))
}

/// The number of the book's withdrawn copies.
pub(crate) fn count(database: &impl Database, book: BookId) -> Result<u32, DatabaseError> {
    let count = database.row(COUNT, &[Int64(book.get())], read_count)?;
    count.try_into().map_err(DatabaseError::internal)
}

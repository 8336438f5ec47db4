//! The ledger of loans in MySQL: its changes and the reads for them. Lists are in [`lists`], the librarian's reports in
//! [`reports`], withdrawn copies in [`withdrawals`].
//!
//! The session uses the service's own schema, so tables need no prefix. All statements run on both MySQL and MariaDB.
//! Dates are read as text, because Spin has no `DATE`.

pub(crate) mod first_day;
pub(crate) mod lists;
pub(crate) mod reports;
pub(crate) mod withdrawals;

use std::collections::BTreeSet;

use contract::borrowing::{BookAndPatron, NewLoan};
use domain::{Allocation, BookId, Date, Loan, LoanId, LoanSnapshot, OpenLoan, PatronId};
use service_kit::database::{Columns, Database, DatabaseError, check_schema};
use spin_sdk::mysql::ParameterValue::{self, Int32, Int64, Str};

/// The columns of a loan, in the order in which [`read_loan`] reads them.
macro_rules! loan_columns {
    () => {
        "loans.id, loans.bookId, loans.patronId, CAST(loans.dateOut AS CHAR), CAST(loans.dateDue AS CHAR)"
    };
}

/// A `SELECT` of loans with the further columns `$more`.
macro_rules! select_loans {
    ($more:literal, $rest:literal) => {
        concat!("SELECT ", $crate::store::loan_columns!(), $more, " FROM loans ", $rest)
    };
}

pub(crate) use {loan_columns, select_loans};

/// The unique keys that allow one open loan per copy, slot and title of a patron. A duplicate means that a concurrent
/// request changed the ledger.
pub(crate) const OPEN_LOAN_KEYS: &[&str] =
    &["one_open_loan_per_copy", "one_open_loan_per_slot", "one_open_loan_per_title"];

/// Selects an open loan with the columns that a decision needs.
macro_rules! select_open {
    ($rest:literal) => {
        concat!(
            "SELECT bookId, patronId, copyNumber, patronSlot, CAST(dateDue AS CHAR) \
             FROM loans WHERE isOpen = 1 AND ",
            $rest
        )
    };
}

const SNAPSHOT: &str = concat!(
    select_open!("bookId = ?"),
    " UNION ALL ",
    select_open!("patronId = ? AND bookId <> ?"),
);

const INSERT: &str = "INSERT INTO loans \
    (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) VALUES (?, ?, ?, ?, ?, ?)";

const INSERTED_ID: &str = "SELECT LAST_INSERT_ID()";

/// The last condition is always true; it makes the id available to [`RETURNED`].
const RETURN: &str = "UPDATE loans SET returnedAt = UTC_TIMESTAMP() \
    WHERE patronId = ? AND isOpen = 1 AND bookId = ? AND id = LAST_INSERT_ID(id)";

const RETURNED: &str = "SELECT ROW_COUNT(), LAST_INSERT_ID()";

/// Changes no row if the loan was returned or renewed since it was read.
const RENEW: &str = "UPDATE loans SET dateDue = ?, renewals = renewals + 1 \
    WHERE id = ? AND isOpen = 1 AND renewals = ? AND dateDue = ?";

const OPEN_LOAN: &str =
    select_loans!(", loans.renewals", "WHERE patronId = ? AND isOpen = 1 AND bookId = ?");

const RETURN_ALL: &str = "UPDATE loans SET returnedAt = UTC_TIMESTAMP() \
    WHERE isOpen = 1 AND patronId IS NOT NULL";

const DELETE_HISTORY: &str = "DELETE FROM loans WHERE patronId = ? AND isOpen IS NULL";

const CHECK_READABLE: &str =
    "SELECT (SELECT MAX(id) FROM loans), (SELECT number FROM epochs WHERE id = 1)";

/// The number of the newest migration in mysql/borrowdb.
pub(crate) const SCHEMA_VERSION: i32 = 3;

/// The ledger's state for the loan's book and patron, read in one statement, and the number of withdrawn copies.
pub(crate) fn snapshot(
    database: &impl Database,
    loan: &NewLoan,
) -> Result<(LoanSnapshot, u32), DatabaseError> {
    let (book, patron) = (loan.book_id, loan.patron_id);
    let mut withdrawn = 0;
    let mut snapshot = LoanSnapshot {
        book,
        patron,
        copies_out: BTreeSet::new(),
        slots_taken: BTreeSet::new(),
        holds_title: false,
        has_overdue: false,
    };
    let binds = [Int64(book.get()), Int64(patron.get()), Int64(book.get())];
    let open = database.rows(SNAPSHOT, &binds, |columns| {
        let book: BookId = id(columns)?;
        let (patron, copy_number): (Option<i64>, u32) = (columns.take()?, number(columns)?);
        let (slot, date_due): (Option<i32>, Date) = (columns.take()?, date(columns)?);
        Ok((book, patron, copy_number, slot, date_due))
    })?;
    for (its_book, its_patron, copy_number, slot, date_due) in open {
        if its_book == book {
            snapshot.copies_out.insert(copy_number);
        }
        match (its_patron, slot) {
            (Some(its_patron), Some(slot)) if its_patron == patron.get() => {
                snapshot.slots_taken.insert(slot.try_into().map_err(DatabaseError::internal)?);
                snapshot.holds_title |= its_book == book;
                snapshot.has_overdue |= date_due < loan.date_out;
            }
            // A withdrawn copy has no patron and occupies no slot.
            (None, _) => withdrawn += 1,
            _ => {}
        }
    }
    Ok((snapshot, withdrawn))
}

/// Writes a new loan.
///
/// # Errors
/// A duplicate for one of [`OPEN_LOAN_KEYS`] if another request took the copy or the slot.
pub(crate) fn insert(
    database: &impl Database,
    loan: &NewLoan,
    allocation: Allocation,
) -> Result<LoanId, DatabaseError> {
    let binds = [
        Int64(loan.book_id.get()),
        Int64(loan.patron_id.get()),
        day(loan.date_out),
        day(loan.date_due),
        Int64(allocation.copy_number.into()),
        Int64(allocation.slot.into()),
    ];
    database.query(INSERT, &binds)?;
    database.row(INSERTED_ID, &[], unsigned_id)
}

/// Closes the open loan of this book and patron, if there is one.
pub(crate) fn return_book(
    database: &impl Database,
    pair: BookAndPatron,
) -> Result<Option<LoanId>, DatabaseError> {
    database.query(RETURN, &[Int64(pair.patron_id.get()), Int64(pair.book_id.get())])?;
    // Without a loan, LAST_INSERT_ID() is still that of an earlier statement of the session.
    database.row(RETURNED, &[], |columns| {
        let rows: i64 = columns.take()?;
        if rows == 0 { Ok(None) } else { unsigned_id(columns).map(Some) }
    })
}

/// The open loan of this book and patron.
pub(crate) fn open_loan(
    database: &impl Database,
    book: BookId,
    patron: PatronId,
) -> Result<Option<OpenLoan>, DatabaseError> {
    let binds = [Int64(patron.get()), Int64(book.get())];
    Ok(database.rows(OPEN_LOAN, &binds, read_open_loan)?.pop())
}

/// Gives the loan a new due date and counts the renewal.
///
/// # Errors
/// Contention if another request changed the loan since it was read. A retry then succeeds.
pub(crate) fn renew(
    database: &impl Database,
    open: &OpenLoan,
    date_due: Date,
) -> Result<(LoanId, Date), DatabaseError> {
    let renewals = i32::try_from(open.renewals).map_err(DatabaseError::internal)?;
    let id = open.loan.id;
    let binds = [day(date_due), Int64(id.get()), Int32(renewals), day(open.loan.date_due)];
    match database.execute(RENEW, &binds)? {
        0 => Err(DatabaseError::Contention("the loan changed".into())),
        _ => Ok((id, date_due)),
    }
}

/// Closes every open loan and returns their number.
pub(crate) fn return_all(database: &impl Database) -> Result<i64, DatabaseError> {
    database.execute(RETURN_ALL, &[])
}

/// Deletes the patron's closed loans and returns their number.
pub(crate) fn delete_history(
    database: &impl Database,
    patron: PatronId,
) -> Result<i64, DatabaseError> {
    database.execute(DELETE_HISTORY, &[Int64(patron.get())])
}

/// Checks that the schema is up to date and the ledger is readable.
pub(crate) fn check_readable(database: &impl Database) -> Result<(), DatabaseError> {
    check_schema(database, SCHEMA_VERSION)?;
    database.query(CHECK_READABLE, &[]).map(drop)
}

fn read_loan(columns: &mut Columns) -> Result<Loan, DatabaseError> {
    Ok(Loan {
        id: id(columns)?,
        book: id(columns)?,
        patron: id(columns)?,
        date_out: date(columns)?,
        date_due: date(columns)?,
    })
}

fn read_open_loan(columns: &mut Columns) -> Result<OpenLoan, DatabaseError> {
    Ok(OpenLoan { loan: read_loan(columns)?, renewals: number(columns)? })
}

fn id<T: TryFrom<i64, Error: std::fmt::Display>>(
    columns: &mut Columns,
) -> Result<T, DatabaseError> {
    columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)
}

/// `LAST_INSERT_ID()` is unsigned, whatever the column's type.
fn unsigned_id(columns: &mut Columns) -> Result<LoanId, DatabaseError> {
    let number = i64::try_from(columns.take::<u64>()?).map_err(DatabaseError::internal)?;
    number.try_into().map_err(DatabaseError::internal)
}

fn number(columns: &mut Columns) -> Result<u32, DatabaseError> {
    columns.take::<i32>()?.try_into().map_err(DatabaseError::internal)
}

fn date(columns: &mut Columns) -> Result<Date, DatabaseError> {
    parse_date(&columns.take::<String>()?)
}

fn parse_date(text: &str) -> Result<Date, DatabaseError> {
    text.parse().map_err(|error| DatabaseError::internal(format!("{text}: {error}")))
}

fn day(date: Date) -> ParameterValue {
    Str(date.to_string())
}

/// An aggregate's count, which is never negative.
fn count(columns: &mut Columns) -> Result<u64, DatabaseError> {
    columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)
}

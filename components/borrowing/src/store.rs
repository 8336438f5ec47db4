//! The ledger of loans in MySQL: what is written to it, and what is read for that. The lists are in [`lists`],
//! what the desk needs in [`desk`].
//!
//! The session is in the service's own schema, so tables need no prefix. The statements are those that
//! MySQL and MariaDB have in common; days come out as text, because Spin hands out no `DATE`.

pub(crate) mod desk;
pub(crate) mod lists;

use std::collections::BTreeSet;

use domain::{BookId, Date, Loan, LoanId, Place, Standing};
use service_kit::database::{Columns, Database, DatabaseError};
use spin_sdk::mysql::ParameterValue::{self, Int32, Int64, Str};

use crate::wish::{Lend, Pair, Renew};

/// The unique keys that make a place (`domain::Place`) of use to one loan only. Refused by one of them,
/// a lender was overtaken, and the ledger says something else now.
pub(crate) const OPEN_LOAN_KEYS: &[&str] =
    &["one_open_loan_per_copy", "one_open_loan_per_slot", "one_open_loan_per_title"];

const STANDING: &str = "\
    SELECT bookId, patronId, copyNumber, patronSlot, CAST(dateDue AS CHAR) \
    FROM loans WHERE bookId = ? AND isOpen = 1 \
    UNION ALL \
    SELECT bookId, patronId, copyNumber, patronSlot, CAST(dateDue AS CHAR) \
    FROM loans WHERE patronId = ? AND isOpen = 1 AND bookId <> ?";

const INSERT: &str = "INSERT INTO loans \
    (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) VALUES (?, ?, ?, ?, ?, ?)";

const INSERTED_ID: &str = "SELECT LAST_INSERT_ID()";

/// The last condition is always true; it leaves the id for [`RETURNED`].
const RETURN: &str = "UPDATE loans SET returnedAt = UTC_TIMESTAMP() \
    WHERE patronId = ? AND isOpen = 1 AND bookId = ? AND id = LAST_INSERT_ID(id)";

const RETURNED: &str = "SELECT ROW_COUNT(), LAST_INSERT_ID()";

const RENEW: &str = "UPDATE loans \
    SET dateDue = DATE_ADD(dateDue, INTERVAL ? DAY), renewals = renewals + 1 \
    WHERE patronId = ? AND isOpen = 1 AND bookId = ? AND renewals < ? AND dateDue <= ?";

const OPEN_LOAN: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR) \
    FROM loans WHERE patronId = ? AND isOpen = 1 AND bookId = ?";

const REACH: &str = "SELECT id FROM loans LIMIT 1";

/// How things stand with the book and the patron of `wish`, both read at one moment.
pub(crate) fn standing(database: &impl Database, wish: &Lend) -> Result<Standing, DatabaseError> {
    let Pair { book, patron } = wish.pair;
    let mut standing = Standing {
        book,
        patron,
        copies_out: BTreeSet::new(),
        slots_taken: BTreeSet::new(),
        holds_title: false,
        has_overdue: false,
    };
    let binds = [Int64(book.get()), Int64(patron.get()), Int64(book.get())];
    let open = database.rows(STANDING, &binds, |columns| {
        let book: BookId = id(columns)?;
        let (patron, copy_number): (Option<i64>, u32) = (columns.take()?, number(columns)?);
        let (slot, date_due): (Option<i32>, Date) = (columns.take()?, date(columns)?);
        Ok((book, patron, copy_number, slot, date_due))
    })?;
    for (its_book, its_patron, copy_number, slot, date_due) in open {
        if its_book == book {
            standing.copies_out.insert(copy_number);
        }
        // A withdrawn copy is with nobody and takes no slot.
        if let (Some(its_patron), Some(slot)) = (its_patron, slot)
            && its_patron == patron.get()
        {
            standing.slots_taken.insert(slot.try_into().map_err(DatabaseError::fault)?);
            standing.holds_title |= its_book == book;
            standing.has_overdue |= date_due < wish.date_out;
        }
    }
    Ok(standing)
}

/// Writes a new loan.
///
/// # Errors
/// A duplicate of one of [`OPEN_LOAN_KEYS`] when somebody else has the place.
pub(crate) fn insert(
    database: &impl Database,
    wish: &Lend,
    place: Place,
) -> Result<LoanId, DatabaseError> {
    let binds = [
        Int64(wish.pair.book.get()),
        Int64(wish.pair.patron.get()),
        day(wish.date_out),
        day(wish.date_due),
        Int64(place.copy_number.into()),
        Int64(place.slot.into()),
    ];
    database.query(INSERT, &binds)?;
    one(database.rows(INSERTED_ID, &[], unsigned_id)?)
}

/// Closes the pair's open loan, if there is one.
pub(crate) fn give_back(
    database: &impl Database,
    pair: Pair,
) -> Result<Option<LoanId>, DatabaseError> {
    database.query(RETURN, &[Int64(pair.patron.get()), Int64(pair.book.get())])?;
    // A session that has found no loan still has the id of whatever it wrote before, or 0.
    let returned = database.rows(RETURNED, &[], |columns| {
        let rows: i64 = columns.take()?;
        if rows == 0 { Ok(None) } else { unsigned_id(columns).map(Some) }
    })?;
    one(returned)
}

/// What became of a renewal: the loan as it is now, and whether it was renewed.
pub(crate) struct Renewal {
    pub(crate) loan: Loan,
    pub(crate) renewed: bool,
}

/// Makes the pair's open loan due later if it may still be renewed; `None` when there is none.
///
/// Belongs in a transaction: it keeps the loan as the first statement left it for the last one.
pub(crate) fn renew(
    database: &impl Database,
    wish: &Renew,
) -> Result<Option<Renewal>, DatabaseError> {
    // The calendar ends some day, and a loan that would be due after that is not renewed.
    let Some(latest) = Date::MAX.before_days(wish.days) else {
        return Err(DatabaseError::fault("a renewal is longer than the calendar"));
    };
    let (patron, book) = (Int64(wish.pair.patron.get()), Int64(wish.pair.book.get()));
    let binds = [Int32(wish.days.into()), patron, book, Int32(wish.renewals.into()), day(latest)];
    let changed = database.change(RENEW, &binds)?;
    let binds = [Int64(wish.pair.patron.get()), Int64(wish.pair.book.get())];
    let loan = database.rows(OPEN_LOAN, &binds, loan)?.pop();
    Ok(loan.map(|loan| Renewal { loan, renewed: changed > 0 }))
}

/// Reads from the table, to see that it is there and may be read.
pub(crate) fn reach(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(REACH, &[]).map(drop)
}

fn loan(columns: &mut Columns) -> Result<Loan, DatabaseError> {
    Ok(Loan {
        id: id(columns)?,
        book: id(columns)?,
        patron: id(columns)?,
        date_out: date(columns)?,
        date_due: date(columns)?,
    })
}

fn id<T: TryFrom<i64, Error: std::fmt::Display>>(
    columns: &mut Columns,
) -> Result<T, DatabaseError> {
    columns.take::<i64>()?.try_into().map_err(DatabaseError::fault)
}

/// `LAST_INSERT_ID()` is unsigned, whatever column it comes from.
fn unsigned_id(columns: &mut Columns) -> Result<LoanId, DatabaseError> {
    let number = i64::try_from(columns.take::<u64>()?).map_err(DatabaseError::fault)?;
    number.try_into().map_err(DatabaseError::fault)
}

fn number(columns: &mut Columns) -> Result<u32, DatabaseError> {
    columns.take::<i32>()?.try_into().map_err(DatabaseError::fault)
}

fn date(columns: &mut Columns) -> Result<Date, DatabaseError> {
    parsed(&columns.take::<String>()?)
}

fn parsed(text: &str) -> Result<Date, DatabaseError> {
    text.parse().map_err(|error| DatabaseError::fault(format!("{text}: {error}")))
}

fn day(date: Date) -> ParameterValue {
    Str(date.to_string())
}

/// The row of a statement that always has one.
fn one<T>(rows: Vec<T>) -> Result<T, DatabaseError> {
    rows.into_iter().next().ok_or_else(|| DatabaseError::fault("a row is missing"))
}

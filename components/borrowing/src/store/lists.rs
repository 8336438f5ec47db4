//! Lists and counts of loans. A withdrawn copy, which is a loan to nobody, is in none of them.

use std::collections::BTreeSet;

use domain::{BookId, Date, Loan, LoanId, OpenLoan, PastLoan, PatronId};
use serde::Serialize;
use service_kit::{
    database::{Columns, Database, DatabaseError, id_list},
    listing::Window,
};
use spin_sdk::mysql::ParameterValue::Int64;

use super::{day, id, loan, number, one, parsed};

const BY_ID: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR) \
    FROM loans WHERE id = ? AND isOpen = 1 AND patronId IS NOT NULL";

const ALL: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR) \
    FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL AND id > ? ORDER BY id LIMIT ?";

const OF_PATRON: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR) \
    FROM loans WHERE patronId = ? AND isOpen = 1 AND id > ? ORDER BY id LIMIT ?";

const DUE_ON: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR) \
    FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL AND dateDue = ? AND id > ? \
    ORDER BY id LIMIT ?";

const DUE_BEFORE: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR) \
    FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL AND dateDue < ? AND id > ? \
    ORDER BY id LIMIT ?";

const HISTORY: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR), \
    CAST(DATE(returnedAt) AS CHAR) FROM loans WHERE patronId = ? AND id < ? ORDER BY id DESC LIMIT ?";

const COPIES_OUT: &str =
    "SELECT COUNT(*) FROM loans WHERE bookId = ? AND isOpen = 1 AND patronId IS NOT NULL";

const COUNTS: &str = "SELECT bookId, COUNT(*) FROM loans \
    WHERE isOpen = 1 AND patronId IS NOT NULL AND bookId > ? \
    GROUP BY bookId ORDER BY bookId LIMIT ?";

const COUNTS_OF: &str = "SELECT asked.id, COUNT(loans.id) \
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    LEFT JOIN loans ON loans.bookId = asked.id AND loans.isOpen = 1 AND loans.patronId IS NOT NULL \
    WHERE asked.id > ? GROUP BY asked.id ORDER BY asked.id LIMIT ?";

const SHELF: &str = "SELECT asked.id, COUNT(loans.id), CAST(MIN(loans.dateDue) AS CHAR) \
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    LEFT JOIN loans ON loans.bookId = asked.id AND loans.isOpen = 1 AND loans.patronId IS NOT NULL \
    GROUP BY asked.id ORDER BY asked.id";

const HELD: &str = "SELECT id, bookId, patronId, CAST(dateOut AS CHAR), CAST(dateDue AS CHAR), renewals \
    FROM loans WHERE patronId = ? AND isOpen = 1 ORDER BY dateDue, id";

const COPIES: &str = "SELECT copyNumber, IF(patronId IS NULL, NULL, CAST(dateDue AS CHAR)) \
    FROM loans WHERE bookId = ? AND isOpen = 1 ORDER BY copyNumber";

/// The open loan with this id.
pub(crate) fn by_id(database: &impl Database, id: LoanId) -> Result<Option<Loan>, DatabaseError> {
    Ok(database.rows(BY_ID, &[Int64(id.get())], loan)?.pop())
}

/// Which open loans a list is about.
pub(crate) enum Selection {
    All,
    OfPatron(PatronId),
    DueOn(Date),
    DueBefore(Date),
}

/// The open loans of the selection, in order of id.
pub(crate) fn list(
    database: &impl Database,
    selection: &Selection,
    window: Window,
) -> Result<Vec<Loan>, DatabaseError> {
    let (sql, bind) = match selection {
        Selection::All => (ALL, None),
        Selection::OfPatron(patron) => (OF_PATRON, Some(Int64(patron.get()))),
        Selection::DueOn(date) => (DUE_ON, Some(day(*date))),
        Selection::DueBefore(date) => (DUE_BEFORE, Some(day(*date))),
    };
    let page = [Int64(window.above()), Int64(window.rows_to_read())];
    let binds: Vec<_> = bind.into_iter().chain(page).collect();
    database.rows(sql, &binds, loan)
}

/// Everything the patron has and had, the newest first.
pub(crate) fn history(
    database: &impl Database,
    patron: PatronId,
    window: Window,
) -> Result<Vec<PastLoan>, DatabaseError> {
    let binds = [Int64(patron.get()), Int64(window.below()), Int64(window.rows_to_read())];
    database.rows(HISTORY, &binds, |columns| {
        Ok(PastLoan { loan: loan(columns)?, date_returned: date_or_none(columns)? })
    })
}

/// How many copies of the book are out.
pub(crate) fn copies_out(database: &impl Database, book: BookId) -> Result<i64, DatabaseError> {
    one(database.rows(COPIES_OUT, &[Int64(book.get())], |columns| columns.take())?)
}

/// How many copies are out of each of the books, 0 as well; of all books that are out without a list.
pub(crate) fn counts(
    database: &impl Database,
    books: Option<&BTreeSet<BookId>>,
    window: Window,
) -> Result<Vec<(BookId, i64)>, DatabaseError> {
    let count = |columns: &mut Columns| Ok((id(columns)?, columns.take()?));
    let (above, rows) = (Int64(window.above()), Int64(window.rows_to_read()));
    match books {
        None => database.rows(COUNTS, &[above, rows], count),
        Some(books) => database.rows(COUNTS_OF, &[id_list(books), above, rows], count),
    }
}

/// How a title stands: the book, how many copies are out, and when the first of these is due.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct OnShelf(BookId, i64, Option<Date>);

/// How each of the books stands, in order of id.
pub(crate) fn shelf(
    database: &impl Database,
    books: &BTreeSet<BookId>,
) -> Result<Vec<OnShelf>, DatabaseError> {
    database.rows(SHELF, &[id_list(books)], |columns| {
        Ok(OnShelf(id(columns)?, columns.take()?, date_or_none(columns)?))
    })
}

/// What the patron has now, in the order in which it is due.
pub(crate) fn held(
    database: &impl Database,
    patron: PatronId,
) -> Result<Vec<OpenLoan>, DatabaseError> {
    database.rows(HELD, &[Int64(patron.get())], open_loan)
}

/// A copy that can't be had: its number, and when it is due. A withdrawn one never is.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Away(u32, Option<Date>);

/// The copies of the book that can't be had, in order of their number.
pub(crate) fn copies(database: &impl Database, book: BookId) -> Result<Vec<Away>, DatabaseError> {
    database.rows(COPIES, &[Int64(book.get())], |columns| {
        Ok(Away(number(columns)?, date_or_none(columns)?))
    })
}

pub(super) fn open_loan(columns: &mut Columns) -> Result<OpenLoan, DatabaseError> {
    Ok(OpenLoan { loan: loan(columns)?, renewals: number(columns)? })
}

fn date_or_none(columns: &mut Columns) -> Result<Option<Date>, DatabaseError> {
    columns.take::<Option<String>>()?.as_deref().map(parsed).transpose()
}

//! Lists and counts of loans. They exclude withdrawn copies, which are open loans without a patron.

use std::collections::BTreeSet;

use contract::{
    borrowing::{BookAvailability, BookCount, CopyStatus},
    paging::Cursor,
};
use domain::{BookId, Date, Loan, LoanId, OpenLoan, PastLoan, PatronId};
use service_kit::database::{Columns, Database, DatabaseError, json_ids};
use spin_sdk::mysql::ParameterValue::Int64;

use super::{count, day, id, number, parse_date, read_loan, read_open_loan, select_loans};

const BY_ID: &str = select_loans!("", "WHERE id = ? AND isOpen = 1 AND patronId IS NOT NULL");

const ALL: &str =
    select_loans!("", "WHERE isOpen = 1 AND patronId IS NOT NULL AND id > ? ORDER BY id LIMIT ?");

const OF_PATRON: &str =
    select_loans!("", "WHERE patronId = ? AND isOpen = 1 AND id > ? ORDER BY id LIMIT ?");

const DUE_ON: &str = select_loans!(
    "",
    "WHERE isOpen = 1 AND patronId IS NOT NULL AND dateDue = ? AND id > ? ORDER BY id LIMIT ?"
);

const DUE_BEFORE: &str = select_loans!(
    "",
    "WHERE isOpen = 1 AND patronId IS NOT NULL AND dateDue < ? AND id > ? ORDER BY id LIMIT ?"
);

const HISTORY_AFTER: &str = select_loans!(
    ", CAST(DATE(returnedAt) AS CHAR)",
    "WHERE patronId = ? AND id < ? ORDER BY id DESC LIMIT ?"
);

const HISTORY_BEFORE: &str = select_loans!(
    ", CAST(DATE(returnedAt) AS CHAR)",
    "WHERE patronId = ? AND id > ? ORDER BY id LIMIT ?"
);

const HELD: &str =
    select_loans!(", loans.renewals", "WHERE patronId = ? AND isOpen = 1 ORDER BY dateDue, id");

const COPIES_OUT: &str =
    "SELECT COUNT(*) FROM loans WHERE bookId = ? AND isOpen = 1 AND patronId IS NOT NULL";

const COUNTS: &str = "SELECT bookId, COUNT(*) FROM loans \
    WHERE isOpen = 1 AND patronId IS NOT NULL AND bookId > ? \
    GROUP BY bookId ORDER BY bookId LIMIT ?";

/// Joins the given books with their open loans.
macro_rules! from_asked_books {
    () => {
        "FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
         LEFT JOIN loans ON loans.bookId = asked.id AND loans.isOpen = 1 AND loans.patronId IS NOT NULL "
    };
}

const COUNTS_OF: &str = concat!(
    "SELECT asked.id, COUNT(loans.id) ",
    from_asked_books!(),
    "WHERE asked.id > ? GROUP BY asked.id ORDER BY asked.id LIMIT ?"
);

const AVAILABILITY: &str = concat!(
    "SELECT asked.id, COUNT(loans.id), CAST(MIN(loans.dateDue) AS CHAR) ",
    from_asked_books!(),
    "GROUP BY asked.id ORDER BY asked.id"
);

const COPIES: &str = "SELECT copyNumber, IF(patronId IS NULL, NULL, CAST(dateDue AS CHAR)), \
    IF(patronId IS NULL, NULL, id), patronId \
    FROM loans WHERE bookId = ? AND isOpen = 1 AND copyNumber > ? ORDER BY copyNumber LIMIT ?";

/// The open loan with this id.
pub(crate) fn by_id(database: &impl Database, id: LoanId) -> Result<Option<Loan>, DatabaseError> {
    Ok(database.rows(BY_ID, &[Int64(id.get())], read_loan)?.pop())
}

/// The open loans of a list.
#[derive(Clone, Copy)]
pub(crate) enum Selection {
    All,
    OfPatron(PatronId),
    DueOn(Date),
    DueBefore(Date),
}

/// The first `rows` open loans of the selection after the loan `after`, ordered by id.
pub(crate) fn list(
    database: &impl Database,
    selection: Selection,
    after: Option<i64>,
    rows: i64,
) -> Result<Vec<Loan>, DatabaseError> {
    let (sql, bind) = match selection {
        Selection::All => (ALL, None),
        Selection::OfPatron(patron) => (OF_PATRON, Some(Int64(patron.get()))),
        Selection::DueOn(date) => (DUE_ON, Some(day(date))),
        Selection::DueBefore(date) => (DUE_BEFORE, Some(day(date))),
    };
    let range = [Int64(after.unwrap_or_default()), Int64(rows)];
    let binds: Vec<_> = bind.into_iter().chain(range).collect();
    database.rows(sql, &binds, read_loan)
}

/// The first `rows` loans of the patron from `cursor` on, in the direction in which they are read: forward, the newest
/// first.
pub(crate) fn history(
    database: &impl Database,
    patron: PatronId,
    cursor: Cursor,
    rows: i64,
) -> Result<Vec<PastLoan>, DatabaseError> {
    let (sql, id) = match cursor {
        Cursor::Start => (HISTORY_AFTER, i64::MAX),
        Cursor::After(id) => (HISTORY_AFTER, id),
        Cursor::Before(id) => (HISTORY_BEFORE, id),
    };
    let binds = [Int64(patron.get()), Int64(id), Int64(rows)];
    database.rows(sql, &binds, |columns| {
        Ok(PastLoan { loan: read_loan(columns)?, date_returned: date_or_none(columns)? })
    })
}

/// The number of the book's copies on loan.
pub(crate) fn copies_out(database: &impl Database, book: BookId) -> Result<u64, DatabaseError> {
    database.row(COPIES_OUT, &[Int64(book.get())], count)
}

/// The number of copies on loan for each of the books, or for every book with a copy on loan: the first `rows` after the
/// book `after`, ordered by id.
pub(crate) fn counts(
    database: &impl Database,
    books: Option<&BTreeSet<BookId>>,
    after: Option<i64>,
    rows: i64,
) -> Result<Vec<BookCount>, DatabaseError> {
    let read = |columns: &mut Columns| Ok(BookCount { book: id(columns)?, out: count(columns)? });
    let (above, rows) = (Int64(after.unwrap_or_default()), Int64(rows));
    match books {
        None => database.rows(COUNTS, &[above, rows], read),
        Some(books) => database.rows(COUNTS_OF, &[json_ids(books), above, rows], read),
    }
}

/// The availability of each book, ordered by id.
pub(crate) fn availability(
    database: &impl Database,
    books: &BTreeSet<BookId>,
) -> Result<Vec<BookAvailability>, DatabaseError> {
    database.rows(AVAILABILITY, &[json_ids(books)], |columns| {
        let (book, out) = (id(columns)?, count(columns)?);
        Ok(BookAvailability::new(book, out, date_or_none(columns)?))
    })
}

/// The patron's open loans by due date.
pub(crate) fn held(
    database: &impl Database,
    patron: PatronId,
) -> Result<Vec<OpenLoan>, DatabaseError> {
    database.rows(HELD, &[Int64(patron.get())], read_open_loan)
}

/// The book's first `rows` copies after the copy `after` that are on loan or withdrawn, ordered by number.
pub(crate) fn copies(
    database: &impl Database,
    book: BookId,
    after: u32,
    rows: i64,
) -> Result<Vec<CopyStatus>, DatabaseError> {
    database.rows(COPIES, &[Int64(book.get()), Int64(after.into()), Int64(rows)], |columns| {
        Ok(CopyStatus {
            number: number(columns)?,
            due: date_or_none(columns)?,
            loan: id_or_none(columns)?,
            patron: id_or_none(columns)?,
        })
    })
}

fn id_or_none<T: TryFrom<i64, Error: std::fmt::Display>>(
    columns: &mut Columns,
) -> Result<Option<T>, DatabaseError> {
    let id = columns.take::<Option<i64>>()?;
    id.map(|id| id.try_into().map_err(DatabaseError::internal)).transpose()
}

fn date_or_none(columns: &mut Columns) -> Result<Option<Date>, DatabaseError> {
    columns.take::<Option<String>>()?.as_deref().map(parse_date).transpose()
}

//! What the librarian's desk reads of the ledger and does to it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BookId, Date, LoanId, OpenLoan, PatronId};
use service_kit::database::{Database, DatabaseError, id_list};
use spin_sdk::mysql::ParameterValue::{self, Int64};

use super::{date, day, lists::open_loan, number, one};

/// More loans than this are not counted.
const MOST_COUNTED: i64 = 10_000;

/// Each part finds its loans by an index, so a search costs what it finds and not what is out.
const OF_PATRONS_OR_BOOKS: &str = "(\
    SELECT loans.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    JOIN loans ON loans.patronId = asked.id AND loans.isOpen = 1 \
    UNION \
    SELECT loans.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    JOIN loans ON loans.bookId = asked.id AND loans.isOpen = 1 \
    ) AS found JOIN loans ON loans.id = found.id";

const DUE_OF: &str = "SELECT CAST(dateDue AS CHAR) FROM loans WHERE id = ?";

const OUT: &str = "SELECT COUNT(*) FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL";

const OVERDUE: &str =
    "SELECT COUNT(*) FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL AND dateDue < ?";

const MADE: &str = "SELECT CAST(dateOut AS CHAR), COUNT(*) FROM loans \
    WHERE dateOut >= ? AND dateOut <= ? AND patronId IS NOT NULL GROUP BY dateOut";

const TAKEN: &str = "SELECT copyNumber FROM loans WHERE bookId = ? AND isOpen = 1";

const WITHDRAW: &str = "INSERT INTO loans \
    (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
    VALUES (?, NULL, ?, '9999-12-31', ?, NULL)";

const WITHDRAWN: &str =
    "SELECT COUNT(*) FROM loans WHERE bookId = ? AND isOpen = 1 AND patronId IS NULL";

const RETURN_ALL: &str = "UPDATE loans SET returnedAt = UTC_TIMESTAMP() \
    WHERE isOpen = 1 AND patronId IS NOT NULL";

const FORGET: &str = "DELETE FROM loans WHERE patronId = ? AND isOpen IS NULL";

/// Which open loans a list is about.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Those due before this day
    pub(crate) due_before: Option<Date>,
    /// Those of one of these patrons or of one of these books, all where there are neither
    pub(crate) patrons: Option<BTreeSet<PatronId>>,
    pub(crate) books: Option<BTreeSet<BookId>>,
}

impl Filter {
    /// What follows `FROM`, with its values.
    fn words(&self) -> (String, Vec<ParameterValue>) {
        let (from, mut binds) = match (&self.patrons, &self.books) {
            (None, None) => ("loans", Vec::new()),
            (patrons, books) => {
                let none = || ParameterValue::Str("[]".into());
                let patrons = patrons.as_ref().map_or_else(none, id_list);
                let books = books.as_ref().map_or_else(none, id_list);
                (OF_PATRONS_OR_BOOKS, vec![patrons, books])
            }
        };
        let due = if self.due_before.is_some() { " AND loans.dateDue < ?" } else { "" };
        binds.extend(self.due_before.map(day));
        (format!("{from} WHERE loans.isOpen = 1 AND loans.patronId IS NOT NULL{due}"), binds)
    }
}

/// The first `rows` open loans after the loan `after` in the order in which they are due. A loan that was
/// returned meanwhile still says where to go on; one that is gone leads nowhere.
pub(crate) fn open(
    database: &impl Database,
    filter: &Filter,
    after: Option<LoanId>,
    rows: i64,
) -> Result<Vec<OpenLoan>, DatabaseError> {
    let (from, mut binds) = filter.words();
    let mut place = "";
    if let Some(after) = after {
        let Some(due) = database.rows(DUE_OF, &[Int64(after.get())], date)?.pop() else {
            return Ok(Vec::new());
        };
        place = " AND loans.dateDue >= ? AND (loans.dateDue > ? OR loans.id > ?)";
        binds.extend([day(due), day(due), Int64(after.get())]);
    }
    let sql = format!(
        "SELECT loans.id, loans.bookId, loans.patronId, CAST(loans.dateOut AS CHAR), \
         CAST(loans.dateDue AS CHAR), loans.renewals \
         FROM {from}{place} ORDER BY loans.dateDue, loans.id LIMIT ?"
    );
    binds.push(Int64(rows));
    database.rows(&sql, &binds, open_loan)
}

/// How many loans the filter is about, at most one more than [`MOST_COUNTED`].
pub(crate) fn count(database: &impl Database, filter: &Filter) -> Result<i64, DatabaseError> {
    let (from, mut binds) = filter.words();
    let sql = format!("SELECT COUNT(*) FROM (SELECT loans.id FROM {from} LIMIT ?) AS counted");
    binds.push(Int64(MOST_COUNTED + 1));
    one(database.rows(&sql, &binds, |columns| columns.take())?)
}

/// How many copies are out.
pub(crate) fn out(database: &impl Database) -> Result<i64, DatabaseError> {
    one(database.rows(OUT, &[], |columns| columns.take())?)
}

/// How many of these were due before that day.
pub(crate) fn overdue(database: &impl Database, on: Date) -> Result<i64, DatabaseError> {
    one(database.rows(OVERDUE, &[day(on)], |columns| columns.take())?)
}

/// How many loans were made on each day from `first` to `last`, days without any left out.
pub(crate) fn made(
    database: &impl Database,
    first: Date,
    last: Date,
) -> Result<BTreeMap<Date, i64>, DatabaseError> {
    let days = database
        .rows(MADE, &[day(first), day(last)], |columns| Ok((date(columns)?, columns.take()?)))?;
    Ok(days.into_iter().collect())
}

/// Takes a copy that is on the shelf out of `copies`, for ever; false when none is there.
///
/// # Errors
/// A duplicate of `one_open_loan_per_copy` when somebody else has it by now.
pub(crate) fn withdraw(
    database: &impl Database,
    book: BookId,
    copies: u32,
    today: Date,
) -> Result<bool, DatabaseError> {
    let taken: BTreeSet<u32> =
        database.rows(TAKEN, &[Int64(book.get())], number)?.into_iter().collect();
    let Some(copy) = (1..=copies).find(|copy| !taken.contains(copy)) else {
        return Ok(false);
    };
    database.query(WITHDRAW, &[Int64(book.get()), day(today), Int64(copy.into())])?;
    Ok(true)
}

/// How many copies of the book are withdrawn.
pub(crate) fn withdrawn(database: &impl Database, book: BookId) -> Result<i64, DatabaseError> {
    one(database.rows(WITHDRAWN, &[Int64(book.get())], |columns| columns.take())?)
}

/// Closes every open loan, and says how many these were.
pub(crate) fn return_all(database: &impl Database) -> Result<i64, DatabaseError> {
    database.change(RETURN_ALL, &[])
}

/// Deletes the patron's closed loans, and says how many these were.
pub(crate) fn forget(database: &impl Database, patron: PatronId) -> Result<i64, DatabaseError> {
    database.change(FORGET, &[Int64(patron.get())])
}

//! The librarian's reports: open loans by due date, and statistics.

use std::collections::{BTreeMap, BTreeSet};

use contract::paging::Cursor;
use domain::{BookId, Date, OpenLoan, PatronId, Total};
use service_kit::database::{Database, DatabaseError, json_ids};
use spin_sdk::mysql::ParameterValue::{self, Int64, Str};

use super::{count as read_count, date, day, loan_columns, read_open_loan};

/// Each part of the UNION uses an index, so the cost depends on the matches and not on the number of open loans.
const OF_PATRONS_OR_BOOKS: &str = "(\
    SELECT loans.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    JOIN loans ON loans.patronId = asked.id AND loans.isOpen = 1 \
    UNION \
    SELECT loans.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    JOIN loans ON loans.bookId = asked.id AND loans.isOpen = 1 \
    ) AS found JOIN loans ON loans.id = found.id";

const DUE_DATE: &str = "SELECT CAST(dateDue AS CHAR) FROM loans WHERE id = ?";

const OUT: &str = "SELECT COUNT(*) FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL";

const COUNT_OVERDUE: &str =
    "SELECT COUNT(*) FROM loans WHERE isOpen = 1 AND patronId IS NOT NULL AND dateDue < ?";

const MADE: &str = "SELECT CAST(dateOut AS CHAR), COUNT(*) FROM loans \
    WHERE dateOut >= ? AND dateOut <= ? AND patronId IS NOT NULL GROUP BY dateOut";

/// The conditions of a list of open loans.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Only loans due before this day.
    pub(crate) due_before: Option<Date>,
    /// Only loans of any of these patrons or of any of `books`; all loans without either.
    pub(crate) patrons: Option<BTreeSet<PatronId>>,
    pub(crate) books: Option<BTreeSet<BookId>>,
}

impl Filter {
    /// The text after `FROM`, and its values.
    fn sql(&self) -> (String, Vec<ParameterValue>) {
        let (from, mut binds) = match (&self.patrons, &self.books) {
            (None, None) => ("loans", Vec::new()),
            (patrons, books) => {
                let none = || Str("[]".into());
                let patrons = patrons.as_ref().map_or_else(none, json_ids);
                let books = books.as_ref().map_or_else(none, json_ids);
                (OF_PATRONS_OR_BOOKS, vec![patrons, books])
            }
        };
        let due = if self.due_before.is_some() { " AND loans.dateDue < ?" } else { "" };
        binds.extend(self.due_before.map(day));
        (format!("{from} WHERE loans.isOpen = 1 AND loans.patronId IS NOT NULL{due}"), binds)
    }
}

/// The first `rows` open loans from `cursor` on, by due date, in the direction in which they are read. A loan that has been
/// returned is still a valid cursor; a deleted one has no neighbors.
pub(crate) fn open(
    database: &impl Database,
    filter: &Filter,
    cursor: Cursor,
    rows: i64,
) -> Result<Vec<OpenLoan>, DatabaseError> {
    let (from, mut binds) = filter.sql();
    let (condition, direction) = match cursor {
        Cursor::Start => ("", "ASC"),
        Cursor::After(_) => {
            (" AND loans.dateDue >= ? AND (loans.dateDue > ? OR loans.id > ?)", "ASC")
        }
        Cursor::Before(_) => {
            (" AND loans.dateDue <= ? AND (loans.dateDue < ? OR loans.id < ?)", "DESC")
        }
    };
    if let Cursor::After(id) | Cursor::Before(id) = cursor {
        let Some(due) = database.rows(DUE_DATE, &[Int64(id)], date)?.pop() else {
            return Ok(Vec::new());
        };
        binds.extend([day(due), day(due), Int64(id)]);
    }
    let columns = loan_columns!();
    let sql = format!(
        "SELECT {columns}, loans.renewals FROM {from}{condition} \
         ORDER BY loans.dateDue {direction}, loans.id {direction} LIMIT ?"
    );
    binds.push(Int64(rows));
    database.rows(&sql, &binds, read_open_loan)
}

/// The number of loans that match the filter.
pub(crate) fn count(database: &impl Database, filter: &Filter) -> Result<Total, DatabaseError> {
    let (from, mut binds) = filter.sql();
    let sql = format!("SELECT COUNT(*) FROM (SELECT loans.id FROM {from} LIMIT ?) AS counted");
    binds.push(Int64(i64::from(Total::COUNTED) + 1));
    let counted = database.row(&sql, &binds, read_count)?;
    Ok(u32::try_from(counted).unwrap_or(u32::MAX).into())
}

/// The number of copies on loan.
pub(crate) fn out(database: &impl Database) -> Result<u64, DatabaseError> {
    database.row(OUT, &[], read_count)
}

/// The number of open loans that were due before that day.
pub(crate) fn overdue(database: &impl Database, on: Date) -> Result<u64, DatabaseError> {
    database.row(COUNT_OVERDUE, &[day(on)], read_count)
}

/// The number of loans made on each day from `first` to `last`. Days without loans are omitted.
pub(crate) fn made(
    database: &impl Database,
    first: Date,
    last: Date,
) -> Result<BTreeMap<Date, u64>, DatabaseError> {
    let days = database.rows(MADE, &[day(first), day(last)], |columns| {
        Ok((date(columns)?, read_count(columns)?))
    })?;
    Ok(days.into_iter().collect())
}

//! The books in MySQL: single books, statistics and the health check. All of this service's SQL is in this module and
//! its submodules.
//!
//! The session uses the service's own schema, so tables need no prefix. All statements run on both MySQL and MariaDB.

pub(crate) mod changes;
pub(crate) mod first_day;
pub(crate) mod index;
pub(crate) mod list;
pub(crate) mod requests;
pub(crate) mod row;
pub(crate) mod search;
pub(crate) mod substring;

use contract::catalog::{CatalogStatistics, OneBook};
use domain::BookId;
use requests::insert_request;
use row::{SCHEMA_VERSION, read_book, read_count, select_books};
use service_kit::{
    database::{Columns, Database, DatabaseError, check_schema},
    epoch::read_epoch,
    retry::dry_run,
};
use spin_sdk::mysql::ParameterValue::Int64;

const BY_ID: &str = select_books!(
    "WHERE book.id = ?",
    "book.withdrawn",
    "(SELECT number FROM epochs WHERE epochs.id = 1)"
);

/// `SUM` returns a DECIMAL, a type that Spin does not support.
const STATISTICS: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(count), 0) AS CHAR) FROM books";

/// Reads from each table that the service needs.
const READ_TABLES: &str = "SELECT (SELECT MAX(id) FROM books), (SELECT MAX(bookId) FROM book_words), \
    (SELECT MIN(ending) FROM word_endings), (SELECT MAX(bookId) FROM requests), \
    (SELECT MAX(id) FROM demo_books), (SELECT number FROM epochs WHERE id = 1)";

const WRITE: &str = insert_request!("UUID()", "''", "0");

/// The book with this id, the number of copies ever acquired, and the epoch of both.
pub(crate) fn by_id(
    database: &impl Database,
    id: BookId,
) -> Result<Option<OneBook>, DatabaseError> {
    let read = |columns: &mut Columns| {
        let book = read_book(columns)?;
        let acquired = book.copies + read_count(columns)?;
        Ok(OneBook { book: contract::One(book), acquired, epoch: read_epoch(columns)? })
    };
    Ok(database.rows(BY_ID, &[Int64(id.get())], read)?.pop())
}

/// The numbers of titles and copies.
pub(crate) fn statistics(database: &impl Database) -> Result<CatalogStatistics, DatabaseError> {
    database.row(STATISTICS, &[], |columns| {
        let titles = columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)?;
        let copies = columns.take::<String>()?.parse().map_err(DatabaseError::internal)?;
        Ok(CatalogStatistics { titles, copies })
    })
}

/// Checks that the schema is up to date, that every table is readable, and, with a change that it rolls back, that the
/// server accepts changes.
pub(crate) fn check_health(database: &impl Database) -> Result<(), DatabaseError> {
    check_schema(database, SCHEMA_VERSION)?;
    dry_run(database, || {
        database.query(READ_TABLES, &[])?;
        database.query(WRITE, &[]).map(drop)
    })
}

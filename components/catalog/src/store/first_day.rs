//! The books of the first day of a demo, which the loader keeps in a table that this service only reads.

use contract::demo::RowsSinceFirstDay;
use service_kit::{
    database::{Columns, Database, DatabaseError},
    epoch::read_epoch,
};

use super::index;

const IS_KNOWN: &str = "SELECT id FROM demo_books LIMIT 1";

/// Compares with `utf8mb4_bin`, because the columns' collation treats some different texts as equal, such as those that
/// differ only in case.
const SINCE: &str = "SELECT (SELECT number FROM epochs WHERE id = 1), \
    (SELECT COUNT(*) FROM books WHERE id NOT IN (SELECT id FROM demo_books)), \
    (SELECT COUNT(*) FROM books JOIN demo_books AS demo ON demo.id = books.id \
     WHERE books.title COLLATE utf8mb4_bin <> demo.title OR books.author COLLATE utf8mb4_bin <> demo.author \
     OR books.thumbnailUrl COLLATE utf8mb4_bin <> demo.thumbnailUrl \
     OR books.count <> demo.count OR books.withdrawn <> 0), \
    (SELECT COUNT(*) FROM demo_books WHERE id NOT IN (SELECT id FROM books))";

/// Deletes all books, so that no restored book has the same title key as a remaining one.
const DELETE_BOOKS: &str = "DELETE FROM books";

const INSERT_DEMO_BOOKS: &str = "INSERT INTO books (id, title, author, count, thumbnailUrl) \
    SELECT id, title, author, count, thumbnailUrl FROM demo_books ORDER BY id";

/// Whether the library was loaded with demo books.
pub(crate) fn is_known(database: &impl Database) -> Result<bool, DatabaseError> {
    Ok(!database.query(IS_KNOWN, &[])?.rows.is_empty())
}

/// The differences between the books and those of the first day.
pub(crate) fn changes_since(database: &impl Database) -> Result<RowsSinceFirstDay, DatabaseError> {
    let count = |columns: &mut Columns| {
        u64::try_from(columns.take::<i64>()?).map_err(DatabaseError::internal)
    };
    database.row(SINCE, &[], |columns| {
        Ok(RowsSinceFirstDay {
            epoch: read_epoch(columns)?,
            added: count(columns)?,
            changed: count(columns)?,
            removed: count(columns)?,
        })
    })
}

/// Replaces the books with those of the first day, in the caller's transaction. Idempotency records stay, so a repeated
/// request does not add its book again.
pub(crate) fn restore(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(DELETE_BOOKS, &[])?;
    database.query(INSERT_DEMO_BOOKS, &[])?;
    while index::index_next(database)? > 0 {}
    Ok(())
}

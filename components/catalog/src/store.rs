//! The books in MySQL. All of this service's SQL is here and, for the list in its orders, in [`list`].
//!
//! The session is in the service's own schema, so tables need no prefix. The statements are those that
//! MySQL and MariaDB have in common.

pub(crate) mod list;

use domain::{Book, BookId};
use service_kit::{
    database::{Columns, Database, DatabaseError, containing},
    listing::Window,
};
use spin_sdk::mysql::ParameterValue::Int64;

const BY_ID: &str =
    "SELECT id, title, author, count, thumbnailUrl, withdrawn FROM books WHERE id = ?";

const BY_AUTHOR: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND author LIKE ? ESCAPE '!' ORDER BY id LIMIT ?";

const BY_TITLE: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND title LIKE ? ESCAPE '!' ORDER BY id LIMIT ?";

const REACH: &str = "SELECT id FROM books LIMIT 1";

/// A title, and how many copies of it the library ever acquired: those it lends and those it withdrew.
pub(crate) struct Acquired {
    pub(crate) book: Book,
    pub(crate) copies: u32,
}

/// The book with this id.
pub(crate) fn by_id(
    database: &impl Database,
    id: BookId,
) -> Result<Option<Acquired>, DatabaseError> {
    let acquired = |columns: &mut Columns| {
        let book = book(columns)?;
        let copies = book.copies + count(columns)?;
        Ok(Acquired { book, copies })
    };
    Ok(database.rows(BY_ID, &[Int64(id.get())], acquired)?.pop())
}

/// The books whose author contains `name`, in order of id.
pub(crate) fn by_author(
    database: &impl Database,
    name: &str,
    window: Window,
) -> Result<Vec<Book>, DatabaseError> {
    search(database, BY_AUTHOR, name, window)
}

/// The books whose title contains `text`, in order of id.
pub(crate) fn by_title(
    database: &impl Database,
    text: &str,
    window: Window,
) -> Result<Vec<Book>, DatabaseError> {
    search(database, BY_TITLE, text, window)
}

fn search(
    database: &impl Database,
    sql: &str,
    text: &str,
    window: Window,
) -> Result<Vec<Book>, DatabaseError> {
    let binds = [Int64(window.above()), containing(text), Int64(window.rows_to_read())];
    database.rows(sql, &binds, book)
}

/// Reads from the table, to see that it is there and may be read.
pub(crate) fn reach(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(REACH, &[]).map(drop)
}

fn book(columns: &mut Columns) -> Result<Book, DatabaseError> {
    Ok(Book {
        id: columns.take::<i64>()?.try_into().map_err(DatabaseError::fault)?,
        title: columns.take()?,
        author: columns.take()?,
        copies: count(columns)?,
        thumbnail_url: columns.take()?,
    })
}

fn count(columns: &mut Columns) -> Result<u32, DatabaseError> {
    columns.take::<i32>()?.try_into().map_err(DatabaseError::fault)
}

//! The books in MySQL. All of this service's SQL is here.
//!
//! The session is in the service's own schema, so tables need no prefix. The statements are those that
//! MySQL and MariaDB have in common.

use domain::{Book, BookId};
use service_kit::{
    database::{Columns, Database, DatabaseError, containing},
    listing::Window,
};
use spin_sdk::mysql::ParameterValue::Int64;

const LIST: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND (title LIKE ? ESCAPE '!' OR author LIKE ? ESCAPE '!') ORDER BY id LIMIT ?";

const BY_ID: &str = "SELECT id, title, author, count, thumbnailUrl FROM books WHERE id = ?";

const BY_AUTHOR: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND author LIKE ? ESCAPE '!' ORDER BY id LIMIT ?";

const BY_TITLE: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND title LIKE ? ESCAPE '!' ORDER BY id LIMIT ?";

const REACH: &str = "SELECT id FROM books LIMIT 1";

/// The books with `text` in title or author, in order of id; all of them when it is empty.
pub(crate) fn list(
    database: &impl Database,
    text: &str,
    window: Window,
) -> Result<Vec<Book>, DatabaseError> {
    let text = || containing(text);
    let binds = [Int64(window.above()), text(), text(), Int64(window.rows_to_read())];
    database.rows(LIST, &binds, book)
}

/// The book with this id.
pub(crate) fn by_id(database: &impl Database, id: BookId) -> Result<Option<Book>, DatabaseError> {
    Ok(database.rows(BY_ID, &[Int64(id.get())], book)?.pop())
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
        copies: columns.take::<i32>()?.try_into().map_err(DatabaseError::fault)?,
        thumbnail_url: columns.take()?,
    })
}

//! The books in MySQL. All of this service's SQL is here.
//!
//! The session is in the service's own schema, so tables need no prefix. The statements are those that
//! MySQL and MariaDB have in common.

use domain::{Book, BookId};
use service_kit::database::{Columns, Database, DatabaseError};
use spin_sdk::mysql::ParameterValue::{self, Int64, Str};

const ALL: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND (title LIKE ? ESCAPE '!' OR author LIKE ? ESCAPE '!') ORDER BY id";

const PAGE: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND (title LIKE ? ESCAPE '!' OR author LIKE ? ESCAPE '!') ORDER BY id LIMIT ?";

const BY_ID: &str = "SELECT id, title, author, count, thumbnailUrl FROM books WHERE id = ?";

const BY_AUTHOR: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE author LIKE ? ESCAPE '!' ORDER BY id";

const BY_TITLE: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE title LIKE ? ESCAPE '!' ORDER BY id";

const REACH: &str = "SELECT id FROM books LIMIT 1";

/// Which of the books a list is about.
pub(crate) struct Selection<'a> {
    /// Those with this in title or author; empty: every book.
    pub(crate) text: &'a str,
    /// Those with a higher id than this; 0: from the first.
    pub(crate) after: i64,
}

/// Every book of the selection in order of id.
pub(crate) fn all(
    database: &impl Database,
    selection: &Selection,
) -> Result<Vec<Book>, DatabaseError> {
    let text = || containing(selection.text);
    database.rows(ALL, &[Int64(selection.after), text(), text()], book)
}

/// The first `limit` books of the selection, and the id to go on after when there are more.
pub(crate) fn page(
    database: &impl Database,
    selection: &Selection,
    limit: i64,
) -> Result<(Vec<Book>, Option<BookId>), DatabaseError> {
    let text = || containing(selection.text);
    // One more than asked for tells whether there is a further page, without counting.
    let binds = [Int64(selection.after), text(), text(), Int64(limit + 1)];
    let mut books = database.rows(PAGE, &binds, book)?;
    let more = books.len() as i64 > limit;
    if more {
        books.pop();
    }
    let next = books.last().filter(|_| more).map(|book| book.id);
    Ok((books, next))
}

/// The book with this id.
pub(crate) fn by_id(database: &impl Database, id: BookId) -> Result<Option<Book>, DatabaseError> {
    Ok(database.rows(BY_ID, &[Int64(id.get())], book)?.pop())
}

/// The books whose author contains `name`, in order of id.
pub(crate) fn by_author(database: &impl Database, name: &str) -> Result<Vec<Book>, DatabaseError> {
    database.rows(BY_AUTHOR, &[containing(name)], book)
}

/// The books whose title contains `text`, in order of id.
pub(crate) fn by_title(database: &impl Database, text: &str) -> Result<Vec<Book>, DatabaseError> {
    database.rows(BY_TITLE, &[containing(text)], book)
}

/// Reads from the table, to see that it is there and may be read.
pub(crate) fn reach(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(REACH, &[]).map(drop)
}

/// What a column is `LIKE` that has `text` in it, literally: `!` takes the meaning from `%`, `_` and itself.
/// Case and accents don't count, by the column's collation. `LOCATE` would need no pattern, but MariaDB's
/// overlooks letters that the collation holds equal and UTF-8 writes at another length, as `e` and `ë`.
pub(crate) fn containing(text: &str) -> ParameterValue {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    Str(pattern)
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

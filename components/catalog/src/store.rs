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
use spin_sdk::mysql::ParameterValue::{DbNull, Int32, Int64, Str};

use crate::changes::NewBook;

/// The unique key that refuses a second book under the same Idempotency-Key.
pub(crate) const ONE_BOOK_PER_KEY: &str = "one_book_per_key";

const BY_ID: &str =
    "SELECT id, title, author, count, thumbnailUrl, withdrawn FROM books WHERE id = ?";

const BY_AUTHOR: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND author LIKE ? ESCAPE '!' ORDER BY id LIMIT ?";

const BY_TITLE: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id > ? AND title LIKE ? ESCAPE '!' ORDER BY id LIMIT ?";

const INSERT: &str = "INSERT INTO books (title, author, count, thumbnailUrl, addedWith, addedCopies) \
    VALUES (?, ?, ?, ?, ?, ?)";

const INSERTED: &str = "SELECT id, title, author, count, thumbnailUrl FROM books \
    WHERE id = LAST_INSERT_ID()";

const ADDED_WITH: &str = "SELECT id, title, author, count, thumbnailUrl, addedCopies FROM books \
    WHERE addedWith = ?";

/// The number may be as it was again when the same request comes twice: then its key still says that it was done.
const SET_COPIES: &str = "UPDATE books SET count = ?, changedWith = ? WHERE id = ? AND count = ? \
    AND (? IS NULL OR changedWith IS NULL OR changedWith <> ?)";

/// Assigned from left to right, so that `withdrawn` is the old one where `count` is reckoned.
const SET_WITHDRAWN: &str = "UPDATE books SET count = count - (? - withdrawn), withdrawn = ? \
    WHERE id = ? AND withdrawn < ? AND count >= ? - withdrawn";

const STATE: &str = "SELECT id, title, author, count, thumbnailUrl, withdrawn, \
    changedWith COLLATE utf8mb4_unicode_ci FROM books WHERE id = ?";

/// A sum is a DECIMAL, which no component can read.
const FIGURES: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(count), 0) AS CHAR) FROM books";

const REACH: &str = "SELECT id FROM books LIMIT 1";

/// A title, and how many copies of it the library ever acquired: those it lends and those it withdrew.
pub(crate) struct Acquired {
    pub(crate) book: Book,
    pub(crate) copies: u32,
}

/// What a change has left.
pub(crate) struct State {
    pub(crate) book: Book,
    pub(crate) withdrawn: i32,
    pub(crate) changed_with: Option<String>,
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

/// Writes a new book.
///
/// # Errors
/// A duplicate of [`ONE_BOOK_PER_KEY`] when there is one with this key.
pub(crate) fn insert(
    database: &impl Database,
    new: &NewBook,
    key: Option<&str>,
) -> Result<Book, DatabaseError> {
    let text = |text: &str| Str(text.to_owned());
    let copies = Int64(new.copies.into());
    let binds = [
        text(&new.title),
        text(&new.author),
        copies.clone(),
        text(&new.thumbnail_url),
        key.map_or(DbNull, text),
        if key.is_some() { copies } else { DbNull },
    ];
    database.query(INSERT, &binds)?;
    let inserted = database.rows(INSERTED, &[], book)?.pop();
    inserted.ok_or_else(|| DatabaseError::fault("a book is gone that was just written"))
}

/// The book that was added with this key, and what was asked for then.
pub(crate) fn added_with(
    database: &impl Database,
    key: &str,
) -> Result<Option<(Book, NewBook)>, DatabaseError> {
    let first = |columns: &mut Columns| {
        let book = book(columns)?;
        let new = NewBook {
            title: book.title.clone(),
            author: book.author.clone(),
            copies: count(columns)?,
            thumbnail_url: book.thumbnail_url.clone(),
        };
        Ok((book, new))
    };
    Ok(database.rows(ADDED_WITH, &[Str(key.to_owned())], first)?.pop())
}

/// Makes it `to` copies if it is `from`; what it is then, `None` without such a book.
pub(crate) fn set_copies(
    database: &impl Database,
    id: BookId,
    from: u32,
    to: u32,
    key: Option<&str>,
) -> Result<Option<State>, DatabaseError> {
    let key = || key.map_or(DbNull, |key| Str(key.to_owned()));
    let binds = [Int64(to.into()), key(), Int64(id.get()), Int64(from.into()), key(), key()];
    database.query(SET_COPIES, &binds)?;
    state(database, id)
}

/// Makes it `withdrawn` copies that are withdrawn, if these are more than before; as [`set_copies`].
pub(crate) fn set_withdrawn(
    database: &impl Database,
    id: BookId,
    withdrawn: i32,
) -> Result<Option<State>, DatabaseError> {
    let number = || Int32(withdrawn);
    let binds = [number(), number(), Int64(id.get()), number(), number()];
    database.query(SET_WITHDRAWN, &binds)?;
    state(database, id)
}

fn state(database: &impl Database, id: BookId) -> Result<Option<State>, DatabaseError> {
    let read = |columns: &mut Columns| {
        let (book, withdrawn) = (book(columns)?, columns.take()?);
        Ok(State { book, withdrawn, changed_with: columns.take()? })
    };
    Ok(database.rows(STATE, &[Int64(id.get())], read)?.pop())
}

/// How many titles there are, and how many copies of them all.
pub(crate) fn figures(database: &impl Database) -> Result<(i64, u64), DatabaseError> {
    let figures = database.rows(FIGURES, &[], |columns| {
        let titles = columns.take()?;
        let copies = columns.take::<String>()?.parse().map_err(DatabaseError::fault)?;
        Ok((titles, copies))
    })?;
    figures.into_iter().next().ok_or_else(|| DatabaseError::fault("a count is missing"))
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

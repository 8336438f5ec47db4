//! The row of a book: its columns, what reads them, and what writes them.

use contract::catalog::{BookDescription, NewBook};
use domain::Book;
use service_kit::database::{Columns, Database, DatabaseError};
use spin_sdk::mysql::ParameterValue::{self, Int64, Str};

/// The columns of a book, in the order in which [`read_book`] reads them.
macro_rules! book_columns {
    () => {
        "book.id, book.title, book.author, book.count, book.thumbnailUrl"
    };
}

/// A `SELECT` of books, and of further columns.
macro_rules! select_books {
    ($rest:literal $(, $more:literal)*) => {
        concat!(
            "SELECT ", $crate::store::row::book_columns!() $(, ", ", $more)*,
            " FROM books AS book ", $rest
        )
    };
}

pub(crate) use {book_columns, select_books};

const INSERT: &str = "INSERT INTO books (title, author, count, thumbnailUrl, searchText, titleKey) \
    VALUES (?, ?, ?, ?, ?, ?)";

const UPDATE: &str =
    "UPDATE books SET title = ?, author = ?, thumbnailUrl = ?, searchText = ? WHERE id = ?";

/// The number of the newest migration in mysql/catalogdb.
pub(crate) const SCHEMA_VERSION: i32 = 7;

pub(crate) fn read_book(columns: &mut Columns) -> Result<Book, DatabaseError> {
    Ok(Book {
        id: columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)?,
        title: columns.take()?,
        author: columns.take()?,
        copies: read_count(columns)?,
        thumbnail_url: columns.take()?,
    })
}

pub(crate) fn read_count(columns: &mut Columns) -> Result<u32, DatabaseError> {
    columns.take::<i32>()?.try_into().map_err(DatabaseError::internal)
}

/// Inserts a book. `search_text` and `title_key` are what the search needs of it.
pub(crate) fn insert(
    database: &impl Database,
    new: &NewBook,
    search_text: &str,
    title_key: ParameterValue,
) -> Result<(), DatabaseError> {
    let binds = [
        text(new.title.as_str()),
        text(new.author.as_str()),
        Int64(new.copies.get().into()),
        text(new.cover.as_str()),
        text(search_text),
        title_key,
    ];
    database.query(INSERT, &binds).map(drop)
}

/// Writes a new description, and gives the book as it is then.
pub(crate) fn update(
    database: &impl Database,
    book: Book,
    description: &BookDescription,
    search_text: &str,
) -> Result<Book, DatabaseError> {
    let BookDescription { title, author, cover } = description;
    let (title, author, cover) = (title.as_str(), author.as_str(), cover.as_str());
    let binds = [text(title), text(author), text(cover), text(search_text), Int64(book.id.get())];
    database.query(UPDATE, &binds)?;
    Ok(Book {
        title: title.to_owned(),
        author: author.to_owned(),
        thumbnail_url: cover.to_owned(),
        ..book
    })
}

/// The parts of a new book, for the fingerprint of a request with an idempotency key.
pub(crate) fn parts(new: &NewBook) -> Vec<String> {
    let NewBook { title, author, copies, cover, refuse_duplicate: _ } = new;
    vec![title.to_string(), author.to_string(), copies.to_string(), cover.to_string()]
}

fn text(text: &str) -> ParameterValue {
    Str(text.to_owned())
}

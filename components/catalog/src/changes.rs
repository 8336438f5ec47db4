//! What the librarian changes: new titles, more copies, copies withdrawn. Each can be sent again and is done once.

use domain::{Book, BookId};
use http::{Request, StatusCode};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::{Body, Object},
    contention::{until_settled, wait_briefly},
    database::{Database, DatabaseError},
    idempotency::key_of,
    json_with,
    problem::{conflict, not_found, quoted},
};

use crate::store::{self, ONE_BOOK_PER_KEY};

const A_COUNT: &str = "a whole number from 0 to 9999";
const AN_ADDRESS: &str = "an https address of at most 512 characters, or empty";

/// Most copies of a title.
const MOST_COPIES: u32 = 9999;

/// A title that is new in the collection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NewBook {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) copies: u32,
    pub(crate) thumbnail_url: String,
}

impl NewBook {
    /// Reads `{"book": {title, author, count[, thumbnailUrl]}}`.
    fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let book = Object::read(request)?.object("book")?;
        let (title, author) = (book.line("title", 255)?, book.line("author", 255)?);
        let copies = count(&book, "count")?;
        let thumbnail_url: String = book.optional("thumbnailUrl", AN_ADDRESS)?.unwrap_or_default();
        let is_fit = thumbnail_url.is_empty()
            || (thumbnail_url.starts_with("https://") && thumbnail_url.len() <= 512);
        if !is_fit || thumbnail_url.chars().any(char::is_control) {
            return Err(book.problem("thumbnailUrl", AN_ADDRESS));
        }
        Ok(Self { title, author, copies, thumbnail_url })
    }
}

fn count(object: &Object, key: &str) -> Result<u32, Problem> {
    let count: u32 = object.required(key, A_COUNT)?;
    if count <= MOST_COPIES { Ok(count) } else { Err(object.problem(key, A_COUNT)) }
}

/// `POST /catdb/books`: 201 with the book, under a key also when it comes twice; 409 when the key was for another.
pub(crate) fn add<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let (key, new) = (key_of(request)?, NewBook::read(request)?);
    let database = open()?;
    wait_briefly(&database)?;
    let book = match store::insert(&database, &new, key) {
        Err(DatabaseError::Duplicate { constraint, .. }) if constraint == ONE_BOOK_PER_KEY => {
            let first = key.map(|key| store::added_with(&database, key)).transpose()?.flatten();
            match first {
                Some((book, first)) if first == new => book,
                _ => {
                    let detail =
                        "another book came with this `Idempotency-Key`; a new one needs a new key";
                    return Err(conflict(None, detail));
                }
            }
        }
        other => other?,
    };
    changed(book)
}

/// `PUT /catdb/books/{id}/copies`: 201 with the book when there are `to` copies instead of `from`; 409 when there were
/// other than `from`. Under a key it is done once; without one, a book that has `to` copies is as it was wished.
pub(crate) fn set_copies<D: Database>(
    request: &Request<Body>,
    id: &str,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let key = key_of(request)?;
    let copies = Object::read(request)?.object("copies")?;
    let (from, to) = (count(&copies, "from")?, count(&copies, "to")?);
    if to < from {
        return Err(copies.problem("to", "`from` or more; copies leave when they are withdrawn"));
    }
    let id = existing(id)?;
    let database = open()?;
    wait_briefly(&database)?;
    let state = until_settled(&[], || store::set_copies(&database, id, from, to, key))?;
    let state = state.ok_or_else(|| none(&id.to_string()))?;
    let is_done = match key {
        Some(key) => state.changed_with.as_deref() == Some(key),
        None => state.book.copies == to,
    };
    if is_done {
        changed(state.book)
    } else {
        Err(conflict(Some("copies_changed"), "somebody else changed the number of copies"))
    }
}

/// `PUT /catdb/books/{id}/withdrawn`: 201 with the book when at least `withdrawn` of its copies are; 409 when it never
/// had so many. The number only rises, so these can come twice and in any order.
pub(crate) fn set_withdrawn<D: Database>(
    request: &Request<Body>,
    id: &str,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    const A_NUMBER: &str = "a whole number from 0 to 2147483647";
    let object = Object::read(request)?;
    let withdrawn: u32 = object.required("withdrawn", A_NUMBER)?;
    let withdrawn = i32::try_from(withdrawn).map_err(|_| object.problem("withdrawn", A_NUMBER))?;
    let id = existing(id)?;
    let database = open()?;
    wait_briefly(&database)?;
    let state = until_settled(&[], || store::set_withdrawn(&database, id, withdrawn))?;
    let state = state.ok_or_else(|| none(&id.to_string()))?;
    if state.withdrawn >= withdrawn {
        changed(state.book)
    } else {
        Err(conflict(Some("copies_changed"), "the book does not have so many copies"))
    }
}

fn changed(book: Book) -> Answer {
    #[derive(Serialize)]
    struct One {
        book: [Book; 1],
    }
    json_with(StatusCode::CREATED, &One { book: [book] })
}

fn existing(id: &str) -> Result<BookId, Problem> {
    id.parse().map_err(|_| none(id))
}

fn none(id: &str) -> Problem {
    not_found(format!("there is no book with the id {}", quoted(id)))
}

//! Changes of the collection. Each runs in one transaction with its index entries and its idempotency record.

use contract::{
    catalog::{BookCorrection, CopiesChange, NewBook, SeenBook},
    demo::Epoch,
};
use domain::{
    Book, BookId,
    search::{index_entry, title_key},
};
use service_kit::{
    database::{Columns, Database, DatabaseError},
    epoch,
    retry::in_transaction,
};
use spin_sdk::mysql::ParameterValue::{DbNull, Int32, Int64};

use super::{
    index,
    requests::{KeyedRequest, Known},
    row::{self, read_book, read_count, select_books},
};

/// The unique key that refuses a title and author that a concurrent request added.
const RETRY_ON: &[&str] = &["one_book_per_title"];

const LAST_INSERTED: &str = select_books!("WHERE book.id = LAST_INSERT_ID()");

const BY_TITLE_KEY: &str = "SELECT id FROM books WHERE titleKey = ?";

/// Locks the book until the end of the transaction.
const LOCK: &str = select_books!("WHERE book.id = ? FOR UPDATE", "book.withdrawn");

const SET_TITLE_KEY: &str = "UPDATE books SET titleKey = ? WHERE id = ?";

const SET_COPIES: &str = "UPDATE books SET count = ? WHERE id = ?";

const SET_WITHDRAWN: &str = "UPDATE books SET count = ?, withdrawn = ? WHERE id = ?";

const DELETE: &str = "DELETE FROM books WHERE id = ? AND count = 0";

const EXISTS: &str = "SELECT id FROM books WHERE id = ?";

/// The outcome of a change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The change was made; the book is now this.
    Done(Book),
    /// No book has this id.
    NoBook,
    /// The book does not have the expected values.
    Changed,
    /// The catalog already has this title and author.
    Duplicate(BookId),
    /// The key was used for another request.
    KeyTaken,
}

/// Adds a book, at most once per key.
pub(crate) fn add(
    database: &impl Database,
    new: &NewBook,
    key: Option<&KeyedRequest>,
) -> Result<Change, DatabaseError> {
    let (title, author) = (new.title.as_str(), new.author.as_str());
    let entry = index_entry(title, author);
    let insert = |title_key| row::insert(database, new, &entry.text, title_key).map(|()| None);
    in_transaction(database, RETRY_ON, || {
        if let Some(known) = find_known(database, key)? {
            return Ok(known);
        }
        // Look first, because a refused INSERT uses up an id.
        let duplicate = match find_by_title(database, title, author)? {
            None => insert(index::hashed_title_key(title, author))?,
            duplicate if new.refuse_duplicate => duplicate,
            Some(_) => insert(DbNull)?,
        };
        if let Some(duplicate) = duplicate {
            return Ok(Change::Duplicate(duplicate));
        }
        let book = database.row(LAST_INSERTED, &[], read_book)?;
        index::write(database, book.id, &entry)?;
        if let Some(key) = key {
            key.insert(database, book.id)?;
        }
        Ok(Change::Done(book))
    })
}

/// Corrects title, author and cover. Succeeds without a change if the book already has the new values.
pub(crate) fn edit(
    database: &impl Database,
    id: BookId,
    correction: &BookCorrection,
) -> Result<Change, DatabaseError> {
    let (from, to) = (&correction.from, &correction.to);
    let (title, author) = (to.title.as_str(), to.author.as_str());
    let entry = index_entry(title, author);
    let set_title_key = |key| database.query(SET_TITLE_KEY, &[key, Int64(id.get())]).map(|_| None);
    in_transaction(database, RETRY_ON, || {
        let Some((book, _)) = lock(database, id)? else { return Ok(Change::NoBook) };
        let seen = SeenBook::from(&book);
        if seen == SeenBook::from(to) {
            return Ok(Change::Done(book));
        }
        if seen != *from {
            return Ok(Change::Changed);
        }
        if title_key(title, author) != title_key(&book.title, &book.author) {
            let duplicate = match find_by_title(database, title, author)? {
                None => set_title_key(index::hashed_title_key(title, author))?,
                duplicate if correction.refuse_duplicate => duplicate,
                Some(_) => set_title_key(DbNull)?,
            };
            if let Some(duplicate) = duplicate {
                return Ok(Change::Duplicate(duplicate));
            }
        }
        index::write(database, id, &entry)?;
        row::update(database, book, to, &entry.text).map(Change::Done)
    })
}

/// Sets the number of copies if it has the expected value, at most once per key.
pub(crate) fn set_copies(
    database: &impl Database,
    id: BookId,
    change: CopiesChange,
    key: Option<&KeyedRequest>,
) -> Result<Change, DatabaseError> {
    in_transaction(database, &[], || {
        let Some((mut book, _)) = lock(database, id)? else { return Ok(Change::NoBook) };
        if let Some(known) = find_known(database, key)? {
            return Ok(known);
        }
        if book.copies != change.from.get() {
            return Ok(Change::Changed);
        }
        book.copies = change.to.get();
        database.query(SET_COPIES, &[Int64(book.copies.into()), Int64(id.get())])?;
        if let Some(key) = key {
            key.insert(database, id)?;
        }
        Ok(Change::Done(book))
    })
}

/// Raises the number of withdrawn copies to `withdrawn`, and lowers the number of copies by the difference. A lower
/// number changes nothing, so requests may arrive repeatedly and in any order. A number from another epoch is refused.
pub(crate) fn set_withdrawn(
    database: &impl Database,
    id: BookId,
    withdrawn: u32,
    epoch: Option<Epoch>,
) -> Result<Change, DatabaseError> {
    in_transaction(database, &[], || {
        match epoch::hold(database, epoch) {
            Err(DatabaseError::Outdated(_)) => return Ok(Change::Changed),
            held => held?,
        }
        let Some((mut book, before)) = lock(database, id)? else { return Ok(Change::NoBook) };
        let more = withdrawn.saturating_sub(before);
        let Some(left) = book.copies.checked_sub(more) else { return Ok(Change::Changed) };
        if more > 0 {
            book.copies = left;
            let withdrawn = i32::try_from(withdrawn).map_err(DatabaseError::internal)?;
            let binds = [Int64(left.into()), Int32(withdrawn), Int64(id.get())];
            database.query(SET_WITHDRAWN, &binds)?;
        }
        Ok(Change::Done(book))
    })
}

/// Removes a book without copies and its index entries. Returns the number of removed books, or `None` if the book has
/// copies.
pub(crate) fn remove(database: &impl Database, id: BookId) -> Result<Option<u64>, DatabaseError> {
    in_transaction(database, &[], || {
        let deleted = database.execute(DELETE, &[Int64(id.get())])?;
        if deleted == 0 && !database.query(EXISTS, &[Int64(id.get())])?.rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(u64::try_from(deleted).map_err(DatabaseError::internal)?))
    })
}

/// Locks the book with this id until the end of the transaction. Returns it with the number of its withdrawn copies.
fn lock(database: &impl Database, id: BookId) -> Result<Option<(Book, u32)>, DatabaseError> {
    let read = |columns: &mut Columns| Ok((read_book(columns)?, read_count(columns)?));
    Ok(database.rows(LOCK, &[Int64(id.get())], read)?.pop())
}

/// The outcome of a key that is already in use.
fn find_known(
    database: &impl Database,
    key: Option<&KeyedRequest>,
) -> Result<Option<Change>, DatabaseError> {
    let Some(known) = key.map(|key| key.find(database)).transpose()?.flatten() else {
        return Ok(None);
    };
    let book = match known {
        Known::Taken => return Ok(Some(Change::KeyTaken)),
        Known::Done(id) => lock(database, id)?,
    };
    Ok(Some(book.map_or(Change::NoBook, |(book, _)| Change::Done(book))))
}

/// The book with the title key of this title and author.
fn find_by_title(
    database: &impl Database,
    title: &str,
    author: &str,
) -> Result<Option<BookId>, DatabaseError> {
    let key = index::hashed_title_key(title, author);
    let id = database.rows(BY_TITLE_KEY, &[key], |columns| columns.take::<i64>())?.pop();
    id.map(|id| id.try_into().map_err(DatabaseError::internal)).transpose()
}

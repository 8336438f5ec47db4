//! Writes the search index: with each change of a book, and for books that were not added through this service.

use domain::{
    BookId,
    search::{IndexEntry, index_entry, title_key},
};
use service_kit::{
    database::{Columns, Database, DatabaseError},
    retry::in_transaction,
};
use sha2::{Digest, Sha256};
use spin_sdk::mysql::ParameterValue::{self, Binary, Int64, Str};

const CLEAR_WORDS: &str = "DELETE FROM book_words WHERE bookId = ?";

const INSERT_WORDS: &str = "INSERT IGNORE INTO book_words (word, bookId) \
    SELECT entry.word, entry.bookId FROM JSON_TABLE(?, '$[*]' COLUMNS (\
    word VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[0]', bookId BIGINT PATH '$[1]')) AS entry";

/// `IGNORE` skips words that are already there, which most are.
const INSERT_ENDINGS: &str = "INSERT IGNORE INTO word_endings (ending, word) \
    SELECT entry.ending, entry.word FROM JSON_TABLE(?, '$[*]' COLUMNS (\
    ending VARCHAR(32) CHARACTER SET utf8mb4 PATH '$[0]', \
    word VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[1]')) AS entry";

const UNINDEXED: &str =
    "SELECT id, title, author FROM books WHERE searchText IS NULL AND id > 0 LIMIT 200";

/// `IGNORE` skips duplicates that are older than the unique key.
const SET_TITLE_KEY: &str =
    "UPDATE IGNORE books SET titleKey = ? WHERE id = ? AND titleKey IS NULL AND searchText IS NULL";

/// Skips a book that a concurrent change has indexed.
const SET_SEARCH_TEXT: &str = "UPDATE books SET searchText = ? WHERE id = ? AND searchText IS NULL";

/// The limit of batches per search, so that no single search has to index a whole new library.
const MAX_BATCHES: usize = 5;

/// The value of `books.titleKey`.
pub(crate) fn hashed_title_key(title: &str, author: &str) -> ParameterValue {
    Binary(Sha256::digest(title_key(title, author)).to_vec())
}

/// Writes the words of one book, in the transaction that writes the book.
pub(crate) fn write(
    database: &impl Database,
    id: BookId,
    entry: &IndexEntry,
) -> Result<(), DatabaseError> {
    database.query(CLEAR_WORDS, &[Int64(id.get())])?;
    insert(database, &[(id, entry)])
}

fn insert(database: &impl Database, books: &[(BookId, &IndexEntry)]) -> Result<(), DatabaseError> {
    let mut words: Vec<_> =
        books.iter().flat_map(|(id, entry)| entry.words.iter().map(|word| (word, *id))).collect();
    let mut endings: Vec<_> = books.iter().flat_map(|(_, entry)| &entry.endings).collect();
    // In the tables' order, so that concurrent requests lock rows in the same order and don't deadlock.
    words.sort_unstable();
    endings.sort_unstable();
    endings.dedup();
    let json =
        |rows: Result<String, serde_json::Error>| rows.map(Str).map_err(DatabaseError::internal);
    database.query(INSERT_ENDINGS, &[json(serde_json::to_string(&endings))?])?;
    database.query(INSERT_WORDS, &[json(serde_json::to_string(&words))?]).map(drop)
}

/// Indexes books without an entry: those loaded from a file or written by an older version.
///
/// # Errors
/// Same as [`Database::query`]. A search may continue after an error, but does not find these books.
pub(crate) fn catch_up(database: &impl Database) -> Result<(), DatabaseError> {
    for _ in 0..MAX_BATCHES {
        let books = unindexed(database)?;
        if books.is_empty() {
            return Ok(());
        }
        in_transaction(database, &[], || index_batch(database, &books))?;
    }
    Ok(())
}

/// Indexes the next books without an entry, in the caller's transaction. Returns their number.
pub(crate) fn index_next(database: &impl Database) -> Result<usize, DatabaseError> {
    let books = unindexed(database)?;
    if !books.is_empty() {
        index_batch(database, &books)?;
    }
    Ok(books.len())
}

fn unindexed(database: &impl Database) -> Result<Vec<(BookId, String, String)>, DatabaseError> {
    database.rows(UNINDEXED, &[], |columns: &mut Columns| {
        let id: BookId = columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)?;
        Ok((id, columns.take::<String>()?, columns.take::<String>()?))
    })
}

fn index_batch(
    database: &impl Database,
    books: &[(BookId, String, String)],
) -> Result<(), DatabaseError> {
    let entries: Vec<_> =
        books.iter().map(|(id, title, author)| (*id, index_entry(title, author))).collect();
    for ((id, title, author), (_, entry)) in books.iter().zip(&entries) {
        let id = || Int64(id.get());
        database.query(SET_TITLE_KEY, &[hashed_title_key(title, author), id()])?;
        database.query(SET_SEARCH_TEXT, &[Str(entry.text.clone()), id()])?;
    }
    let entries: Vec<_> = entries.iter().map(|(id, entry)| (*id, entry)).collect();
    insert(database, &entries)
}

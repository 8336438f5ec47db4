//! Search by a substring of author or title with `LIKE`, the contract's older search. It reads every book, so its time
//! is limited.

use domain::{Book, text::spellings};
use service_kit::database::{Database, DatabaseError, like_pattern, limit_query_time};
use spin_sdk::mysql::ParameterValue::Int64;

use super::row::{read_book, select_books};

/// The searched text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The author.
    Author,
    /// The title.
    Title,
}

const BY_AUTHOR: &str = select_books!(
    "WHERE book.id > ? AND (book.author LIKE ? ESCAPE '!' OR book.author LIKE ? ESCAPE '!' \
     OR book.author LIKE ? ESCAPE '!') ORDER BY book.id LIMIT ?"
);

const BY_TITLE: &str = select_books!(
    "WHERE book.id > ? AND (book.title LIKE ? ESCAPE '!' OR book.title LIKE ? ESCAPE '!' \
     OR book.title LIKE ? ESCAPE '!') ORDER BY book.id LIMIT ?"
);

/// The first `rows` books above an id, ordered by id, whose `field` contains one of the text's spellings.
///
/// # Errors
/// [`DatabaseError::TimedOut`] after 3 seconds.
pub(crate) fn find(
    database: &impl Database,
    field: Field,
    text: &str,
    above: i64,
    rows: i64,
) -> Result<Vec<Book>, DatabaseError> {
    limit_query_time(database)?;
    let sql = match field {
        Field::Author => BY_AUTHOR,
        Field::Title => BY_TITLE,
    };
    let [typed, plain, typographic] = spellings(text).map(|text| like_pattern(&text));
    database.rows(sql, &[Int64(above), typed, plain, typographic, Int64(rows)], read_book)
}

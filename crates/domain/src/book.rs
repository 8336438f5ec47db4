//! A title the library owns, and the number that names it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A title the library owns.
///
/// In JSON it is the REST contract's row, an array by position: `[id, title, author, count, thumbnailUrl]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub struct Book {
    /// Names the title for ever; ids are not used again.
    pub id: BookId,
    /// The title as it is printed.
    pub title: String,
    /// Who wrote it, as a catalogue sorts it: `Spurgeon, C. H.`
    pub author: String,
    /// How many copies the library owns, on the shelf or on loan.
    pub copies: u32,
    /// Where a small picture of the cover is, empty when there is none.
    pub thumbnail_url: String,
}

/// The contract's row: id, title, author, count, thumbnailUrl.
type Row = (BookId, String, String, u32, String);

impl From<Row> for Book {
    fn from((id, title, author, copies, thumbnail_url): Row) -> Self {
        Self { id, title, author, copies, thumbnail_url }
    }
}

impl From<Book> for Row {
    fn from(book: Book) -> Self {
        (book.id, book.title, book.author, book.copies, book.thumbnail_url)
    }
}

/// The number that names a title: positive, as the database counts it (`BIGINT AUTO_INCREMENT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub struct BookId(i64);

impl BookId {
    /// The number itself, at least 1.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// What was given cannot name a book: it is no whole number from 1 to 9223372036854775807.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotABookId;

impl TryFrom<i64> for BookId {
    type Error = NotABookId;

    fn try_from(number: i64) -> Result<Self, NotABookId> {
        if number > 0 { Ok(Self(number)) } else { Err(NotABookId) }
    }
}

impl FromStr for BookId {
    type Err = NotABookId;

    /// Digits only: a sign, a blank or a fraction names no book.
    fn from_str(text: &str) -> Result<Self, NotABookId> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotABookId);
        }
        text.parse::<i64>().map_err(|_| NotABookId)?.try_into()
    }
}

impl From<BookId> for i64 {
    fn from(id: BookId) -> Self {
        id.0
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for NotABookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a book's id is a whole number from 1")
    }
}

impl std::error::Error for NotABookId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_the_contracts_row_in_json() {
        let book = Book {
            id: BookId(7),
            title: "The \"Sea\"".into(),
            author: "Jansson, Tove".into(),
            copies: 2,
            thumbnail_url: String::new(),
        };
        let json = serde_json::to_string(&book).unwrap();
        assert_eq!(json, r#"[7,"The \"Sea\"","Jansson, Tove",2,""]"#);
        assert_eq!(serde_json::from_str::<Book>(&json).unwrap(), book);
    }

    #[test]
    fn a_row_with_an_impossible_number_is_no_book() {
        for row in [r#"[0,"t","a",2,""]"#, r#"[-7,"t","a",2,""]"#, r#"[7,"t","a",-1,""]"#] {
            assert!(serde_json::from_str::<Book>(row).is_err(), "{row}");
        }
    }

    #[test]
    fn an_id_is_a_positive_number_in_plain_digits() {
        assert_eq!("1".parse(), Ok(BookId(1)));
        assert_eq!("9223372036854775807".parse(), Ok(BookId(i64::MAX)));
        for text in ["", "0", "-1", "+1", " 1", "1.0", "1e3", "abc", "٣", "9223372036854775808"] {
            assert_eq!(text.parse::<BookId>(), Err(NotABookId), "{text:?}");
        }
    }
}

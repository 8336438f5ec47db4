//! A title the library owns.

use serde::{Deserialize, Serialize};

use crate::id::id;

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

id! {
    /// The number that names a title.
    BookId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_the_contracts_row_in_json() {
        let book = Book {
            id: 7.try_into().unwrap(),
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
}

//! A title the library owns.

use crate::{id::id, row};

row! {
    /// A title the library owns.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Book {
        /// The id, never reused.
        pub id: BookId,
        /// As printed.
        #[schemars(length(min = 1))]
        pub title: String,
        /// In catalog order, last name first: `Spurgeon, C. H.`
        pub author: String,
        /// Copies in the collection, available or on loan; withdrawn ones are not counted.
        pub copies: u32,
        /// URL of a small cover image; empty if there is none.
        pub thumbnail_url: String,
    }
}

id! {
    /// The id of a title.
    BookId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_a_row_in_json() {
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
    fn a_row_with_an_invalid_number_is_refused() {
        for row in [r#"[0,"t","a",2,""]"#, r#"[-7,"t","a",2,""]"#, r#"[7,"t","a",-1,""]"#] {
            assert!(serde_json::from_str::<Book>(row).is_err(), "{row}");
        }
        assert!(serde_json::from_str::<Book>(r#"[7,"t","a",2]"#).is_err(), "too short");
    }

    #[test]
    fn an_older_reader_ignores_what_a_newer_row_adds() {
        let newer = r#"[7,"t","a",2,"",1972,{"shelf":"B"}]"#;
        let book: Book = serde_json::from_str(newer).unwrap();
        assert_eq!(serde_json::to_string(&book).unwrap(), r#"[7,"t","a",2,""]"#);
    }
}

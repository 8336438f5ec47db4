//! The library's own words: what a book is, in every service and on every page.
//!
//! Pure: nothing here knows of Spin, SQL, a clock or chance.

mod book;

pub use book::{Book, BookId, NotABookId};

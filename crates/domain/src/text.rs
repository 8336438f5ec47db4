//! Text as people type it: validation, comparison, and search words.
//!
//! A text has three forms, each looser than the one before:
//! - [`line`](fn@line) is stored: trimmed, in NFC, with a visible character.
//! - [`comparison_key`] ignores case, kinds of apostrophes, hyphens and spaces, full-width forms and invisible characters.
//! - [`search_key`] also ignores accents.

mod invisible;
mod key;
mod line;
mod words;

pub use key::{comparison_key, plain, search_key, spellings};
pub use line::{TextError, line};
pub use words::{MAX_SEARCH_WORDS, search_words, split_words};

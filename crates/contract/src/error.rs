//! The body of every answer that is not a success.

use domain::{BookId, Refusal};
use serde::{Deserialize, Serialize};

/// The body of an error: `{"error": "Not found", "detail": "…"}`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ErrorBody {
    /// The status in words. Stable.
    pub error: String,
    /// A stable code for the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A sentence for people; it may change.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub detail: String,
    /// With `duplicate_title`: the existing book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<BookId>,
    /// With `too_many_attempts`: the exhausted limit, `card` or `address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// With a refused withdrawal: the number of the book's withdrawn copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<u32>,
    /// With a 500 or 503: the request ID, under which the service's log has the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// 409: the book's number of copies is not the expected one.
pub const COPIES_CHANGED: &str = "copies_changed";

/// 409: the book's title, author or cover is not the expected one.
pub const BOOK_CHANGED: &str = "book_changed";

/// 409: the catalog already has a book with this title and author.
pub const DUPLICATE_TITLE: &str = "duplicate_title";

/// 409: the book still has copies. Withdraw them first.
pub const HAS_COPIES: &str = "has_copies";

/// 409: no demo data was loaded, so the library cannot be reset to its first day.
pub const NO_DEMO_DATA: &str = "no_demo_data";

/// 409: the patron's names or card number are not the expected ones.
pub const PATRON_CHANGED: &str = "patron_changed";

/// 409: only librarians have a PIN.
pub const NOT_A_LIBRARIAN: &str = "not_a_librarian";

/// 409: another patron's card has this number.
pub const NUMBER_TAKEN: &str = "number_taken";

/// 429: too many failed attempts to log in.
pub const TOO_MANY_ATTEMPTS: &str = "too_many_attempts";

/// 200 without a session: names, card number and PIN don't match.
pub const WRONG_DETAILS: &str = "wrong_details";

impl ErrorBody {
    /// The lending rule that refused the request. `None` for other errors, and for rules that this version does not
    /// know.
    pub fn refusal(&self) -> Option<Refusal> {
        self.reason.clone()?.try_into().ok()
    }
}

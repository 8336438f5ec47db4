//! The lending service, `/borrow`: the rules of lending.
//!
//! A refusal is 200 with [`Refused`].

use domain::{BookId, Date, Refusal};
use http::StatusCode;
use serde::{Deserialize, Serialize};

pub use crate::borrowing::BookAndPatron;
use crate::{
    Endpoint, Healthy, Method, ResetRequest,
    demo::{InEpoch, SinceFirstDay},
    endpoint::json_input,
    json::Constant,
    routes::routes,
};

/// Borrows a book.
pub const BORROW: Endpoint<BorrowRequest, BookBorrowed> =
    Endpoint::change(Method::Post, "/borrow").refused_by(crate::borrowing::LEND.refusals);
/// Returns a book; `transaction` is false when the patron did not have it.
pub const RETURN: Endpoint<BorrowRequest, BookReturned> =
    Endpoint::change(Method::Delete, "/borrow").with_success(StatusCode::OK);
/// Renews a loan.
pub const RENEW: Endpoint<BorrowRequest, BookRenewed> =
    Endpoint::change(Method::Post, "/borrow/renew").refused_by(crate::borrowing::RENEW.refusals);
/// Withdraws an available copy from the collection.
pub const WITHDRAW: Endpoint<WithdrawCopyRequest, CopyWithdrawn> =
    Endpoint::change(Method::Post, "/borrow/withdraw")
        .refused_by(&[Refusal::UnknownBook, Refusal::NoCopyLeft]);
/// The library's rules.
pub const RULES: Endpoint<(), Rules> = Endpoint::get("/borrow/rules");
/// The data that a reset to the first day would discard: 403 unless `demo_mode` is on.
pub const SINCE_FIRST_DAY: Endpoint<(), SinceFirstDay> = Endpoint::get("/borrow/demo");
/// Resets a demonstration to its first day: books and patrons as they were loaded, no loans, nobody logged in. Refused
/// as [`SINCE_FIRST_DAY`], before anything is changed. If it stops halfway, nothing is lent until it is sent again.
pub const RESET_TO_FIRST_DAY: Endpoint<ResetRequest, InEpoch> =
    Endpoint::change(Method::Post, "/borrow/demo");
/// The health check of lending and the services that it needs.
pub const HEALTH: Endpoint<(), Healthy> = Endpoint::get("/borrow/healthz");

routes! {
    BORROW, RETURN, RENEW, WITHDRAW, RULES, SINCE_FIRST_DAY, RESET_TO_FIRST_DAY, HEALTH
}

/// `{"borrow": {book_id, patron_id}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct BorrowRequest {
    /// The book and the patron.
    pub borrow: BookAndPatron,
}

/// `{"withdraw": {book_id[, from]}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct WithdrawCopyRequest {
    /// The book.
    pub withdraw: CopyToWithdraw,
}

/// A book that loses a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct CopyToWithdraw {
    /// The book.
    pub book_id: BookId,
    /// The number of copies that the caller saw; 409 `copies_changed` if it differs from the current number. `None`
    /// skips the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<crate::borrowing::Count>,
}

/// The patron has the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BookBorrowed {
    /// True.
    pub transaction: Constant<true>,
}

/// The loan was renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BookRenewed {
    /// True.
    pub transaction: Constant<true>,
    /// The new due date.
    pub date_due: Date,
}

/// Whether the patron had the book, and no longer has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BookReturned {
    /// False if the patron did not have it.
    pub transaction: bool,
}

/// A copy was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CopyWithdrawn {
    /// True.
    pub transaction: Constant<true>,
    /// The number of copies that can still be lent.
    pub copies: u32,
}

/// A lending rule refuses the request. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// False.
    pub transaction: Constant<false>,
    /// The rule.
    pub reason: Refusal,
    /// The refusal as a sentence for people; it may change.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub detail: String,
}

/// The library's rules, from the variables of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rules {
    /// The number of open loans that a patron may have.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub loan_limit: u16,
    /// The length of a loan and of a renewal in days.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub loan_days: u16,
    /// The number of times that a loan can be renewed.
    pub renewal_limit: u16,
    /// Whether an overdue loan stops a patron from borrowing.
    pub block_when_overdue: bool,
}

json_input!(BorrowRequest, WithdrawCopyRequest);

//! Requests that change the ledger.

use domain::{BookId, Date, Limits, LoanId, PatronId, Whole};
use serde::{Deserialize, Serialize};

use crate::{
    demo::Epoch,
    endpoint::json_input,
    json::{Nullable, is_false},
};

/// A count that fits the ledger's `INT` columns.
pub type Count = Whole<0, 2_147_483_647>;

/// `{"borrow": {book_id, patron_id, date_out, date_due[, limits]}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct LendRequest {
    /// The loan to write.
    pub borrow: NewLoan,
}

/// A loan to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct NewLoan {
    /// The book.
    pub book_id: BookId,
    /// The borrower.
    pub patron_id: PatronId,
    /// The day it is borrowed.
    pub date_out: Date,
    /// The day it is due; not before `date_out`.
    pub date_due: Date,
    /// The limits to enforce. Without them, the only rule is one copy of a title per patron.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LendLimits>,
}

/// The facts about the patron and the book, and the library's rules, as the lending service read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct LendLimits {
    /// Whether the patron exists.
    pub patron_exists: bool,
    /// Whether a librarian blocked the patron.
    #[serde(default, skip_serializing_if = "is_false")]
    pub patron_blocked: bool,
    /// The number of copies ever acquired; null if the book does not exist.
    pub copies: Nullable<Count>,
    /// The loan limit: open loans per patron.
    pub loans: Count,
    /// Whether an overdue loan stops a patron from borrowing.
    pub block_when_overdue: bool,
    /// The epoch in which patron and book were looked up. 503 in another one; not checked without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

impl From<LendLimits> for Limits {
    fn from(limits: LendLimits) -> Self {
        Self {
            patron_exists: limits.patron_exists,
            patron_blocked: limits.patron_blocked,
            copies: limits.copies.0.map(Count::get),
            loans: limits.loans.get(),
            block_when_overdue: limits.block_when_overdue,
        }
    }
}

/// A loan was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lent {
    /// The loan's id.
    pub transaction: LoanId,
    /// The number of the book's withdrawn copies, if the request has limits. A refusal has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<u32>,
}

/// `{"renew": {book_id, patron_id[, limits]}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct RenewRequest {
    /// The loan to renew.
    pub renew: Renewal,
}

/// A loan to renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct Renewal {
    /// The book.
    pub book_id: BookId,
    /// The borrower.
    pub patron_id: PatronId,
    /// The rules for the renewal. Default: 2 renewals of 14 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<RenewalLimits>,
}

/// The rules of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct RenewalLimits {
    /// The renewal limit of a loan.
    pub renewals: Whole<0, 65535>,
    /// The length of a renewal in days.
    pub days: Whole<0, 65535>,
    /// Whether a librarian blocked the patron.
    #[serde(default, skip_serializing_if = "is_false")]
    pub patron_blocked: bool,
}

impl RenewalLimits {
    /// The length of a renewal in days.
    pub fn days(&self) -> u16 {
        self.days.get().try_into().unwrap_or(u16::MAX)
    }
}

/// A loan was renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Renewed {
    /// The loan's id.
    pub transaction: LoanId,
    /// The new due date.
    pub date_due: Date,
}

/// `{"return": {book_id, patron_id}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct ReturnRequest {
    /// The loan to close.
    #[serde(rename = "return")]
    pub returned: BookAndPatron,
}

/// A book and a patron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct BookAndPatron {
    /// The book.
    pub book_id: BookId,
    /// The patron.
    pub patron_id: PatronId,
}

/// The number of loans that a return closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Returned {
    /// 1, or 0 when the patron did not have the book.
    #[cfg_attr(feature = "schema", schemars(range(max = 1)))]
    pub transaction: u64,
}

/// `{"withdraw": {book_id, limits: {copies}}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct WithdrawRequest {
    /// The copy to withdraw.
    pub withdraw: Withdrawal,
}

/// A copy to withdraw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct Withdrawal {
    /// The book.
    pub book_id: BookId,
    /// The catalog's facts about the book.
    pub limits: WithdrawalLimits,
}

/// The catalog's facts about a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct WithdrawalLimits {
    /// The number of copies ever acquired.
    pub copies: Count,
    /// The number of copies that the caller saw. If it differs from the current number, another withdrawal came first
    /// and this one is refused. `None` skips the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Count>,
    /// The epoch in which the book was looked up. 503 in another one; not checked without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

/// The number of the book's withdrawn copies after the withdrawal. A refusal has it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Withdrawn {
    /// Copies.
    pub withdrawn: u32,
}

/// The number of closed or deleted loans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoansChanged {
    /// Loans.
    pub transactions: u64,
}

json_input!(LendRequest, RenewRequest, ReturnRequest, WithdrawRequest);

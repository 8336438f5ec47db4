//! The library's types and rules: books, patrons, loans and lending.
//!
//! Pure: no Spin, SQL, clock or random numbers.

mod book;
mod date;
mod field;
mod id;
pub mod json;
mod lending;
mod loan;
mod number;
mod patron;
#[cfg(test)]
mod properties;
mod refusal;
#[cfg(feature = "schema")]
pub mod schema;
pub mod search;
pub mod text;

pub use book::*;
pub use date::{Date, InvalidDate};
pub use field::{
    Author, CardNumber, CoverUrl, InvalidCardNumber, InvalidCoverUrl, InvalidPin, PersonName, Pin,
    Title,
};
pub use id::InvalidId;
pub use lending::{Allocation, Limits, LoanSnapshot, decide, decide_renewal};
pub use loan::{Loan, LoanId, OpenLoan, PastLoan};
pub use number::{CopyCount, OutOfRange, Total, Whole};
pub use patron::{Patron, PatronId, Role};
pub use refusal::{Refusal, UnknownRefusal};

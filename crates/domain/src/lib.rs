//! The library's own words and rules: books, patrons, loans, and who may borrow what.
//!
//! Pure: nothing here knows of Spin, SQL, a clock or chance.

mod book;
mod date;
mod id;
mod lending;
mod loan;
mod patron;
mod refusal;

pub use book::{Book, BookId};
pub use date::{Date, NotADate};
pub use id::NotAnId;
pub use lending::{Place, Standing, Terms, decide};
pub use loan::{Loan, LoanId, OpenLoan, PastLoan};
pub use patron::{Patron, PatronId};
pub use refusal::Refusal;

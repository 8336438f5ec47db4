//! The borrowing service, `/borrowdb`: the ledger of loans.

mod changes;
mod lists;

pub use changes::*;
pub use lists::*;

use domain::{BookId, Date, LoanId, PatronId, Refusal};
use http::StatusCode;

use crate::{
    Endpoint, Healthy, Method, PageRequest, ResetRequest,
    demo::{InEpoch, LoansSinceFirstDay, StartEpochRequest},
    paging::CursorRequest,
    routes::routes,
};

/// All open loans, ordered by id.
pub const LIST_LOANS: Endpoint<PageRequest, Loans> = Endpoint::get("/borrowdb");
/// One open loan, or null.
pub const GET_LOAN: Endpoint<LoanId, OneLoan> = Endpoint::get("/borrowdb/{id}");
/// A patron's open loans.
pub const LOANS_OF_PATRON: Endpoint<(PatronId, PageRequest), Loans> =
    Endpoint::get("/borrowdb/patron/{patronId}");
/// The open loans due on a day.
pub const LOANS_DUE_ON: Endpoint<(Date, PageRequest), Loans> =
    Endpoint::get("/borrowdb/due/{date}");
/// The open loans due before a day.
pub const OVERDUE_LOANS: Endpoint<OverdueQuery, Loans> = Endpoint::get("/borrowdb/overdue");
/// The open loans by due date, with renewals, filtered.
pub const OPEN_LOANS: Endpoint<OpenLoanQuery, OpenLoans> = Endpoint::get("/borrowdb/open");
/// All loans of a patron, the newest first.
pub const HISTORY: Endpoint<(PatronId, CursorRequest), History> =
    Endpoint::get("/borrowdb/history/{patronId}");
/// The number of a book's copies on loan.
pub const COUNT: Endpoint<BookId, CopiesOut> = Endpoint::get("/borrowdb/count/{bookId}");
/// The number of copies on loan for each of the given books, or for every book with a copy on loan.
pub const COUNTS: Endpoint<CountsQuery, Counts> = Endpoint::get("/borrowdb/counts");
/// The copies of a book that are on loan or withdrawn.
pub const COPIES: Endpoint<BookId, Copies> = Endpoint::get("/borrowdb/copies/{bookId}");
/// The availability of books and a patron's loans, so that a page needs one call.
pub const AVAILABILITY: Endpoint<AvailabilityQuery, Availability> =
    Endpoint::get("/borrowdb/shelf");
/// The numbers of open and overdue loans, and of new loans per day.
pub const STATISTICS: Endpoint<StatisticsQuery, LoanStatistics> =
    Endpoint::get("/borrowdb/figures");
/// Writes a loan within the limits of the request.
pub const LEND: Endpoint<LendRequest, Lent> = Endpoint::change(Method::Post, "/borrowdb")
    .refused_by(&[
        Refusal::UnknownPatron,
        Refusal::PatronBlocked,
        Refusal::UnknownBook,
        Refusal::HasOverdue,
        Refusal::AlreadyBorrowed,
        Refusal::LimitReached,
        Refusal::NoCopyLeft,
    ]);
/// Renews a loan.
pub const RENEW: Endpoint<RenewRequest, Renewed> =
    Endpoint::change(Method::Post, "/borrowdb/renew").refused_by(&[
        Refusal::NotBorrowed,
        Refusal::PatronBlocked,
        Refusal::RenewalLimit,
    ]);
/// Closes a loan.
pub const RETURN: Endpoint<ReturnRequest, Returned> = Endpoint::change(Method::Delete, "/borrowdb");
/// Withdraws an available copy from the collection.
pub const WITHDRAW: Endpoint<WithdrawRequest, Withdrawn> =
    Endpoint::change(Method::Post, "/borrowdb/withdraw").refused_by(&[Refusal::NoCopyLeft]);
/// Closes every open loan.
pub const RESET: Endpoint<ResetRequest, LoansChanged> =
    Endpoint::change(Method::Post, "/borrowdb/reset");
/// Permanently deletes a patron's closed loans.
pub const DELETE_HISTORY: Endpoint<PatronId, LoansChanged> =
    Endpoint::change(Method::Delete, "/borrowdb/history/{patronId}").with_success(StatusCode::OK);
/// The loans since the first day: 403 unless `demo_mode` is on.
pub const SINCE_FIRST_DAY: Endpoint<(), LoansSinceFirstDay> = Endpoint::get("/borrowdb/demo");
/// Starts an epoch, which has no loans. For the lending service; refused as [`SINCE_FIRST_DAY`].
pub const START_EPOCH: Endpoint<StartEpochRequest, InEpoch> =
    Endpoint::change(Method::Put, "/borrowdb/demo");
/// The health check.
pub const HEALTH: Endpoint<(), Healthy> = Endpoint::get("/borrowdb/healthz");

routes! {
    LIST_LOANS, GET_LOAN, LOANS_OF_PATRON, LOANS_DUE_ON, OVERDUE_LOANS, OPEN_LOANS, HISTORY,
    COUNT, COUNTS, COPIES, AVAILABILITY, STATISTICS, LEND, RENEW, RETURN, WITHDRAW, RESET,
    DELETE_HISTORY, SINCE_FIRST_DAY, START_EPOCH, HEALTH
}

//! The borrowing service: the ledger of loans.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    PageRequest, ResetRequest,
    borrowing::{
        AVAILABILITY, AvailabilityQuery, COPIES, DELETE_HISTORY, HEALTH, HISTORY, LOANS_DUE_ON,
        LoanStatistics, OPEN_LOANS, OpenLoanQuery, RESET, STATISTICS, StatisticsQuery,
    },
    paging::{Cursor, CursorRequest},
};
use domain::{BookId, Date, Loan, LoanId, OpenLoan, PastLoan, PatronId, Total, Whole};

use super::{Client, HealthCheck, catalog::page_size};
use crate::failure::Failure;

/// The client of the borrowing service.
pub(crate) struct Borrowing<'a>(pub(super) Client<'a>);

/// The availability of some books, and a patron's loans.
#[derive(Debug, Default)]
pub(crate) struct Availability {
    books: BTreeMap<BookId, CopyStatus>,
    /// The patron's loans.
    pub(crate) loans: Vec<OpenLoan>,
}

/// The number of a book's copies on loan, and the first due date.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CopyStatus {
    pub(crate) out: u32,
    pub(crate) first_due: Option<Date>,
}

impl Availability {
    /// The status of a book's copies. A book that the ledger omits has none on loan.
    pub(crate) fn copies_of(&self, book: BookId) -> CopyStatus {
        self.books.get(&book).copied().unwrap_or_default()
    }

    /// The patron's loan of a book.
    pub(crate) fn loan_of(&self, book: BookId) -> Option<&OpenLoan> {
        self.loans.iter().find(|open| open.loan.book == book)
    }
}

/// A copy that is on loan or withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyAway {
    /// The due date; `None` for a withdrawn copy.
    pub(crate) due: Option<Date>,
    pub(crate) patron: Option<PatronId>,
}

/// Selects open loans.
#[derive(Debug, Default)]
pub(crate) struct LoanQuery {
    /// The day for overdue loans.
    pub(crate) today: Option<Date>,
    pub(crate) only_overdue: bool,
    /// Loans of any of these patrons or books; all loans if both are `None`.
    pub(crate) patrons: Option<BTreeSet<PatronId>>,
    pub(crate) books: Option<BTreeSet<BookId>>,
    pub(crate) cursor: Cursor,
    pub(crate) limit: u16,
}

/// A page of open loans.
#[derive(Debug)]
pub(crate) struct LoanList {
    pub(crate) loans: Vec<OpenLoan>,
    /// The cursors of the next and the previous page.
    pub(crate) next: Option<LoanId>,
    pub(crate) previous: Option<LoanId>,
    pub(crate) total: Total,
}

/// A page of a patron's loans, open and returned.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) loans: Vec<PastLoan>,
    /// The cursors of the next and the previous page.
    pub(crate) next: Option<LoanId>,
    pub(crate) previous: Option<LoanId>,
}

impl Borrowing<'_> {
    /// The availability of these books and the loans of this patron, in one call.
    pub(crate) async fn availability(
        &self,
        books: &[BookId],
        patron: Option<PatronId>,
    ) -> Result<Availability, Failure> {
        let books: BTreeSet<_> = books.iter().copied().collect();
        let query = AvailabilityQuery { books: (!books.is_empty()).then_some(books), patron };
        if query == AvailabilityQuery::default() {
            return Ok(Availability::default());
        }
        let answer = self.0.call(AVAILABILITY, &query).await?;
        let status = |out: u64, first_due| CopyStatus {
            out: u32::try_from(out).unwrap_or(u32::MAX),
            first_due,
        };
        let books = answer.books.into_iter();
        Ok(Availability {
            books: books.map(|row| (row.book, status(row.out, row.first_due))).collect(),
            loans: answer.loans.unwrap_or_default(),
        })
    }

    /// The patron's open loans.
    pub(crate) async fn loans_of(&self, patron: PatronId) -> Result<Vec<OpenLoan>, Failure> {
        Ok(self.availability(&[], Some(patron)).await?.loans)
    }

    /// A book's unavailable copies, by number.
    pub(crate) async fn copies(&self, book: BookId) -> Result<BTreeMap<u32, CopyAway>, Failure> {
        let answer = self.0.call(COPIES, &book).await?;
        let away = answer.copies.into_iter();
        Ok(away
            .map(|copy| (copy.number, CopyAway { due: copy.due, patron: copy.patron }))
            .collect())
    }

    /// A page of matching open loans.
    pub(crate) async fn open_loans(&self, query: LoanQuery) -> Result<LoanList, Failure> {
        let query = OpenLoanQuery {
            patrons: query.patrons,
            books: query.books,
            overdue: query.only_overdue,
            on: query.today,
            total: true,
            page: CursorRequest { cursor: query.cursor, limit: page_size(query.limit) },
        };
        let answer = self.0.call(OPEN_LOANS, &query).await?;
        let total = answer.total.unwrap_or_else(|| Total::from(answer.transactions.len() as u32));
        let (next, previous) = (answer.next, answer.previous);
        Ok(LoanList { loans: answer.transactions, next, previous, total })
    }

    /// At most `limit` open loans due on `date`, and whether there are more.
    pub(crate) async fn loans_due_on(
        &self,
        date: Date,
        limit: u16,
    ) -> Result<(Vec<Loan>, bool), Failure> {
        let page = PageRequest { after: None, limit: page_size(limit) };
        let answer = self.0.call(LOANS_DUE_ON, &(date, page)).await?;
        Ok((answer.transactions.unwrap_or_default(), answer.next.flatten().is_some()))
    }

    /// A page of the patron's loans, newest first.
    pub(crate) async fn history(
        &self,
        patron: PatronId,
        cursor: Cursor,
        limit: u16,
    ) -> Result<History, Failure> {
        let page = CursorRequest { cursor, limit: page_size(limit) };
        let answer = self.0.call(HISTORY, &(patron, page)).await?;
        let loans = answer.transactions.unwrap_or_default();
        Ok(History { loans, next: answer.next.flatten(), previous: answer.previous.flatten() })
    }

    /// Deletes the patron's returned loans, and returns their number.
    pub(crate) async fn delete_history(&self, patron: PatronId) -> Result<u64, Failure> {
        Ok(self.0.call(DELETE_HISTORY, &patron).await?.transactions)
    }

    /// The statistics of the last `days` days.
    pub(crate) async fn statistics(
        &self,
        today: Date,
        days: u16,
    ) -> Result<LoanStatistics, Failure> {
        let days = Whole::try_from(u32::from(days)).ok();
        self.0.call(STATISTICS, &StatisticsQuery { on: Some(today), days }).await
    }

    /// Closes every open loan, and returns their number.
    pub(crate) async fn return_all(&self) -> Result<u64, Failure> {
        Ok(self.0.call(RESET, &ResetRequest::default()).await?.transactions)
    }

    /// The state of the service, and how long it took to answer.
    pub(crate) async fn health(&self) -> HealthCheck {
        self.0.health(HEALTH).await
    }
}

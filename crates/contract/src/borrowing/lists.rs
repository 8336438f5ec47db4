//! Reads of the ledger.

use std::collections::BTreeSet;

use domain::{BookId, Date, Loan, LoanId, OpenLoan, PastLoan, PatronId, Total, Whole, row};
use serde::{Deserialize, Serialize};

use crate::{
    One, PageRequest, Query,
    endpoint::{Input, Outgoing},
    paging::CursorRequest,
    query::{InvalidParameter, Parameters},
};

/// Selects overdue loans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverdueQuery {
    /// `on`: loans due before this day. Default: today.
    pub on: Option<Date>,
    /// The page.
    pub page: PageRequest,
}

/// Selects open loans, ordered by due date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenLoanQuery {
    /// `patrons`: loans of any of these patrons, or of any of `books`.
    pub patrons: Option<BTreeSet<PatronId>>,
    /// `books`: loans of any of these books, or of any of `patrons`.
    pub books: Option<BTreeSet<BookId>>,
    /// `overdue`: only loans due before `on`.
    pub overdue: bool,
    /// `on`: the day for `overdue`. Default: today.
    pub on: Option<Date>,
    /// `total`: whether to count the loans on all pages.
    pub total: bool,
    /// The page; without a limit, 1000 loans.
    pub page: CursorRequest,
}

/// Selects books whose copies on loan are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountsQuery {
    /// `books`: only these books. Default: every book with a copy on loan.
    pub books: Option<BTreeSet<BookId>>,
    /// The page.
    pub page: PageRequest,
}

/// Selects books for their availability, a patron for the loans, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AvailabilityQuery {
    /// `books`
    pub books: Option<BTreeSet<BookId>>,
    /// `patron`
    pub patron: Option<PatronId>,
}

/// Selects the days to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatisticsQuery {
    /// `on`: the last day. Default: today.
    pub on: Option<Date>,
    /// `days`: the number of days, ending with `on`. Default: 30.
    pub days: Option<Whole<1, 366>>,
}

impl Parameters for OverdueQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self { on: query.value("on")?, page: PageRequest::read(query)? })
    }
}

impl Input for OverdueQuery {
    fn write(&self, request: &mut Outgoing) {
        request.parameter("on", self.on);
        self.page.write(request);
    }
}

impl Parameters for OpenLoanQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self {
            patrons: query.ids("patrons")?,
            books: query.ids("books")?,
            overdue: query.flag("overdue")?,
            on: query.value("on")?,
            total: query.flag("total")?,
            page: CursorRequest::read(query)?,
        })
    }
}

impl Input for OpenLoanQuery {
    fn write(&self, request: &mut Outgoing) {
        request.list("patrons", self.patrons.as_ref());
        request.list("books", self.books.as_ref());
        request.parameter("overdue", self.overdue.then_some(true));
        request.parameter("on", self.on);
        request.parameter("total", self.total.then_some(true));
        self.page.write(request);
    }
}

impl Parameters for CountsQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self { books: query.ids("books")?, page: PageRequest::read(query)? })
    }
}

impl Input for CountsQuery {
    fn write(&self, request: &mut Outgoing) {
        request.list("books", self.books.as_ref());
        self.page.write(request);
    }
}

impl Parameters for AvailabilityQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        let read = Self { books: query.ids("books")?, patron: query.value("patron")? };
        if read == Self::default() {
            return Err(InvalidParameter("`books` or `patron` must be given".to_owned()));
        }
        Ok(read)
    }
}

impl Input for AvailabilityQuery {
    fn write(&self, request: &mut Outgoing) {
        request.list("books", self.books.as_ref());
        request.parameter("patron", self.patron);
    }
}

impl Parameters for StatisticsQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self { on: query.value("on")?, days: query.value("days")? })
    }
}

impl Input for StatisticsQuery {
    fn write(&self, request: &mut Outgoing) {
        request.parameter("on", self.on);
        request.parameter("days", self.days);
    }
}

/// A page of open loans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Loans {
    /// The loans of this page; null if there are none.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub transactions: Option<Vec<Loan>>,
    /// The `after` of the next page; null on the last page, absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next: Option<Option<LoanId>>,
}

/// One open loan, or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OneLoan {
    /// The loan.
    pub transaction: Option<One<Loan>>,
}

/// Open loans by due date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenLoans {
    /// The loans of this page.
    pub transactions: Vec<OpenLoan>,
    /// The `after` of the next page; null on the last page.
    pub next: Option<LoanId>,
    /// The `before` of the previous page; null on the first page.
    #[serde(default)]
    pub previous: Option<LoanId>,
    /// The number of loans on all pages, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

/// A patron's loans, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// The loans of this page; null if there are none.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub transactions: Option<Vec<PastLoan>>,
    /// The `after` of the next page; null on the last page, absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next: Option<Option<LoanId>>,
    /// With a limit: the `before` of the previous page; null on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub previous: Option<Option<LoanId>>,
}

/// The number of a book's copies on loan: `{"transactions": [[2]]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CopiesOut {
    /// One row of one number.
    pub transactions: One<One<u64>>,
}

/// The number of copies on loan for each book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Books, ordered by id.
    pub counts: Vec<BookCount>,
    /// The `after` of the next page; null on the last page, absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next: Option<Option<BookId>>,
}

row! {
    /// The number of one book's copies on loan.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BookCount {
        /// The book.
        pub book: BookId,
        /// Its copies on loan.
        pub out: u64,
    }
}

/// The availability of books, and a patron's loans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Availability {
    /// Books, ordered by id.
    pub books: Vec<BookAvailability>,
    /// The patron's open loans by due date, if the request names a patron.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loans: Option<Vec<OpenLoan>>,
    /// When this was read.
    #[cfg(feature = "next-version")]
    #[serde(default)]
    pub read_at: Option<String>,
}

impl Availability {
    /// The answer.
    pub fn new(books: Vec<BookAvailability>, loans: Option<Vec<OpenLoan>>) -> Self {
        Self {
            books,
            loans,
            #[cfg(feature = "next-version")]
            read_at: Some("12:00".to_owned()),
        }
    }
}

row! {
    /// The number of one book's copies on loan, and the first due date.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BookAvailability {
        /// The book.
        pub book: BookId,
        /// Its copies on loan.
        pub out: u64,
        /// The first due date among them; null if none is on loan.
        pub first_due: Option<Date>,
        /// The number of readers who wait for a copy.
        #[cfg(feature = "next-version")]
        pub reserved: Option<u32>,
    }
}

impl BookAvailability {
    /// A row.
    pub fn new(book: BookId, out: u64, first_due: Option<Date>) -> Self {
        Self {
            book,
            out,
            first_due,
            #[cfg(feature = "next-version")]
            reserved: Some(0),
        }
    }
}

/// A book's unavailable copies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Copies {
    /// Copies, ordered by number.
    pub copies: Vec<CopyStatus>,
}

row! {
    /// A copy on loan, or a withdrawn one.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CopyStatus {
        /// The number of the copy, from 1.
        #[schemars(range(min = 1))]
        pub number: u32,
        /// The due date; null for a withdrawn copy.
        pub due: Option<Date>,
        /// The loan; null for a withdrawn copy.
        pub loan: Option<LoanId>,
        /// The borrower; null for a withdrawn copy.
        pub patron: Option<PatronId>,
    }
}

/// Statistics for the librarian.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoanStatistics {
    /// Open loans.
    pub out: u64,
    /// Open loans due before the day.
    pub overdue: u64,
    /// The days in order.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub days: Vec<DayCount>,
}

row! {
    /// The number of loans made on one day.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DayCount {
        /// The day.
        pub day: Date,
        /// Loans.
        pub loans: u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_an_older_service_has_no_borrower() {
        let row = r#"[2,"2026-03-15",9,5]"#;
        let copy: CopyStatus = serde_json::from_str(row).unwrap();
        assert_eq!(copy.patron.map(PatronId::get), Some(5));
        assert_eq!(serde_json::to_string(&copy).unwrap(), row);
        for older in [r#"[2,"2026-03-15"]"#, r#"[2,"2026-03-15",null,null]"#] {
            let copy: CopyStatus = serde_json::from_str(older).unwrap();
            assert_eq!((copy.number, copy.loan, copy.patron), (2, None, None));
        }
    }
}

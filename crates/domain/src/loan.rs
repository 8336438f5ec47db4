//! A book in somebody's hands, and the loans that have been.

use serde::{Deserialize, Serialize};

use crate::{BookId, Date, PatronId, id::id};

/// A book that a patron has now.
///
/// In JSON it is the REST contract's row, an array by position: `[id, bookId, patronId, dateOut, dateDue]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub struct Loan {
    /// Names the loan for ever.
    pub id: LoanId,
    /// Which book.
    pub book: BookId,
    /// Who has it.
    pub patron: PatronId,
    /// The day it went out.
    pub date_out: Date,
    /// The last day on which it is not overdue; not before `date_out`.
    pub date_due: Date,
}

/// The contract's row: id, bookId, patronId, dateOut, dateDue.
type Row = (LoanId, BookId, PatronId, Date, Date);

impl From<Row> for Loan {
    fn from((id, book, patron, date_out, date_due): Row) -> Self {
        Self { id, book, patron, date_out, date_due }
    }
}

impl From<Loan> for Row {
    fn from(loan: Loan) -> Self {
        (loan.id, loan.book, loan.patron, loan.date_out, loan.date_due)
    }
}

/// A book that a patron has now, and how often it was renewed.
///
/// In JSON it is an array by position: `[id, bookId, patronId, dateOut, dateDue, renewals]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "OpenRow", from = "OpenRow")]
pub struct OpenLoan {
    /// The loan as it is.
    pub loan: Loan,
    /// How often it was renewed.
    pub renewals: u32,
}

type OpenRow = (LoanId, BookId, PatronId, Date, Date, u32);

impl From<OpenRow> for OpenLoan {
    fn from((id, book, patron, date_out, date_due, renewals): OpenRow) -> Self {
        Self { loan: Loan { id, book, patron, date_out, date_due }, renewals }
    }
}

impl From<OpenLoan> for OpenRow {
    fn from(OpenLoan { loan, renewals }: OpenLoan) -> Self {
        (loan.id, loan.book, loan.patron, loan.date_out, loan.date_due, renewals)
    }
}

/// A loan of a patron's history, which may be over.
///
/// In JSON it is an array by position:
/// `[id, bookId, patronId, dateOut, dateDue, dateReturned]`, the last null while the book is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "PastRow", from = "PastRow")]
pub struct PastLoan {
    /// The loan, as it is or was.
    pub loan: Loan,
    /// The day (UTC) the book came back.
    pub date_returned: Option<Date>,
}

type PastRow = (LoanId, BookId, PatronId, Date, Date, Option<Date>);

impl From<PastRow> for PastLoan {
    fn from((id, book, patron, date_out, date_due, date_returned): PastRow) -> Self {
        Self { loan: Loan { id, book, patron, date_out, date_due }, date_returned }
    }
}

impl From<PastLoan> for PastRow {
    fn from(PastLoan { loan, date_returned }: PastLoan) -> Self {
        (loan.id, loan.book, loan.patron, loan.date_out, loan.date_due, date_returned)
    }
}

id! {
    /// The number that names a loan.
    LoanId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_is_the_contracts_row_in_json() {
        let row = r#"[9,7,5,"2026-03-01","2026-03-15"]"#;
        let loan: Loan = serde_json::from_str(row).unwrap();
        assert_eq!((loan.id.get(), loan.book.get(), loan.patron.get()), (9, 7, 5));
        assert_eq!(serde_json::to_string(&loan).unwrap(), row);
    }

    #[test]
    fn an_open_loan_has_its_renewals_behind() {
        let row = r#"[9,7,5,"2026-03-01","2026-03-15",2]"#;
        let open: OpenLoan = serde_json::from_str(row).unwrap();
        assert_eq!((open.loan.id.get(), open.renewals), (9, 2));
        assert_eq!(serde_json::to_string(&open).unwrap(), row);
    }

    #[test]
    fn a_past_loan_has_the_day_it_ended() {
        for row in [
            r#"[9,7,5,"2026-03-01","2026-03-15","2026-03-07"]"#,
            r#"[9,7,5,"2026-03-01","2026-03-15",null]"#,
        ] {
            let past: PastLoan = serde_json::from_str(row).unwrap();
            assert_eq!(serde_json::to_string(&past).unwrap(), row);
        }
    }
}

//! Loans: open ones, and a patron's history.

use crate::{BookId, Date, PatronId, id::id, row};

row! {
    /// An open loan.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Loan {
        /// The id, never reused.
        pub id: LoanId,
        /// The book on loan.
        pub book: BookId,
        /// The borrower.
        pub patron: PatronId,
        /// The day it was borrowed.
        pub date_out: Date,
        /// The last day before it is overdue; not before `date_out`.
        pub date_due: Date,
    }
}

row! {
    /// An open loan and its renewals.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenLoan {
        ..loan: Loan,
        /// The number of renewals so far.
        pub renewals: u32,
    }
}

row! {
    /// A loan of a patron's history, open or returned.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PastLoan {
        ..loan: Loan,
        /// The day (UTC) of the return; null while the loan is open.
        pub date_returned: Option<Date>,
    }
}

id! {
    /// The id of a loan.
    LoanId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_is_a_row_in_json() {
        let row = r#"[9,7,5,"2026-03-01","2026-03-15"]"#;
        let loan: Loan = serde_json::from_str(row).unwrap();
        assert_eq!((loan.id.get(), loan.book.get(), loan.patron.get()), (9, 7, 5));
        assert_eq!(serde_json::to_string(&loan).unwrap(), row);
    }

    #[test]
    fn an_open_loan_ends_with_its_renewals() {
        let row = r#"[9,7,5,"2026-03-01","2026-03-15",2]"#;
        let open: OpenLoan = serde_json::from_str(row).unwrap();
        assert_eq!((open.loan.id.get(), open.renewals), (9, 2));
        assert_eq!(serde_json::to_string(&open).unwrap(), row);
    }

    #[test]
    fn a_past_loan_ends_with_its_return() {
        for row in [
            r#"[9,7,5,"2026-03-01","2026-03-15","2026-03-07"]"#,
            r#"[9,7,5,"2026-03-01","2026-03-15",null]"#,
        ] {
            let past: PastLoan = serde_json::from_str(row).unwrap();
            assert_eq!(serde_json::to_string(&past).unwrap(), row);
        }
    }
}

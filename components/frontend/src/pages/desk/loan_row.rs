//! A loan in the desk's lists, with the buttons to renew it and to take the book back.

use contract::lending::Rules;
use domain::{BookId, Date, LoanId, OpenLoan, PatronId, decide_renewal};
use futures::join;

use crate::{context::RequestContext, services::PatronDetails, texts::Texts};

/// The names in each row of a list of loans: those that the page's heading does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Book,
    Patron,
    Both,
}

/// An open loan with the names of its book and patron.
pub(super) struct LoanRow {
    pub(super) loan: LoanId,
    pub(super) book: BookId,
    pub(super) patron: PatronId,
    pub(super) title: String,
    pub(super) name: String,
    /// The number on the patron's card.
    pub(super) number: String,
    pub(super) due: Date,
    /// For example: due in 3 days.
    pub(super) due_text: String,
    pub(super) is_overdue: bool,
    /// Whether another renewal is allowed, as far as the rules are known.
    pub(super) can_renew: bool,
}

/// The rows of these loans, with numbers instead of titles or names if a service is unavailable.
pub(super) async fn loan_rows(
    context: &RequestContext<'_>,
    loans: &[OpenLoan],
    rules: Option<Rules>,
) -> Vec<LoanRow> {
    let ids = || loans.iter().map(|open| open.loan);
    let (books, patrons) = join!(
        context.services.catalog.books_by_id(ids().map(|loan| loan.book)),
        context.services.patrons.patrons_by_id(ids().map(|loan| loan.patron)),
    );
    let (books, patrons) = (books.unwrap_or_default(), patrons.unwrap_or_default());
    let (texts, today) = (context.texts(), context.today());
    let row = |open: &OpenLoan| {
        let loan = open.loan;
        let title = books.get(&loan.book).map(|book| book.title.clone());
        let (name, number, is_blocked) = match patrons.get(&loan.patron) {
            Some(PatronDetails { patron, is_blocked }) => {
                let name = Texts::full_name(&patron.first_name, &patron.last_name);
                (name, patron.number.clone(), *is_blocked)
            }
            None => (texts.patron_number(loan.patron), String::new(), false),
        };
        LoanRow {
            loan: loan.id,
            book: loan.book,
            patron: loan.patron,
            title: title.unwrap_or_else(|| texts.book_number(loan.book)),
            name,
            number,
            due: loan.date_due,
            due_text: texts.due(today, loan.date_due),
            is_overdue: loan.date_due < today,
            can_renew: !is_blocked
                && rules.is_none_or(|rules| {
                    let limit = rules.renewal_limit.into();
                    decide_renewal(open, limit, rules.loan_days, today).is_ok()
                }),
        }
    };
    loans.iter().map(row).collect()
}

//! `/booklist`: the patron's books, to renew and return.

use askama::Template;
use contract::lending::Rules;
use domain::{Book, BookId, Date, LoanId, OpenLoan, decide_renewal};
use futures::{future::join_all, join};
use http::StatusCode;

use super::refusal_notice;
use crate::{
    context::RequestContext, cover::Cover, csrf::idempotency_key, failure::Failure, flash::Notice,
    form::Form, handler::PageResult, html::page, layout::Layout, services::Decision, texts::Texts,
};

const PATH: &str = "/booklist";

/// The longest title in a notice about several books, in characters, because a cookie is limited to 4096 bytes.
const MAX_NOTICE_TITLE: usize = 60;

#[derive(Template)]
#[template(path = "pages/loans.html")]
struct LoansPage<'a> {
    layout: Layout<'a>,
    /// The patron's full name, for the printed slip.
    name: String,
    /// The number of the patron's books, in words.
    summary: String,
    overdue: Vec<Row>,
    /// The advice for the overdue books.
    overdue_hint: String,
    /// The books that are not overdue, in the order of borrowing.
    rows: Vec<Row>,
    can_renew_any: bool,
    /// Whether a librarian blocked the card.
    is_blocked: bool,
    is_catalog_unavailable: bool,
}

/// A book that the patron has.
struct Row {
    loan: LoanId,
    book: BookId,
    title: String,
    author: String,
    cover: Option<Cover>,
    due: Date,
    /// For example: due in 3 days.
    due_text: String,
    is_overdue: bool,
    renewals: u32,
    renewal: Renewal,
}

/// The renewal of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    /// Possible; the loan would then be due on this date.
    Until(Date),
    LimitReached,
    /// A librarian blocked the card.
    CardBlocked,
    /// The rules cannot be looked up.
    Unknown,
}

impl Renewal {
    /// Whether the button would not be refused, as far as that is known.
    fn is_possible(self) -> bool {
        matches!(self, Self::Until(_) | Self::Unknown)
    }
}

impl Row {
    /// The row of a loan; `book` is `None` if the catalog is unavailable.
    fn new(
        open: &OpenLoan,
        book: Option<&Book>,
        rules: Option<Rules>,
        is_blocked: bool,
        layout: &Layout<'_>,
    ) -> Self {
        let loan = open.loan;
        let (title, author) = match book {
            Some(book) => (book.title.clone(), book.author.clone()),
            None => (layout.texts.book_number(loan.book), String::new()),
        };
        let renewal = match rules {
            _ if is_blocked => Renewal::CardBlocked,
            None => Renewal::Unknown,
            Some(rules) => {
                decide_renewal(open, rules.renewal_limit.into(), rules.loan_days, layout.today)
                    .map_or(Renewal::LimitReached, Renewal::Until)
            }
        };
        Self {
            loan: loan.id,
            book: loan.book,
            title,
            author,
            cover: book.map(Cover::of),
            due: loan.date_due,
            due_text: layout.texts.due(layout.today, loan.date_due),
            is_overdue: loan.date_due < layout.today,
            renewals: open.renewals,
            renewal,
        }
    }
}

/// `GET /booklist`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let (patron, _) = context.patron()?;
    let services = context.services;
    let (loans, rules) = join!(services.borrowing.loans_of(patron.id), services.lending.rules());
    // By id, the order of borrowing, so that a renewed book keeps its place.
    let mut loans = loans?;
    loans.sort_by_key(|open| open.loan.id.get());
    let books = services.catalog.books_by_id(loans.iter().map(|open| open.loan.book)).await;
    let layout = Layout::new(context, PATH).with_loans(&loans);
    let is_catalog_unavailable = books.is_err();
    let books = books.unwrap_or_default();
    let is_blocked = context.visitor.is_blocked();
    let row =
        |open: &OpenLoan| Row::new(open, books.get(&open.loan.book), rules, is_blocked, &layout);
    let rows = loans.iter().map(row);
    let (overdue, rows): (Vec<_>, Vec<_>) = rows.partition(|row| row.is_overdue);
    let loans_page = LoansPage {
        name: Texts::full_name(&patron.first_name, &patron.last_name),
        summary: summary(&layout, loans.len(), rules),
        can_renew_any: loans.len() > 1
            && overdue.iter().chain(&rows).any(|row| row.renewal.is_possible()),
        is_blocked,
        overdue_hint: overdue_hint(&layout, &overdue),
        overdue,
        rows,
        is_catalog_unavailable,
        layout,
    };
    Ok(page(StatusCode::OK, &loans_page))
}

/// The advice for the overdue books, of which only some may be renewable.
fn overdue_hint(layout: &Layout<'_>, overdue: &[Row]) -> String {
    let final_ones = overdue.iter().filter(|row| !row.renewal.is_possible()).count();
    let key = match final_ones {
        0 => "overdue-renewable",
        _ if final_ones == overdue.len() => "overdue-final",
        _ => "overdue-some-renewable",
    };
    layout.counted(key, overdue.len())
}

/// The number of the patron's books, and the limit if known, in words.
fn summary(layout: &Layout<'_>, count: usize, rules: Option<Rules>) -> String {
    let Some(rules) = rules else { return layout.counted("loans-held", count) };
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let values = [("count", count.into()), ("limit", rules.loan_limit.into())];
    layout.texts.with("loans-held-of", &values)
}

/// `POST /`: borrows a book and returns to the page of the form.
pub(crate) async fn borrow(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let (patron, token) = context.patron()?;
    let book: BookId = form.value("book_id")?.ok_or(Failure::InvalidForm)?;
    let key = idempotency_key(token, form.text("key")?, &format!("borrow {book}"));
    let lending = &context.services.lending;
    let (decision, title) = join!(lending.borrow(book, patron.id, &key), context.book_title(book));
    let notice = match decision {
        // A repeated form gets the first answer, so look up the patron's current loan.
        Ok(Decision::Done) => match current_loan(context, book).await {
            Ok(Some(open)) => Notice::Borrowed { title, due: Some(open.loan.date_due) },
            Ok(None) => Notice::ReturnedSince { title },
            Err(_) => Notice::Borrowed { title, due: None },
        },
        other => refusal_notice(other, title)?,
    };
    let back = context.own_page_or(form.text("back")?, PATH);
    let anchor = if back.starts_with(PATH) { String::new() } else { format!("#book-{book}") };
    Ok(context.redirect_with_notice(&format!("{back}{anchor}"), &notice))
}

/// `POST /booklist`: returns a book, renews one, or renews all.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let back = context.own_page_or(form.text("back")?, PATH);
    match (form.value("return")?, form.value("renew")?, form.text("renew_all")?) {
        (Some(book), None, "") => {
            let notice = give_back(context, book).await?;
            Ok(context.redirect_with_notice(back, &notice))
        }
        (None, Some(book), "") => {
            let (notice, loan) = renew(context, book, form.text("key")?).await?;
            let anchor = loan.filter(|_| back == PATH).map(|loan| format!("#loan-{loan}"));
            let target = format!("{back}{}", anchor.unwrap_or_default());
            Ok(context.redirect_with_notice(&target, &notice))
        }
        (None, None, "1") => {
            let notice = renew_all(context, form.text("key")?).await?;
            Ok(context.redirect_with_notice(PATH, &notice))
        }
        _ => Err(Failure::InvalidForm),
    }
}

async fn give_back(context: &RequestContext<'_>, book: BookId) -> Result<Notice, Failure> {
    let (patron, _) = context.patron()?;
    let lending = &context.services.lending;
    let (returned, title) = join!(lending.give_back(book, patron.id), context.book_title(book));
    match returned {
        Ok(true) => Ok(Notice::Returned { title, undo: Some(book) }),
        Ok(false) => Ok(Notice::AlreadyReturned { title }),
        Err(Failure::ServiceUnavailable) => Ok(Notice::OutcomeUnknown),
        Err(failure) => Err(failure),
    }
}

/// The notice of a renewal, and the loan to show.
async fn renew(
    context: &RequestContext<'_>,
    book: BookId,
    page_key: &str,
) -> Result<(Notice, Option<LoanId>), Failure> {
    let (decision, title) = join!(renew_loan(context, book, page_key), context.book_title(book));
    let open = current_loan(context, book).await;
    let loan = open.as_ref().ok().and_then(|open| open.as_ref().map(|open| open.loan));
    let notice = match (decision, open) {
        (Ok(Decision::Done), Ok(None)) => Notice::ReturnedSince { title },
        (Ok(Decision::Done), _) => Notice::Renewed { title, due: loan.map(|loan| loan.date_due) },
        (other, _) => refusal_notice(other, title)?,
    };
    Ok((notice, loan.map(|loan| loan.id)))
}

async fn renew_all(context: &RequestContext<'_>, page_key: &str) -> Result<Notice, Failure> {
    let (patron, _) = context.patron()?;
    let services = context.services;
    let loans = services.borrowing.loans_of(patron.id).await?;
    let renewals = loans.iter().map(|open| renew_loan(context, open.loan.book, page_key));
    let mut refused = Vec::new();
    for (open, decision) in loans.iter().zip(join_all(renewals).await) {
        match decision {
            Ok(Decision::Done) => {}
            Ok(Decision::Refused(_)) => refused.push(open.loan.book),
            Err(Failure::ServiceUnavailable) => return Ok(Notice::OutcomeUnknown),
            Err(failure) => return Err(failure),
        }
    }
    let renewed = loans.len() - refused.len();
    if refused.is_empty() {
        let loans = services.borrowing.loans_of(patron.id).await.unwrap_or_default();
        let due = loans.iter().map(|open| open.loan.date_due).min();
        return Ok(Notice::RenewedAll { count: renewed, due });
    }
    let books = services.catalog.books_by_id(refused.iter().copied()).await.unwrap_or_default();
    let title = |book: BookId| match books.get(&book) {
        Some(book) => shorten(&book.title),
        None => context.texts().book_number(book),
    };
    Ok(Notice::RenewedSome { renewed, refused: refused.into_iter().map(title).collect() })
}

async fn renew_loan(
    context: &RequestContext<'_>,
    book: BookId,
    page_key: &str,
) -> Result<Decision, Failure> {
    let (patron, token) = context.patron()?;
    let key = idempotency_key(token, page_key, &format!("renew {book}"));
    context.services.lending.renew(book, patron.id, &key).await
}

/// The patron's current loan of a book.
async fn current_loan(
    context: &RequestContext<'_>,
    book: BookId,
) -> Result<Option<OpenLoan>, Failure> {
    let (patron, _) = context.patron()?;
    let loans = context.services.borrowing.loans_of(patron.id).await?;
    Ok(loans.into_iter().find(|open| open.loan.book == book))
}

fn shorten(title: &str) -> String {
    match title.char_indices().nth(MAX_NOTICE_TITLE) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

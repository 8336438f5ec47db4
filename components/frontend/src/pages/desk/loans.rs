//! `/administrator/loans`: the open loans. Lends, renews and takes back for other patrons, from every page of the desk.

use askama::Template;
use contract::paging::Cursor;
use domain::{BookId, Loan, LoanId, PatronId, Total};
use futures::join;
use http::StatusCode;

use super::loan_row::{LoanRow, Shown, loan_rows};
use crate::{
    context::RequestContext,
    csrf::idempotency_key,
    failure::Failure,
    flash::{DeskNotice, Notice},
    form::Form,
    handler::PageResult,
    html::page,
    layout::Layout,
    links::link,
    page_links::PageLink,
    services::{Decision, LoanList, LoanQuery, PatronDetails},
    texts::Texts,
};

const PATH: &str = "/administrator/loans";

/// Loans on one page.
const PAGE_SIZE: u16 = 25;

/// The number of matching patrons or books that the ledger accepts in a query. If more match, the page asks for a
/// narrower search.
const MAX_MATCHES: u16 = 1000;

#[derive(Template)]
#[template(path = "pages/desk/loans.html")]
struct LoansPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    title: String,
    heading: String,
    text: String,
    only_overdue: bool,
    /// The same search with or without the filter.
    toggle_overdue: String,
    /// The number of matching loans, in words.
    summary: String,
    /// More patrons or books match than the search covers.
    is_partial: bool,
    rows: Vec<LoanRow>,
    page_links: Vec<PageLink>,
    /// The link to the first page from a page after the last loan.
    beyond_end: Option<String>,
}

/// The parameters of the page.
struct LoanFilter {
    text: String,
    only_overdue: bool,
    cursor: Cursor,
}

impl LoanFilter {
    fn parse(context: &RequestContext<'_>) -> Self {
        let query = context.query();
        Self {
            text: query.text("q").to_owned(),
            only_overdue: query.text("overdue") == "1",
            cursor: query.cursor(),
        }
    }

    /// The link to this search with another filter, at this cursor.
    fn link(&self, only_overdue: bool, cursor: Option<(&str, LoanId)>) -> String {
        let (name, id) = cursor.map(|(name, id)| (name, id.to_string())).unzip();
        let parameters = [
            ("q", (!self.text.is_empty()).then_some(self.text.as_str())),
            ("overdue", only_overdue.then_some("1")),
            (name.unwrap_or_default(), id.as_deref()),
        ];
        link(PATH, &parameters)
    }
}

/// `GET /administrator/loans`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let filter = LoanFilter::parse(context);
    let (found, rules) = join!(find_loans(context, &filter), context.services.lending.rules());
    let (list, is_partial) = found?;
    let (rows, layout) = join!(
        loan_rows(context, &list.loans, rules),
        Layout::new_with_loans(context, "/administrator"),
    );
    let page_link = |name, id| filter.link(filter.only_overdue, Some((name, id)));
    let previous = list.previous.map(|id| PageLink::previous(page_link("before", id)));
    let next = list.next.map(|id| PageLink::next(page_link("after", id)));
    let heading = layout.text(if filter.only_overdue { "overdue-heading" } else { "desk-loans" });
    let loans_page = LoansPage {
        tab: "loans",
        title: layout.list_title(&filter.text, filter.cursor, &heading),
        heading,
        beyond_end: PageLink::beyond_end(filter.cursor, rows.is_empty(), || {
            filter.link(filter.only_overdue, None)
        }),
        toggle_overdue: filter.link(!filter.only_overdue, None),
        summary: summary(&layout, filter.only_overdue, list.total),
        is_partial,
        rows,
        page_links: previous.into_iter().chain(next).collect(),
        text: filter.text,
        only_overdue: filter.only_overdue,
        layout,
    };
    Ok(page(StatusCode::OK, &loans_page))
}

/// The matching loans, and whether the search exceeded [`MAX_MATCHES`].
async fn find_loans(
    context: &RequestContext<'_>,
    filter: &LoanFilter,
) -> Result<(LoanList, bool), Failure> {
    let services = context.services;
    let mut query = LoanQuery {
        today: Some(context.today()),
        only_overdue: filter.only_overdue,
        cursor: filter.cursor,
        limit: PAGE_SIZE,
        ..LoanQuery::default()
    };
    if filter.text.is_empty() {
        return Ok((services.borrowing.open_loans(query).await?, false));
    }
    let (patrons, books) = join!(
        services.patrons.find_ids(&filter.text, MAX_MATCHES),
        services.catalog.find_ids(&filter.text, MAX_MATCHES),
    );
    let ((patrons, more_patrons), (books, more_books)) = (patrons?, books?);
    if patrons.is_empty() && books.is_empty() {
        let none =
            LoanList { loans: Vec::new(), next: None, previous: None, total: Total::Exactly(0) };
        return Ok((none, false));
    }
    query.patrons = (!patrons.is_empty()).then(|| patrons.into_iter().collect());
    query.books = (!books.is_empty()).then(|| books.into_iter().collect());
    Ok((services.borrowing.open_loans(query).await?, more_patrons || more_books))
}

/// `POST /administrator/loans`: lends a book to a patron, renews it or takes it back, and returns to the page of the
/// form.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let patron: PatronId = form.value("patron_id")?.ok_or(Failure::InvalidForm)?;
    let action = match (form.value("lend")?, form.value("renew")?, form.value("return")?) {
        (Some(book), None, None) => LoanAction::Lend(book),
        (None, Some(book), None) => LoanAction::Renew(book),
        (None, None, Some(book)) => LoanAction::TakeBack(book),
        _ => return Err(Failure::InvalidForm),
    };
    let (notice, renewed) = execute(context, action, patron, form.text("key")?).await?;
    let back = context.own_page_or(form.text("back")?, PATH);
    let back = if back.starts_with("/administrator") { back } else { PATH };
    // A renewal can move the loan in the list.
    let anchor = renewed.map(|loan| format!("#loan-{loan}")).unwrap_or_default();
    Ok(context.redirect_with_notice(&format!("{back}{anchor}"), &notice))
}

/// A librarian's action for a patron.
#[derive(Clone, Copy)]
enum LoanAction {
    Lend(BookId),
    Renew(BookId),
    TakeBack(BookId),
}

/// Executes the action. Returns the notice, and the loan if it was renewed.
async fn execute(
    context: &RequestContext<'_>,
    action: LoanAction,
    patron: PatronId,
    page_key: &str,
) -> Result<(Notice, Option<LoanId>), Failure> {
    let (LoanAction::Lend(book) | LoanAction::Renew(book) | LoanAction::TakeBack(book)) = action;
    let (_, token) = context.patron()?;
    let key = |verb| idempotency_key(token, page_key, &format!("{verb} {book} {patron}"));
    let lending = &context.services.lending;
    let decision = async {
        match action {
            LoanAction::Lend(_) => lending.borrow(book, patron, &key("lend")).await,
            LoanAction::Renew(_) => lending.renew(book, patron, &key("renew")).await,
            LoanAction::TakeBack(_) => {
                let returned = lending.give_back(book, patron).await?;
                Ok(if returned { Decision::Done } else { Decision::Refused(None) })
            }
        }
    };
    let (decision, title, names) = join!(
        decision,
        context.book_title(book),
        context.services.patrons.patrons_by_id([patron]),
    );
    let names = names.unwrap_or_default();
    let name = match names.get(&patron) {
        Some(PatronDetails { patron, .. }) => {
            Texts::full_name(&patron.first_name, &patron.last_name)
        }
        None => context.texts().patron_number(patron),
    };
    let mut renewed = None;
    let notice = match (action, decision) {
        (_, Err(Failure::ServiceUnavailable)) => return Ok((Notice::OutcomeUnknown, None)),
        (_, Err(failure)) => return Err(failure),
        (LoanAction::TakeBack(_), Ok(Decision::Done)) => DeskNotice::Returned { title, name },
        (LoanAction::TakeBack(_), Ok(Decision::Refused(_))) => {
            DeskNotice::AlreadyReturned { title, name }
        }
        (_, Ok(Decision::Refused(reason))) => DeskNotice::Refused { title, name, reason },
        // A repeated form gets the first answer, so look up the patron's current loan.
        (_, Ok(Decision::Done)) => match current_loan(context, book, patron).await {
            Ok(None) => DeskNotice::AlreadyReturned { title, name },
            found => {
                let loan = found.ok().flatten();
                let due = loan.map(|loan| loan.date_due);
                if let LoanAction::Lend(_) = action {
                    DeskNotice::Lent { title, name, due }
                } else {
                    renewed = loan.map(|loan| loan.id);
                    DeskNotice::Renewed { title, name, due }
                }
            }
        },
    };
    Ok((Notice::Desk(notice), renewed))
}

/// The patron's current loan of a book; `None` if the patron no longer has it.
async fn current_loan(
    context: &RequestContext<'_>,
    book: BookId,
    patron: PatronId,
) -> Result<Option<Loan>, Failure> {
    let loans = context.services.borrowing.loans_of(patron).await?;
    Ok(loans.iter().map(|open| open.loan).find(|loan| loan.book == book))
}

/// The number of matching loans, in words.
fn summary(layout: &Layout<'_>, only_overdue: bool, total: Total) -> String {
    let key = if only_overdue { "loans-overdue" } else { "loans-open" };
    match total {
        Total::Exactly(count) => layout.counted(key, count),
        Total::MoreThanCounted => layout.text(&format!("many-{key}")),
    }
}

//! `/booklist/history`: the patron's past loans, and their deletion.

use askama::Template;
use contract::paging::Cursor;
use domain::{BookId, Date, LoanId};
use futures::join;
use http::StatusCode;

use crate::{
    context::RequestContext, flash::Notice, handler::PageResult, html::page, layout::Layout,
    links::link, page_links::PageLink,
};

const PATH: &str = "/booklist/history";

/// Loans on one page.
const PAGE_SIZE: u16 = 20;

#[derive(Template)]
#[template(path = "pages/history.html")]
struct HistoryPage<'a> {
    layout: Layout<'a>,
    title: String,
    rows: Vec<Row>,
    page_links: Vec<PageLink>,
    /// The link to the first page from a page after the last loan.
    beyond_end: Option<String>,
    /// Whether there are returned loans, which can be deleted.
    has_past: bool,
}

struct Row {
    book: BookId,
    title: String,
    author: String,
    date_out: Date,
    date_returned: Option<Date>,
}

/// `GET /booklist/history`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let (patron, _) = context.patron()?;
    let cursor = context.query().cursor();
    let services = context.services;
    let (history, layout) = join!(
        services.borrowing.history(patron.id, cursor, PAGE_SIZE),
        Layout::new_with_loans(context, "/booklist"),
    );
    let history = history?;
    let loans = history.loans;
    let books = services.catalog.books_by_id(loans.iter().map(|past| past.loan.book)).await;
    let books = books.unwrap_or_default();
    let has_past = history.previous.is_some()
        || history.next.is_some()
        || loans.iter().any(|past| past.date_returned.is_some());
    let rows = loans.into_iter().map(|past| {
        let id = past.loan.book;
        let (title, author) = match books.get(&id) {
            Some(book) => (book.title.clone(), book.author.clone()),
            None => (layout.texts.book_number(id), String::new()),
        };
        let (date_out, date_returned) = (past.loan.date_out, past.date_returned);
        Row { book: id, title, author, date_out, date_returned }
    });
    let rows: Vec<_> = rows.collect();
    let page_link = |name: &str, id: LoanId| link(PATH, &[(name, Some(&id.to_string()))]);
    let previous = history.previous.map(|id| PageLink::previous(page_link("before", id)));
    let next = history.next.map(|id| PageLink::next(page_link("after", id)));
    let history_page = HistoryPage {
        title: layout.list_title("", cursor, &layout.text("history")),
        page_links: previous.into_iter().chain(next).collect(),
        beyond_end: PageLink::beyond_end(cursor, rows.is_empty(), || PATH.to_owned()),
        rows,
        has_past,
        layout,
    };
    Ok(page(StatusCode::OK, &history_page))
}

#[derive(Template)]
#[template(path = "pages/history_delete.html")]
struct DeletePage<'a> {
    layout: Layout<'a>,
    /// The question with the number of past loans, in words.
    question: String,
    /// Whether there is something to delete.
    has_past: bool,
}

/// The number of loans that the question counts, which is the size of the ledger's largest page.
const MAX_COUNTED: u16 = 1000;

/// `GET /booklist/history/delete`: asks before the history is deleted.
pub(crate) async fn ask(context: &RequestContext<'_>) -> PageResult {
    let (patron, _) = context.patron()?;
    let (history, layout) = join!(
        context.services.borrowing.history(patron.id, Cursor::Start, MAX_COUNTED),
        Layout::new_with_loans(context, "/booklist"),
    );
    let history = history?;
    let count = history.loans.iter().filter(|past| past.date_returned.is_some()).count();
    let question = match history.next {
        None => layout.counted("delete-history-question", count),
        Some(_) => layout.counted("delete-history-question-many", count),
    };
    let has_past = count > 0 || history.next.is_some();
    Ok(page(StatusCode::OK, &DeletePage { layout, question, has_past }))
}

/// `POST /booklist/history`: deletes the patron's returned loans.
pub(crate) async fn delete(context: &RequestContext<'_>) -> PageResult {
    let (patron, _) = context.patron()?;
    let count = context.services.borrowing.delete_history(patron.id).await?;
    Ok(context.redirect_with_notice(PATH, &Notice::HistoryForgotten { count }))
}

//! `/booklist/history`: what the patron has had, until it is forgotten.

use askama::Template;
use domain::{BookId, Date, LoanId};
use futures::join;
use http::StatusCode;
use service_kit::peer::Peer;

use super::{Answer, see_with};
use crate::{
    failure::Failure,
    flash::Notice,
    html::page,
    visit::{Frame, Visit},
};

/// Loans on one page.
const ON_A_PAGE: usize = 20;

/// What the patron has and had.
#[derive(Template)]
#[template(path = "pages/history.html")]
struct HistoryPage {
    frame: Frame,
    rows: Vec<Row>,
    next: Option<LoanId>,
    /// Whether there is anything that can be forgotten.
    has_past: bool,
}

/// A loan that is or was.
struct Row {
    book: BookId,
    title: String,
    author: String,
    date_out: Date,
    date_returned: Option<Date>,
}

/// `GET /booklist/history`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let (patron, _) = visit.patron()?;
    let query = visit.query()?;
    let after = match query.text("after").map_err(|_| Failure::NotFound)? {
        None => None,
        Some(id) => Some(id.parse().map_err(|_| Failure::NotFound)?),
    };
    let (history, frame) = join!(
        visit.services.history(patron.id, after, ON_A_PAGE),
        visit.counting_frame("/booklist"),
    );
    let history = history?;
    let loans = history.loans.unwrap_or_default();
    let books = visit.services.books_by_id(loans.iter().map(|past| past.loan.book)).await;
    let books = books.unwrap_or_default();
    let has_past = after.is_some() || loans.iter().any(|past| past.date_returned.is_some());
    let rows = loans.into_iter().map(|past| {
        let id = past.loan.book;
        let book = books.get(&id);
        Row {
            book: id,
            title: book
                .map_or_else(|| frame.counted("book-number", id.get()), |book| book.title.clone()),
            author: book.map(|book| book.author.clone()).unwrap_or_default(),
            date_out: past.loan.date_out,
            date_returned: past.date_returned,
        }
    });
    let rows = rows.collect();
    Ok(page(StatusCode::OK, &HistoryPage { rows, next: history.next, has_past, frame }))
}

/// `POST /booklist/history`: deletes what the patron had and brought back.
pub(crate) async fn forget(visit: &Visit<'_, impl Peer>) -> Answer {
    let (patron, _) = visit.patron()?;
    let count = visit.services.forget(patron.id).await?;
    Ok(see_with(visit, "/booklist/history", &Notice::Forgotten { count }))
}

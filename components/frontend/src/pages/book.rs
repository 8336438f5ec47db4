//! `/book/{id}`: one book and where its copies are.

use askama::Template;
use domain::Date;
use futures::join;
use http::StatusCode;
use service_kit::peer::Peer;

use super::{
    Answer,
    catalogue::{Card, Deed},
};
use crate::{
    failure::Failure,
    html::page,
    services::OneBook,
    visit::{Frame, Visit},
};

/// Copies that are listed one by one; a title with more of them has a sentence for the rest.
const LISTED: usize = 50;

/// A book.
#[derive(Template)]
#[template(path = "pages/book.html")]
struct BookPage {
    frame: Frame,
    card: Card,
    copies: Vec<Copy>,
    /// How many further copies there are.
    unlisted: usize,
    ledger_is_away: bool,
    /// The desk's page about this book, for a librarian.
    desk: bool,
}

/// A copy, and until when it is out.
struct Copy {
    number: u32,
    due: Option<Date>,
}

/// `GET /book/{id}`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let id = visit.book_in_path()?;
    let patron = visit.patron().ok();
    let ids = [id];
    let (book, shelf, copies) = join!(
        visit.services.book(id),
        visit.services.shelf(&ids, patron.map(|(patron, _)| patron.id)),
        visit.services.copies(id),
    );
    let OneBook { book: [book], acquired } = book?.ok_or(Failure::NotFound)?;
    let ledger = shelf.and_then(|shelf| Ok((shelf, copies?))).ok();
    let shelf = ledger.as_ref().map(|(shelf, _)| shelf);
    let loans = shelf.map(|shelf| shelf.loans.as_slice()).unwrap_or_default();
    let frame = visit.frame("").with_loans(loans);
    let out = ledger.as_ref().map(|(_, copies)| copies);
    // A copy that is out without a day is not part of the library any more.
    let mut copies = (1..=acquired).filter_map(|number| match out?.get(&number) {
        None => Some(Copy { number, due: None }),
        Some(Some(due)) => Some(Copy { number, due: Some(*due) }),
        Some(None) => None,
    });
    let page_of_book = BookPage {
        copies: copies.by_ref().take(LISTED).collect(),
        unlisted: copies.count(),
        ledger_is_away: ledger.is_none(),
        desk: patron.is_some_and(|(patron, _)| patron.role == "librarian"),
        card: Card::of(book, shelf, &visit.who, &frame),
        frame,
    };
    Ok(page(StatusCode::OK, &page_of_book))
}

//! `/book/{id}`: one book and where its copies are.

use std::collections::BTreeMap;

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

impl Copy {
    /// The copies that the library has. One that is out without a day is withdrawn. A loan that came into the ledger
    /// without limits has a number that is no copy's: it has one of those that would seem to be here.
    fn all(acquired: u32, out: &BTreeMap<u32, Option<Date>>) -> impl Iterator<Item = Copy> {
        let mut others = out.range(acquired + 1..).filter_map(|(_, due)| *due);
        (1..=acquired).filter_map(move |number| match out.get(&number) {
            None => Some(Copy { number, due: others.next() }),
            Some(Some(due)) => Some(Copy { number, due: Some(*due) }),
            Some(None) => None,
        })
    }
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
    let mut copies = out.into_iter().flat_map(|out| Copy::all(acquired, out));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loan_has_a_copy_and_a_withdrawn_copy_is_none() {
        let due = |day: u8| format!("2026-03-{day:02}").parse::<Date>().ok();
        let of = |out: &[(u32, Option<Date>)]| -> Vec<_> {
            let out = out.iter().copied().collect();
            Copy::all(3, &out).map(|copy| (copy.number, copy.due)).collect()
        };
        assert_eq!(of(&[]), [(1, None), (2, None), (3, None)]);
        assert_eq!(of(&[(2, due(1)), (3, None)]), [(1, None), (2, due(1))]);
        assert_eq!(of(&[(1, due(1)), (57, due(2))]), [(1, due(1)), (2, due(2)), (3, None)]);
    }
}

//! `/book/{id}`: one book, its copies, and more by the same author.

use std::collections::BTreeMap;

use askama::Template;
use contract::catalog::BookOrder;
use domain::{Book, BookId, Date, PatronId};
use futures::join;
use http::StatusCode;

use super::book_card::{BookAction, BookCard, CardContext, rules_for};
use crate::{
    context::RequestContext,
    cover::gutenberg_page,
    failure::Failure,
    handler::PageResult,
    html::page,
    layout::Layout,
    links::link,
    services::{BookQuery, CopyAway},
};

/// The number of copies that are listed; further ones are only counted.
const MAX_LISTED: usize = 50;

/// The number of further books by the author.
const MORE_BY_AUTHOR: usize = 4;

#[derive(Template)]
#[template(path = "pages/book.html")]
struct BookPage<'a> {
    layout: Layout<'a>,
    card: BookCard,
    /// The patron's loan is due on this date.
    due: Option<Date>,
    /// The catalog page with the author's books.
    author_link: String,
    /// The free text of the book at Project Gutenberg.
    gutenberg_link: Option<String>,
    copies: Vec<Copy>,
    /// Copies beyond the listed ones.
    unlisted: usize,
    more_by_author: Vec<(BookId, String)>,
    is_ledger_unavailable: bool,
    is_librarian: bool,
}

/// A copy of the book.
#[derive(Debug, PartialEq, Eq)]
struct Copy {
    number: u32,
    state: CopyState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CopyState {
    Available,
    /// On loan, due on this date.
    OnLoan(Date),
    /// On loan to the visitor.
    WithYou(Date),
}

impl Copy {
    /// The copies in the collection, as `patron` sees them. `away` has those that are on loan or withdrawn.
    ///
    /// A loan that entered the ledger without limits can have a copy number beyond the acquired ones. It replaces
    /// one of the copies that would otherwise be shown as available.
    fn all(
        acquired: u32,
        away: &BTreeMap<u32, CopyAway>,
        patron: Option<PatronId>,
    ) -> impl Iterator<Item = Copy> {
        let mut others = away.range(acquired + 1..).filter(|(_, copy)| copy.due.is_some());
        (1..=acquired).filter_map(move |number| {
            let copy = away.get(&number).or_else(|| others.next().map(|(_, copy)| copy));
            let state = match copy {
                None => CopyState::Available,
                Some(CopyAway { due: None, .. }) => return None,
                Some(CopyAway { due: Some(due), patron: Some(borrower) })
                    if patron == Some(*borrower) =>
                {
                    CopyState::WithYou(*due)
                }
                Some(CopyAway { due: Some(due), .. }) => CopyState::OnLoan(*due),
            };
            Some(Copy { number, state })
        })
    }
}

/// `GET /book/{id}`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let id = context.book_in_path()?;
    let services = context.services;
    let ids = [id];
    let (details, availability, copies) = join!(
        services.catalog.book(id),
        services.borrowing.availability(&ids, context.patron_id()),
        services.borrowing.copies(id),
    );
    let details = details?.ok_or(Failure::NotFound)?;
    let ledger = availability.and_then(|availability| Ok((availability, copies?))).ok();
    let availability = ledger.as_ref().map(|(availability, _)| availability);
    let (rules, more_by_author) =
        join!(rules_for(context, availability), more_by_author(context, &details.book));
    let loans = availability.map(|availability| availability.loans.as_slice());
    let layout = Layout::new(context, "").with_loans(loans.unwrap_or_default());
    let due = availability.and_then(|availability| availability.loan_of(id));
    let due = due.map(|open| open.loan.date_due);
    let away = ledger.as_ref().map(|(_, copies)| copies);
    let all = |away| Copy::all(details.acquired, away, context.patron_id());
    let mut all = away.into_iter().flat_map(all);
    let copies: Vec<_> = all.by_ref().take(MAX_LISTED).collect();
    let unlisted = all.count();
    let author_link = link("/", &[("author", Some(&details.book.author))]);
    let card =
        CardContext { visitor: &context.visitor, layout: &layout, availability, rules, from: None };
    let book_page = BookPage {
        gutenberg_link: gutenberg_page(&details.book.thumbnail_url),
        card: card.card(details.book),
        due,
        author_link,
        copies,
        unlisted,
        more_by_author,
        is_ledger_unavailable: ledger.is_none(),
        is_librarian: context.visitor.is_librarian(),
        layout,
    };
    Ok(page(StatusCode::OK, &book_page))
}

/// Other books by the author; none if the catalog is unavailable.
async fn more_by_author(context: &RequestContext<'_>, book: &Book) -> Vec<(BookId, String)> {
    let query = BookQuery {
        author: &book.author,
        order: BookOrder::Newest,
        // One more, because the book itself may be among them.
        limit: MORE_BY_AUTHOR as u16 + 1,
        ..BookQuery::default()
    };
    let list = context.services.catalog.books(&query).await.unwrap_or_default();
    let others = list.books.into_iter().filter(|other| other.id != book.id);
    others.take(MORE_BY_AUTHOR).map(|other| (other.id, other.title)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(day: u8) -> Date {
        format!("2026-03-{day:02}").parse().unwrap()
    }

    /// The copies of a title with three, as patron 1 sees them.
    fn all(away: &[(u32, Option<Date>, i64)]) -> Vec<(u32, CopyState)> {
        let away = away.iter().map(|&(number, due, patron)| {
            (number, CopyAway { due, patron: PatronId::try_from(patron).ok() })
        });
        let away = away.collect();
        let copies = Copy::all(3, &away, PatronId::try_from(1).ok());
        copies.map(|copy| (copy.number, copy.state)).collect()
    }

    #[test]
    fn every_loan_has_a_copy_and_withdrawn_copies_are_not_listed() {
        use CopyState::{Available, OnLoan};
        assert_eq!(all(&[]), [(1, Available), (2, Available), (3, Available)]);
        assert_eq!(
            all(&[(2, Some(due(1)), 5), (3, None, 0)]),
            [(1, Available), (2, OnLoan(due(1)))]
        );
        assert_eq!(
            all(&[(1, Some(due(1)), 5), (57, Some(due(2)), 6)]),
            [(1, OnLoan(due(1))), (2, OnLoan(due(2))), (3, Available)]
        );
    }

    #[test]
    fn the_copy_of_the_patron_is_known_among_others_with_the_same_due_date() {
        use CopyState::{Available, OnLoan, WithYou};
        assert_eq!(
            all(&[(1, Some(due(4)), 5), (2, Some(due(4)), 1)]),
            [(1, OnLoan(due(4))), (2, WithYou(due(4))), (3, Available)]
        );
        assert_eq!(all(&[(57, Some(due(4)), 1)])[0], (1, WithYou(due(4))));
        // The answer of an older service does not contain the borrower.
        assert_eq!(all(&[(1, Some(due(4)), 0)])[0], (1, OnLoan(due(4))));
    }
}

//! `/booklist`: what the patron has, to renew and to return. Borrowing, from any page, ends here too.

use std::collections::BTreeMap;

use askama::Template;
use domain::{Book, BookId, Date, OpenLoan};
use futures::{future::join_all, join};
use http::StatusCode;
use service_kit::peer::Peer;

use super::{Answer, see_with};
use crate::{
    cover::Cover,
    failure::Failure,
    flash::Notice,
    form::Form,
    html::page,
    services::Decision,
    session::idempotency_key,
    visit::{Frame, Visit},
};

/// My books.
#[derive(Template)]
#[template(path = "pages/loans.html")]
struct LoansPage {
    frame: Frame,
    /// Whose slip this is when it is printed.
    name: String,
    rows: Vec<Row>,
    /// The catalogue is away, and with it what the books are called.
    catalog_is_away: bool,
}

/// A book that the patron has.
pub(super) struct Row {
    pub(super) book: BookId,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) cover: Option<Cover>,
    pub(super) due: Date,
    /// Due in 3 days.
    pub(super) due_in_words: String,
    pub(super) is_overdue: bool,
    pub(super) renewals: u32,
}

impl Row {
    fn of(open: &OpenLoan, book: Option<&Book>, frame: &Frame) -> Self {
        let loan = open.loan;
        let unnamed = || frame.counted("book-number", loan.book.get());
        Self {
            book: loan.book,
            title: book.map_or_else(unnamed, |book| book.title.clone()),
            author: book.map(|book| book.author.clone()).unwrap_or_default(),
            cover: book.map(Cover::of),
            due: loan.date_due,
            due_in_words: frame.texts().due(frame.today, loan.date_due),
            is_overdue: loan.date_due < frame.today,
            renewals: open.renewals,
        }
    }
}

/// `GET /booklist`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let (patron, _) = visit.patron()?;
    let loans = visit.services.shelf(&[], Some(patron.id)).await?.loans;
    let books = visit.services.books_by_id(loans.iter().map(|open| open.loan.book)).await;
    let frame = visit.frame("/booklist").with_loans(&loans);
    let catalog_is_away = books.is_err();
    let books = books.unwrap_or_default();
    let rows = loans.iter().map(|open| Row::of(open, books.get(&open.loan.book), &frame)).collect();
    let name = format!("{} {}", patron.first_name, patron.last_name);
    Ok(page(StatusCode::OK, &LoansPage { frame, name, rows, catalog_is_away }))
}

/// `POST /`: borrows `book_id`.
pub(crate) async fn borrow(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let (patron, token) = visit.patron()?;
    let book: BookId = form.value("book_id")?.ok_or(Failure::BadForm)?;
    let key = idempotency_key(token, form.text("key")?, &format!("borrow {book}"));
    let (decision, title) = join!(visit.services.borrow(book, patron.id, &key), title(visit, book));
    let notice = match decision {
        Ok(Decision::Done) => Notice::Borrowed { title },
        other => said_no(other, title)?,
    };
    Ok(see_with(visit, "/booklist", &notice))
}

/// `POST /booklist`: returns a book, renews one, or renews all.
pub(crate) async fn change(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let notice = match (form.value("return")?, form.value("renew")?, form.text("renew_all")?) {
        (Some(book), None, "") => give_back(visit, book).await?,
        (None, Some(book), "") => renew(visit, book, form.text("key")?).await?,
        (None, None, "1") => renew_all(visit, form.text("key")?).await?,
        _ => return Err(Failure::BadForm),
    };
    Ok(see_with(visit, "/booklist", &notice))
}

async fn give_back(visit: &Visit<'_, impl Peer>, book: BookId) -> Result<Notice, Failure> {
    let (patron, _) = visit.patron()?;
    let (returned, title) = join!(visit.services.give_back(book, patron.id), title(visit, book));
    match returned {
        Ok(true) => Ok(Notice::Returned { title }),
        Ok(false) => Ok(Notice::ReturnedBefore { title }),
        Err(Failure::Away) => Ok(Notice::Unknown),
        Err(failure) => Err(failure),
    }
}

async fn renew(
    visit: &Visit<'_, impl Peer>,
    book: BookId,
    page_key: &str,
) -> Result<Notice, Failure> {
    let (decision, title) = join!(renewed(visit, book, page_key), title(visit, book));
    match decision {
        Ok(Decision::Done) => Ok(Notice::Renewed { title }),
        other => said_no(other, title),
    }
}

async fn renew_all(visit: &Visit<'_, impl Peer>, page_key: &str) -> Result<Notice, Failure> {
    let (patron, _) = visit.patron()?;
    let loans = visit.services.shelf(&[], Some(patron.id)).await?.loans;
    let decisions =
        join_all(loans.iter().map(|open| renewed(visit, open.loan.book, page_key))).await;
    let (mut done, mut refused) = (0, 0);
    for decision in decisions {
        match decision {
            Ok(Decision::Done) => done += 1,
            Ok(Decision::Refused(_)) => refused += 1,
            Err(Failure::Away) => return Ok(Notice::Unknown),
            Err(failure) => return Err(failure),
        }
    }
    match refused {
        0 => Ok(Notice::RenewedAll { count: done }),
        _ => Ok(Notice::RenewedSome { renewed: done, refused }),
    }
}

async fn renewed(
    visit: &Visit<'_, impl Peer>,
    book: BookId,
    page_key: &str,
) -> Result<Decision, Failure> {
    let (patron, token) = visit.patron()?;
    let key = idempotency_key(token, page_key, &format!("renew {book}"));
    visit.services.renew(book, patron.id, &key).await
}

/// What a wish that was not granted comes to. Without an answer nobody knows whether it was: the page that
/// the notice stands on shows it.
pub(super) fn said_no(
    decision: Result<Decision, Failure>,
    title: String,
) -> Result<Notice, Failure> {
    match decision {
        Ok(Decision::Refused(reason)) => Ok(Notice::Refused { title, reason }),
        Ok(Decision::Done) => Err(Failure::fault("a granted wish was taken for a refusal")),
        Err(Failure::Away) => Ok(Notice::Unknown),
        Err(failure) => Err(failure),
    }
}

/// What the book is called, or at least its number.
pub(super) async fn title(visit: &Visit<'_, impl Peer>, book: BookId) -> String {
    let found: BTreeMap<_, Book> = visit.services.books_by_id([book]).await.unwrap_or_default();
    match found.into_values().next() {
        Some(book) => book.title,
        None => visit.frame("").counted("book-number", book.get()),
    }
}

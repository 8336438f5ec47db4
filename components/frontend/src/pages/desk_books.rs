//! `/administrator/books`: the collection; new books, more copies, fewer copies.

use askama::Template;
use domain::{Book, BookId};
use futures::join;
use http::{Method, StatusCode};
use serde_json::json;
use service_kit::{body::is_line, peer::Peer};

use super::{Answer, loans::said_no, see_with};
use crate::{
    failure::Failure,
    flash::Notice,
    form::Form,
    html::page,
    services::{BookSearch, Decision, OneBook, exchange},
    session::idempotency_key,
    visit::{Frame, Visit, query_value},
};

/// Books on one page.
const ON_A_PAGE: usize = 25;
/// Most characters of a title or an author.
const LONGEST: usize = 255;
/// Most copies of a title.
const MOST_COPIES: u32 = 9999;

/// The collection, and a form for a book that is new in it.
#[derive(Template)]
#[template(path = "pages/desk_books.html")]
struct BooksPage {
    frame: Frame,
    tab: &'static str,
    text: String,
    books: Vec<Book>,
    previous: Option<String>,
    next: Option<String>,
    typed: Typed,
    problem: Option<String>,
}

/// What was typed into the form for a new book.
#[derive(Default)]
struct Typed {
    title: String,
    author: String,
    copies: String,
    cover: String,
    /// The page's own; a form that is sent again after a mistake is the same wish.
    key: String,
}

impl Typed {
    fn of(form: &Form) -> Result<Self, Failure> {
        let text = |name| form.text(name).map(str::to_owned);
        Ok(Self {
            title: text("title")?,
            author: text("author")?,
            copies: text("copies")?,
            cover: text("cover")?,
            key: text("key")?,
        })
    }

    /// How many copies, or the key of the text that says what is wrong.
    fn checked(&self) -> Result<u32, &'static str> {
        if !is_line(&self.title, LONGEST) || !is_line(&self.author, LONGEST) {
            return Err("book-needs-names");
        }
        if !self.cover.is_empty() && !self.cover.starts_with(crate::cover::PICTURES) {
            return Err("book-needs-cover");
        }
        self.copies
            .parse()
            .ok()
            .filter(|copies| (1..=MOST_COPIES).contains(copies))
            .ok_or("book-needs-copies")
    }
}

/// `GET /administrator/books`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    list(visit, StatusCode::OK, Typed { copies: "1".into(), ..Typed::default() }, None).await
}

async fn list(
    visit: &Visit<'_, impl Peer>,
    status: StatusCode,
    mut typed: Typed,
    problem: Option<&str>,
) -> Answer {
    let query = visit.query()?;
    let text = |name| query.text(name).map_err(|_| Failure::NotFound);
    let cursor = |name| match text(name)? {
        None => Ok(None),
        Some(id) => id.parse().map(Some).map_err(|_| Failure::NotFound),
    };
    let words = text("q")?.unwrap_or_default().trim().to_owned();
    let (after, before) = (cursor("after")?, cursor("before")?);
    let before = before.filter(|_: &BookId| after.is_none());
    let search = BookSearch { text: &words, sort: "title", after, before, limit: ON_A_PAGE };
    let (found, frame) =
        join!(visit.services.books(&search), visit.counting_frame("/administrator"));
    let found = found?;
    let link = |name: &str, id: BookId| {
        let q =
            if words.is_empty() { String::new() } else { format!("q={}&", query_value(&words)) };
        format!("/administrator/books?{q}{name}={id}")
    };
    if typed.key.is_empty() {
        typed.key.clone_from(&frame.page_key);
    }
    let books_page = BooksPage {
        tab: "books",
        previous: found.previous.map(|id| link("before", id)),
        next: found.next.map(|id| link("after", id)),
        books: found.books,
        typed,
        problem: problem.map(|key| frame.t(key)),
        text: words,
        frame,
    };
    Ok(page(status, &books_page))
}

/// `POST /administrator/books`: a book that is new in the collection.
pub(crate) async fn add(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let typed = Typed::of(form)?;
    let (_, token) = visit.patron()?;
    let copies = match typed.checked() {
        Ok(copies) => copies,
        Err(problem) => {
            return list(visit, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(problem)).await;
        }
    };
    let wish = json!({ "book": {
        "title": typed.title,
        "author": typed.author,
        "count": copies,
        "thumbnailUrl": typed.cover,
    }});
    let key = idempotency_key(token, &typed.key, "add book");
    let catalog = &visit.services.catalog;
    let answer = exchange(catalog, Method::POST, "/catdb/books", &wish, Some(&key)).await?;
    match answer.status() {
        StatusCode::CREATED => {
            let notice = Notice::BookAdded { title: typed.title };
            Ok(see_with(visit, "/administrator/books", &notice))
        }
        // What we did not find wrong, or the form came back changed after it had been done.
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let fresh = Typed { key: String::new(), ..typed };
            list(visit, status, fresh, Some("book-not-taken")).await
        }
        other => Err(unexpected(catalog, other)),
    }
}

/// A book, as the desk changes it.
#[derive(Template)]
#[template(path = "pages/desk_book.html")]
struct BookPage {
    frame: Frame,
    tab: &'static str,
    book: Book,
    out: Option<u32>,
}

/// `GET /administrator/books/{id}`.
pub(crate) async fn show_one(visit: &Visit<'_, impl Peer>) -> Answer {
    let id = visit.book_in_path()?;
    let ids = [id];
    let (patron, _) = visit.patron()?;
    let (book, shelf) = join!(visit.services.book(id), visit.services.shelf(&ids, Some(patron.id)));
    let OneBook { book: [book], .. } = book?.ok_or(Failure::NotFound)?;
    let out = shelf.as_ref().ok().map(|shelf| shelf.out(id).copies);
    let frame = visit.frame("/administrator").with_loans(&shelf.unwrap_or_default().loans);
    Ok(page(StatusCode::OK, &BookPage { frame, tab: "books", book, out }))
}

/// `POST /administrator/books/{id}`: more copies, or one fewer.
pub(crate) async fn change(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let id = visit.book_in_path()?;
    let OneBook { book: [book], .. } = visit.services.book(id).await?.ok_or(Failure::NotFound)?;
    let notice = match (form.value::<u32>("add")?, form.text("withdraw")?) {
        (Some(more), "") => add_copies(visit, form, book, more).await?,
        (None, "1") => withdraw(visit, form, book).await?,
        _ => return Err(Failure::BadForm),
    };
    Ok(see_with(visit, &format!("/administrator/books/{id}"), &notice))
}

/// The form says how many copies there were when it was made: sent twice it adds them once, and of two librarians
/// who add copies at once, one is told.
async fn add_copies(
    visit: &Visit<'_, impl Peer>,
    form: &Form,
    book: Book,
    more: u32,
) -> Result<Notice, Failure> {
    let from: u32 = form.value("from")?.ok_or(Failure::BadForm)?;
    let to = from.checked_add(more).filter(|to| more > 0 && *to <= MOST_COPIES);
    let to = to.ok_or(Failure::BadForm)?;
    let (_, token) = visit.patron()?;
    let key = idempotency_key(token, form.text("key")?, &format!("add copies {}", book.id));
    let wish = json!({ "copies": { "from": from, "to": to } });
    let target = format!("/catdb/books/{}/copies", book.id);
    let catalog = &visit.services.catalog;
    let answer = exchange(catalog, Method::PUT, &target, &wish, Some(&key)).await?;
    match answer.status() {
        StatusCode::CREATED => Ok(Notice::CopiesAdded { title: book.title }),
        StatusCode::CONFLICT => Ok(Notice::CopiesChanged { title: book.title }),
        other => Err(unexpected(catalog, other)),
    }
}

async fn withdraw(
    visit: &Visit<'_, impl Peer>,
    form: &Form,
    book: Book,
) -> Result<Notice, Failure> {
    let (_, token) = visit.patron()?;
    let key = idempotency_key(token, form.text("key")?, &format!("withdraw {}", book.id));
    match visit.services.withdraw(book.id, &key).await {
        Ok(Decision::Done) => Ok(Notice::CopyWithdrawn { title: book.title }),
        other => said_no(other, book.title),
    }
}

/// A status that the contract does not have.
pub(super) fn unexpected(peer: &impl Peer, status: StatusCode) -> Failure {
    Failure::of(peer, service_kit::peer::PeerError::Status(status))
}

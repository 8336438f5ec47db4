//! `/administrator/books`: the collection, and a form for a new book.

use askama::Template;
use contract::catalog::{BookOrder, NewBook};
use domain::{Book, BookId, CopyCount};
use futures::join;
use http::StatusCode;

use super::book_fields::BookFields;
use crate::{
    context::RequestContext,
    csrf::idempotency_key,
    failure::Failure,
    fields::{Field, focus_first_error},
    flash::{DeskNotice, Notice},
    form::Form,
    handler::PageResult,
    html::page,
    layout::Layout,
    links::link,
    page_links::PageLink,
    services::{AddBook, BookQuery},
    texts::Texts,
};

const PATH: &str = "/administrator/books";

/// Books on one page.
const PAGE_SIZE: u16 = 25;

#[derive(Template)]
#[template(path = "pages/desk/books.html")]
struct BooksPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    title: String,
    text: String,
    books: Vec<Book>,
    page_links: Vec<PageLink>,
    /// The link to the first page from a page after the last book.
    beyond_end: Option<String>,
    form: NewBookForm,
    /// The error of the form as a whole.
    problem: Option<String>,
}

/// The form for a new book.
#[derive(Default)]
struct NewBookForm {
    fields: BookFields,
    copies: Field,
    /// The key of the first rendered form. A corrected form keeps it, so that the book is added once.
    key: String,
    /// The existing book with this title and author.
    duplicate_of: Option<BookId>,
}

impl NewBookForm {
    /// Whether a field has an error.
    fn has_error(&self) -> bool {
        self.fields.has_error() || self.copies.error.is_some()
    }

    fn read(form: &Form) -> Result<Self, Failure> {
        Ok(Self {
            fields: BookFields::read(form)?,
            copies: Field::read(form, "copies")?,
            key: form.text("key")?.to_owned(),
            duplicate_of: None,
        })
    }

    /// The book, or `None` after setting the fields' errors.
    fn check(&mut self, texts: &Texts) -> Option<NewBook> {
        let description = self.fields.check(texts);
        let copies = self.copies.value.parse::<CopyCount>().ok();
        let copies = copies.filter(|copies| copies.get() > 0);
        if copies.is_none() {
            self.copies.error = Some(texts.text("book-needs-copies"));
        }
        if focus_first_error(self.fields.in_order().into_iter().chain([&mut self.copies])) {
            return None;
        }
        Some(NewBook::new(description?, copies?))
    }
}

/// `GET /administrator/books`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let form = match context.draft() {
        Some(form) => NewBookForm::read(&form)?,
        None => NewBookForm { copies: Field::new("1"), ..NewBookForm::default() },
    };
    list(context, StatusCode::OK, form, None).await
}

async fn list(
    context: &RequestContext<'_>,
    status: StatusCode,
    mut form: NewBookForm,
    problem: Option<&str>,
) -> PageResult {
    let query = context.query();
    let text = query.text("q");
    let (order, cursor) = (BookOrder::Title, query.cursor());
    let book_query = BookQuery { text, order, cursor, limit: PAGE_SIZE, author: "" };
    let (list, layout) = join!(
        context.services.catalog.books(&book_query),
        Layout::new_with_loans(context, "/administrator"),
    );
    let list = list?;
    let q = (!text.is_empty()).then_some(text);
    let address = |name: &str, id: BookId| link(PATH, &[("q", q), (name, Some(&id.to_string()))]);
    let previous = list.previous.map(|id| PageLink::previous(address("before", id)));
    let next = list.next.map(|id| PageLink::next(address("after", id)));
    if form.key.is_empty() {
        form.key.clone_from(&layout.page_key);
    }
    let books_page = BooksPage {
        tab: "books",
        title: layout.list_title(text, cursor, &layout.text("desk-books")),
        beyond_end: PageLink::beyond_end(cursor, list.books.is_empty(), || link(PATH, &[("q", q)])),
        page_links: previous.into_iter().chain(next).collect(),
        books: list.books,
        form,
        problem: problem.map(|key| layout.text(key)),
        text: text.to_owned(),
        layout,
    };
    Ok(page(status, &books_page))
}

/// `POST /administrator/books`: adds a book; a duplicate only after a confirmation.
pub(crate) async fn add(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let mut new = NewBookForm::read(form)?;
    let (_, token) = context.patron()?;
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(mut book) = new.check(context.texts()) else {
        return list(context, invalid, new, None).await;
    };
    let is_confirmed = form.text("anyway")? == "1";
    book.refuse_duplicate = !is_confirmed;
    let action = if is_confirmed { "add book anyway" } else { "add book" };
    let key = idempotency_key(token, &new.key, action);
    match context.services.catalog.add_book(book, &key).await? {
        AddBook::Added(id) => {
            let notice = DeskNotice::BookAdded { title: new.fields.title.value, id };
            Ok(context.redirect_with_notice(PATH, &Notice::Desk(notice)))
        }
        AddBook::Duplicate(id) => {
            new.duplicate_of = Some(id);
            list(context, StatusCode::CONFLICT, new, None).await
        }
        AddBook::Rejected => {
            new.key = String::new();
            list(context, invalid, new, Some("book-rejected")).await
        }
    }
}

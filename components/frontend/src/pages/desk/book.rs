//! `/administrator/books/{id}`: a book's copies, loans and catalog entry.

use askama::Template;
use contract::catalog::BookCorrection;
use domain::{Book, BookId, CopyCount};
use futures::join;
use http::StatusCode;

use super::{
    book_fields::{BookFields, read_seen, write_seen},
    loan_row::{LoanRow, Shown, loan_rows},
};
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
    services::{ChangeCopies, EditBook, LoanQuery, RemoveBook, WithdrawCopy},
};

/// The number of the book's loans that are listed, by due date.
const MAX_LOANS: u16 = 50;

#[derive(Template)]
#[template(path = "pages/desk/book.html")]
struct BookPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    book: Book,
    /// The book as the page shows it, for the form that corrects it.
    seen: String,
    /// The path that the forms post to; the confirmation pages are below it.
    address: String,
    withdraw_link: String,
    remove_link: String,
    /// Copies on loan, `None` when the ledger is unavailable.
    out: Option<u32>,
    /// Copies that can be withdrawn; `None` if the ledger is unavailable.
    available: Option<u32>,
    /// The first loans of the book.
    rows: Vec<LoanRow>,
    /// The link to the open loans, if the book has more than the listed ones.
    more_loans: Option<String>,
    /// The number of copies that can still be added.
    max_more: u32,
    forms: BookForms,
}

/// The values and errors of the page's forms.
struct BookForms {
    /// The number of copies to add.
    more: Field,
    /// `None` for the book's current values.
    fields: Option<BookFields>,
    /// The book as the librarian saw it before changing the fields; `None` for the current one.
    seen: Option<String>,
    /// Another book with the same title and author.
    duplicate_of: Option<BookId>,
    /// The error of the correction as a whole.
    problem: Option<String>,
}

impl BookForms {
    /// The form that was sent after the session had ended.
    fn of_draft(draft: &Form) -> Result<Self, Failure> {
        let mut forms = Self::default();
        if !draft.text("add")?.is_empty() {
            forms.more = Field::read(draft, "add")?;
        }
        if is_edit(draft)? {
            forms.fields = Some(BookFields::read(draft)?);
            forms.seen =
                read_seen(draft).is_ok().then(|| draft.text("seen")).transpose()?.map(Into::into);
        }
        Ok(forms)
    }

    /// Whether something is wrong with a form.
    fn has_error(&self) -> bool {
        let is_wrong = self.fields.as_ref().is_some_and(BookFields::has_error);
        is_wrong
            || self.more.error.is_some()
            || self.duplicate_of.is_some()
            || self.problem.is_some()
    }
}

impl Default for BookForms {
    fn default() -> Self {
        let more = Field::new("1");
        Self { more, fields: None, seen: None, duplicate_of: None, problem: None }
    }
}

/// `GET /administrator/books/{id}`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let forms = context.draft().map(|draft| BookForms::of_draft(&draft)).transpose()?;
    book_page(context, StatusCode::OK, forms.unwrap_or_default()).await
}

async fn book_page(
    context: &RequestContext<'_>,
    status: StatusCode,
    mut forms: BookForms,
) -> PageResult {
    let id = context.book_in_path()?;
    let ids = [id];
    let services = context.services;
    let query = LoanQuery {
        today: Some(context.today()),
        books: Some([id].into()),
        limit: MAX_LOANS,
        ..LoanQuery::default()
    };
    let (book, availability, loans, rules) = join!(
        find(context),
        services.borrowing.availability(&ids, context.patron_id()),
        services.borrowing.open_loans(query),
        services.lending.rules(),
    );
    let book = book?;
    let out = availability.as_ref().ok().map(|availability| availability.copies_of(id).out);
    let (loans, next) = loans.map(|list| (list.loans, list.next)).unwrap_or_default();
    let rows = loan_rows(context, &loans, rules).await;
    forms.fields.get_or_insert_with(|| BookFields::of(&book));
    let book_page = BookPage {
        layout: Layout::new(context, "/administrator")
            .with_loans(&availability.unwrap_or_default().loans),
        tab: "books",
        address: context.link_with_from(&path(id)),
        withdraw_link: context.link_with_from(&format!("{}/withdraw", path(id))),
        remove_link: context.link_with_from(&format!("{}/remove", path(id))),
        available: out.map(|out| book.copies.saturating_sub(out)),
        max_more: CopyCount::MAX.saturating_sub(book.copies),
        more_loans: next.map(|_| link("/administrator/loans", &[("q", Some(&*book.title))])),
        seen: forms.seen.take().map_or_else(|| write_seen(&book), Ok)?,
        book,
        out,
        rows,
        forms,
    };
    Ok(page(status, &book_page))
}

/// The book in the path.
pub(super) async fn find(context: &RequestContext<'_>) -> Result<Book, Failure> {
    let id = context.book_in_path()?;
    Ok(context.services.catalog.book(id).await?.ok_or(Failure::NotFound)?.book)
}

/// `POST /administrator/books/{id}`: adds copies, withdraws one, corrects the book, or removes it.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let book = find(context).await?;
    let path = context.link_with_from(&path(book.id));
    let is_set = |name| Ok::<_, Failure>(form.text(name)? == "1");
    let adds = !form.text("add")?.is_empty();
    let notice = match (is_edit(form)?, is_set("withdraw")?, is_set("remove")?, adds) {
        (true, false, false, false) => return edit(context, form, book).await,
        (false, true, false, false) => withdraw(context, form, book).await?,
        (false, false, true, false) => return remove(context, book).await,
        (false, false, false, _) => match add_copies(context, form, book).await? {
            Ok(notice) => notice,
            Err(more) => {
                let forms = BookForms { more, ..BookForms::default() };
                return book_page(context, StatusCode::UNPROCESSABLE_ENTITY, forms).await;
            }
        },
        _ => return Err(Failure::InvalidForm),
    };
    Ok(context.redirect_with_notice(&path, &notice))
}

/// Whether the form corrects the book, possibly in spite of a duplicate.
fn is_edit(form: &Form) -> Result<bool, Failure> {
    Ok(form.text("edit")? == "1" || form.text("anyway")? == "1")
}

/// Adds copies. Returns the notice, or the field with its error.
///
/// The form contains the number of copies that it was rendered with. So a repeated form adds them once, and of two
/// librarians who add copies at the same time, one gets an error.
async fn add_copies(
    context: &RequestContext<'_>,
    form: &Form,
    book: Book,
) -> Result<Result<Notice, Field>, Failure> {
    let from: CopyCount = form.value("from")?.ok_or(Failure::InvalidForm)?;
    let mut field = Field::read(form, "add")?;
    let more = field.value.parse::<u32>().ok().filter(|more| *more > 0);
    let to = more.and_then(|more| CopyCount::try_from(from.get().checked_add(more)?).ok());
    let Some(to) = to else {
        let more = i64::from(CopyCount::MAX - from.get());
        let values = [("max", i64::from(CopyCount::MAX).into()), ("count", more.into())];
        field.error = Some(context.texts().with("too-many-copies", &values));
        field.autofocus = true;
        return Ok(Err(field));
    };
    let (_, token) = context.patron()?;
    let key = idempotency_key(token, form.text("key")?, &format!("add copies {}", book.id));
    let title = book.title;
    let notice = match context.services.catalog.change_copies(book.id, from, to, &key).await? {
        ChangeCopies::Changed => DeskNotice::CopiesAdded { title },
        ChangeCopies::Conflict => DeskNotice::CopiesChanged { title },
    };
    Ok(Ok(Notice::Desk(notice)))
}

/// As for copies that are added, the form carries the number of copies it was made for.
async fn withdraw(
    context: &RequestContext<'_>,
    form: &Form,
    book: Book,
) -> Result<Notice, Failure> {
    let from = form.value("from")?.ok_or(Failure::InvalidForm)?;
    let (_, token) = context.patron()?;
    let key = idempotency_key(token, form.text("key")?, &format!("withdraw {}", book.id));
    let title = book.title;
    let notice = match context.services.lending.withdraw(book.id, from, &key).await {
        Ok(WithdrawCopy::Withdrawn) => DeskNotice::CopyWithdrawn { title },
        Ok(WithdrawCopy::NoCopyLeft) => DeskNotice::NothingToWithdraw { title },
        Ok(WithdrawCopy::Conflict) => DeskNotice::CopiesChanged { title },
        Err(Failure::ServiceUnavailable) => return Ok(Notice::OutcomeUnknown),
        Err(failure) => return Err(failure),
    };
    Ok(Notice::Desk(notice))
}

async fn edit(context: &RequestContext<'_>, form: &Form, book: Book) -> PageResult {
    let mut fields = BookFields::read(form)?;
    let texts = context.texts();
    let description = fields.check(texts);
    let has_error = focus_first_error(fields.in_order());
    let (from, seen) = (read_seen(form)?, form.text("seen")?);
    let forms = |fields| {
        let seen = Some(seen.to_owned());
        BookForms { fields: Some(fields), seen, ..BookForms::default() }
    };
    let (Some(to), false) = (description, has_error) else {
        return book_page(context, StatusCode::UNPROCESSABLE_ENTITY, forms(fields)).await;
    };
    let refuse_duplicate = form.text("anyway")? != "1";
    let correction = BookCorrection { from, to, refuse_duplicate };
    let title = fields.title.value.clone();
    let notice = match context.services.catalog.edit_book(book.id, correction).await? {
        EditBook::Edited => DeskNotice::BookEdited { title },
        EditBook::Conflict => DeskNotice::BookChanged { title },
        EditBook::Duplicate(other) => {
            let forms = BookForms { duplicate_of: Some(other), ..forms(fields) };
            return book_page(context, StatusCode::CONFLICT, forms).await;
        }
        EditBook::Rejected => {
            let problem = Some(texts.text("book-rejected"));
            let forms = BookForms { problem, ..forms(fields) };
            return book_page(context, StatusCode::UNPROCESSABLE_ENTITY, forms).await;
        }
    };
    Ok(context.redirect_with_notice(&context.link_with_from(&path(book.id)), &Notice::Desk(notice)))
}

async fn remove(context: &RequestContext<'_>, book: Book) -> PageResult {
    let title = book.title;
    let (target, notice) = match context.services.catalog.remove_book(book.id).await? {
        RemoveBook::Removed => {
            ("/administrator/books".to_owned(), DeskNotice::BookRemoved { title })
        }
        RemoveBook::HasCopies => {
            (context.link_with_from(&path(book.id)), DeskNotice::BookHasCopies { title })
        }
    };
    Ok(context.redirect_with_notice(&target, &Notice::Desk(notice)))
}

/// The page of a book.
pub(super) fn path(id: BookId) -> String {
    format!("/administrator/books/{id}")
}

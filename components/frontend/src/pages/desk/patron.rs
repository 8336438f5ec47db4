//! `/administrator/patrons/{id}`: one patron's loans, a search to lend another book, and the library card.

use askama::Template;
use contract::{
    Text,
    catalog::BookOrder,
    lending::Rules,
    patrons::{PatronCorrection, SeenPatron},
};
use domain::{Book, BookId, OpenLoan, Patron, PatronId, Pin};
use futures::join;
use http::StatusCode;

use super::{
    loan_row::{LoanRow, Shown, loan_rows},
    patron_fields::PatronFields,
};
use crate::{
    context::RequestContext,
    failure::Failure,
    fields::Field,
    flash::{DeskNotice, Notice},
    form::Form,
    handler::PageResult,
    html::page,
    layout::Layout,
    services::{Availability, BookList, BookQuery, EditPatron, PatronDetails},
    texts::Texts,
};

/// The number of search results; a longer search text narrows the search.
const MAX_RESULTS: u16 = 10;

#[derive(Template)]
#[template(path = "pages/desk/patron.html")]
struct PatronPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    /// The path that the forms post to.
    address: String,
    patron: Patron,
    name: String,
    is_blocked: bool,
    /// The number of the patron's books, in words.
    summary: String,
    /// `None` if the ledger is unavailable.
    rows: Option<Vec<LoanRow>>,
    /// The reason why the patron can't borrow, if the rules forbid it.
    cannot_borrow: Option<String>,
    /// The text in the search field.
    text: String,
    results: Vec<BookToLend>,
    /// Whether more books match the search than are listed.
    has_more_results: bool,
    fields: PatronFields,
    /// The patron as the librarian saw it before changing the fields.
    seen: SeenPatron,
    pin: Field,
    /// The error of the card's form as a whole.
    problem: Option<String>,
}

/// A book that the search found.
struct BookToLend {
    id: BookId,
    title: String,
    author: String,
    /// The reason why it can't be lent, if any.
    problem: Option<String>,
}

/// The values and errors of the card's forms.
#[derive(Default)]
struct CardForms {
    /// `None` for the patron's current values.
    fields: Option<PatronFields>,
    /// The patron as the librarian saw it before changing the fields; `None` for the current one.
    seen: Option<SeenPatron>,
    pin: Field,
    problem: Option<String>,
}

impl CardForms {
    /// The correction that was sent after the session had ended.
    fn of_draft(draft: &Form) -> Result<Self, Failure> {
        if draft.text("action")? != "edit" {
            return Ok(Self::default());
        }
        let (fields, seen) = (Some(PatronFields::read(draft)?), Some(read_seen(draft)?));
        Ok(Self { fields, seen, ..Self::default() })
    }
}

/// `GET /administrator/patrons/{id}`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let details = find(context).await?;
    let forms = context.draft().map(|draft| CardForms::of_draft(&draft)).transpose()?;
    patron_page(context, StatusCode::OK, details, forms.unwrap_or_default()).await
}

/// The patron in the path.
async fn find(context: &RequestContext<'_>) -> Result<PatronDetails, Failure> {
    let id: PatronId = context.path_segment.parse().map_err(|_| Failure::NotFound)?;
    context.services.patrons.patron(id).await?.ok_or(Failure::NotFound)
}

async fn patron_page(
    context: &RequestContext<'_>,
    status: StatusCode,
    details: PatronDetails,
    forms: CardForms,
) -> PageResult {
    let PatronDetails { patron, is_blocked } = details;
    let services = context.services;
    let query = context.query();
    let text = query.text("q");
    let (loans, rules, found, layout) = join!(
        services.borrowing.loans_of(patron.id),
        services.lending.rules(),
        search(context, text, patron.id),
        Layout::new_with_loans(context, "/administrator"),
    );
    // By id, the order of borrowing, so that a renewed book keeps its place.
    let loans = loans.ok().map(|mut loans| {
        loans.sort_by_key(|open| open.loan.id.get());
        loans
    });
    let rows = match &loans {
        Some(loans) => Some(loan_rows(context, loans, rules).await),
        None => None,
    };
    let held = loans.as_deref().unwrap_or_default();
    let Found { books, availability, has_more: has_more_results } = found?;
    let patron_page = PatronPage {
        tab: "patrons",
        address: path(context, patron.id),
        name: Texts::full_name(&patron.first_name, &patron.last_name),
        summary: summary(&layout, held.len(), rules),
        rows,
        cannot_borrow: cannot_borrow(&layout, held, rules, is_blocked),
        results: books.into_iter().map(|book| to_lend(book, &availability, &layout)).collect(),
        text: text.to_owned(),
        has_more_results,
        fields: forms.fields.unwrap_or_else(|| PatronFields::of(&patron)),
        seen: forms.seen.unwrap_or_else(|| seen(&patron)),
        pin: forms.pin,
        problem: forms.problem,
        patron,
        is_blocked,
        layout,
    };
    Ok(page(status, &patron_page))
}

/// The first books that a search found, and their availability for the patron.
#[derive(Default)]
struct Found {
    books: Vec<Book>,
    availability: Availability,
    has_more: bool,
}

/// The books that match `text`.
async fn search(
    context: &RequestContext<'_>,
    text: &str,
    patron: PatronId,
) -> Result<Found, Failure> {
    if text.is_empty() {
        return Ok(Found::default());
    }
    let query =
        BookQuery { text, order: BookOrder::Title, limit: MAX_RESULTS, ..BookQuery::default() };
    let BookList { books, next, .. } = context.services.catalog.books(&query).await?;
    let ids: Vec<_> = books.iter().map(|book| book.id).collect();
    let availability = context.services.borrowing.availability(&ids, Some(patron)).await?;
    Ok(Found { books, availability, has_more: next.is_some() })
}

fn to_lend(book: Book, availability: &Availability, layout: &Layout<'_>) -> BookToLend {
    let available = book.copies.saturating_sub(availability.copies_of(book.id).out);
    let problem = if availability.loan_of(book.id).is_some() {
        Some(layout.text("lend-has-it"))
    } else if available == 0 {
        Some(layout.text("lend-no-copy"))
    } else {
        None
    };
    BookToLend { id: book.id, title: book.title, author: book.author, problem }
}

/// The number of the patron's books, and the limit if known, in words.
fn summary(layout: &Layout<'_>, count: usize, rules: Option<Rules>) -> String {
    let count_number = i64::try_from(count).unwrap_or(i64::MAX);
    match rules {
        Some(rules) => layout.texts.with(
            "patron-loans-of",
            &[("count", count_number.into()), ("limit", rules.loan_limit.into())],
        ),
        None => layout.counted("patron-loans", count),
    }
}

/// The lending rule that keeps the patron from borrowing, in words.
fn cannot_borrow(
    layout: &Layout<'_>,
    loans: &[OpenLoan],
    rules: Option<Rules>,
    is_blocked: bool,
) -> Option<String> {
    if is_blocked {
        return Some(layout.text("lend-blocked"));
    }
    let rules = rules?;
    let has_overdue = loans.iter().any(|open| open.loan.date_due < layout.today);
    if rules.block_when_overdue && has_overdue {
        return Some(layout.text("lend-overdue-first"));
    }
    (loans.len() >= usize::from(rules.loan_limit)).then(|| layout.text("lend-limit-reached"))
}

/// `POST /administrator/patrons/{id}`: corrects, blocks or unblocks the card, or sets a PIN.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let details = find(context).await?;
    match form.text("action")? {
        "edit" => edit(context, form, details).await,
        "pin" => set_pin(context, form, details).await,
        "block" => set_blocked(context, details, true).await,
        "unblock" => set_blocked(context, details, false).await,
        _ => Err(Failure::InvalidForm),
    }
}

async fn edit(context: &RequestContext<'_>, form: &Form, details: PatronDetails) -> PageResult {
    let mut fields = PatronFields::read(form)?;
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    let texts = context.texts();
    let from = read_seen(form)?;
    let forms = |fields| {
        let seen = Some(from.clone());
        CardForms { fields: Some(fields), seen, ..CardForms::default() }
    };
    let Some(to) = fields.check(texts) else {
        return patron_page(context, invalid, details, forms(fields)).await;
    };
    let name = Texts::full_name(&fields.first_name.value, &fields.last_name.value);
    let id = details.patron.id;
    let correction = PatronCorrection { from: from.clone(), to };
    let notice = match context.services.patrons.edit_patron(id, correction).await? {
        EditPatron::Edited => DeskNotice::PatronEdited { name },
        EditPatron::Conflict => DeskNotice::PatronChanged { name },
        EditPatron::NumberTaken => {
            fields.set_number_taken(texts);
            return patron_page(context, StatusCode::CONFLICT, details, forms(fields)).await;
        }
        EditPatron::Rejected => {
            let problem = Some(texts.text("patron-rejected"));
            let forms = CardForms { problem, ..forms(fields) };
            return patron_page(context, invalid, details, forms).await;
        }
    };
    Ok(context.redirect_with_notice(&path(context, id), &Notice::Desk(notice)))
}

/// The patron as the form's page showed it.
fn seen(patron: &Patron) -> SeenPatron {
    let text = |text: &str| Text(text.to_owned());
    SeenPatron {
        first_name: text(&patron.first_name),
        last_name: text(&patron.last_name),
        number: text(&patron.number),
    }
}

/// The patron as the librarian saw it, from the form's hidden fields.
fn read_seen(form: &Form) -> Result<SeenPatron, Failure> {
    let text = |name| form.text(name).map(|text| Text(text.to_owned()));
    Ok(SeenPatron {
        first_name: text("from_first_name")?,
        last_name: text("from_last_name")?,
        number: text("from_number")?,
    })
}

async fn set_pin(context: &RequestContext<'_>, form: &Form, details: PatronDetails) -> PageResult {
    // The page shows this form only for librarians.
    if !details.patron.is_librarian() {
        return Err(Failure::InvalidForm);
    }
    let mut pin = Field::read(form, "new_pin")?;
    let Some(new_pin) = pin.parse::<Pin>(context.texts(), "pin-invalid") else {
        // A PIN is not sent back.
        let pin = Field { value: String::new(), autofocus: true, ..pin };
        let forms = CardForms { pin, ..CardForms::default() };
        return patron_page(context, StatusCode::UNPROCESSABLE_ENTITY, details, forms).await;
    };
    let (_, token) = context.patron()?;
    let patron = details.patron;
    context.services.patrons.set_pin(patron.id, new_pin, token).await?;
    let name = Texts::full_name(&patron.first_name, &patron.last_name);
    let notice = Notice::Desk(DeskNotice::PinSet { name });
    Ok(context.redirect_with_notice(&path(context, patron.id), &notice))
}

async fn set_blocked(
    context: &RequestContext<'_>,
    details: PatronDetails,
    blocked: bool,
) -> PageResult {
    let patron = details.patron;
    context.services.patrons.set_blocked(patron.id, blocked).await?;
    let name = Texts::full_name(&patron.first_name, &patron.last_name);
    let notice = match blocked {
        true => DeskNotice::PatronBlocked { name },
        false => DeskNotice::PatronUnblocked { name },
    };
    Ok(context.redirect_with_notice(&path(context, patron.id), &Notice::Desk(notice)))
}

/// The link to a patron's page, which keeps the page that led to it.
fn path(context: &RequestContext<'_>, id: PatronId) -> String {
    context.link_with_from(&format!("/administrator/patrons/{id}"))
}

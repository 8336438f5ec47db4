//! `/administrator/patrons`: the library cards, and a form for a new one.

use askama::Template;
use domain::{Patron, PatronId};
use futures::join;
use http::StatusCode;

use super::patron_fields::PatronFields;
use crate::{
    context::RequestContext,
    flash::{DeskNotice, Notice},
    form::Form,
    handler::PageResult,
    html::page,
    layout::Layout,
    links::link,
    page_links::PageLink,
    services::AddPatron,
    texts::Texts,
};

const PATH: &str = "/administrator/patrons";

/// Patrons on one page.
const PAGE_SIZE: u16 = 25;

#[derive(Template)]
#[template(path = "pages/desk/patrons.html")]
struct PatronsPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    title: String,
    text: String,
    patrons: Vec<Patron>,
    /// The patrons whose cards are blocked.
    blocked: Vec<PatronId>,
    page_links: Vec<PageLink>,
    /// The link to the first page from a page after the last patron.
    beyond_end: Option<String>,
    fields: PatronFields,
    /// The error of the form as a whole.
    problem: Option<String>,
}

/// `GET /administrator/patrons`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let fields = context.draft().map(|form| PatronFields::read(&form)).transpose()?;
    list(context, StatusCode::OK, fields.unwrap_or_default(), None).await
}

async fn list(
    context: &RequestContext<'_>,
    status: StatusCode,
    fields: PatronFields,
    problem: Option<&str>,
) -> PageResult {
    let query = context.query();
    let text = query.text("q");
    let (list, layout) = join!(
        context.services.patrons.patrons(text, query.cursor(), PAGE_SIZE),
        Layout::new_with_loans(context, "/administrator"),
    );
    let list = list?;
    let q = (!text.is_empty()).then_some(text);
    let page_link =
        |name: &str, id: PatronId| link(PATH, &[("q", q), (name, Some(&id.to_string()))]);
    let previous = list.previous.map(|id| PageLink::previous(page_link("before", id)));
    let next = list.next.map(|id| PageLink::next(page_link("after", id)));
    let patrons_page = PatronsPage {
        tab: "patrons",
        title: layout.list_title(text, query.cursor(), &layout.text("desk-patrons")),
        beyond_end: PageLink::beyond_end(query.cursor(), list.patrons.is_empty(), || {
            link(PATH, &[("q", q)])
        }),
        page_links: previous.into_iter().chain(next).collect(),
        patrons: list.patrons,
        blocked: list.blocked,
        fields,
        problem: problem.map(|key| layout.text(key)),
        text: text.to_owned(),
        layout,
    };
    Ok(page(status, &patrons_page))
}

/// `POST /administrator/patrons`: adds a patron.
pub(crate) async fn add(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let mut fields = PatronFields::read(form)?;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(patron) = fields.check(context.texts()) else {
        return list(context, status, fields, None).await;
    };
    match context.services.patrons.add_patron(patron).await? {
        AddPatron::Added(id) => {
            let name = Texts::full_name(&fields.first_name.value, &fields.last_name.value);
            let notice = Notice::Desk(DeskNotice::PatronAdded { name, id });
            Ok(context.redirect_with_notice(PATH, &notice))
        }
        AddPatron::NumberTaken => {
            fields.set_number_taken(context.texts());
            list(context, StatusCode::CONFLICT, fields, None).await
        }
        AddPatron::Rejected => list(context, status, fields, Some("patron-rejected")).await,
    }
}

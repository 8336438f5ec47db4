//! `/administrator/patrons`: who has a library card, and a form for one more.

use askama::Template;
use domain::{Patron, PatronId};
use futures::join;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use service_kit::{body::is_line, peer::Peer};

use super::{Answer, desk_books::unexpected, desk_loans::none_if_missing, see_with};
use crate::{
    failure::Failure,
    flash::Notice,
    form::Form,
    html::page,
    services::{encoded, exchange},
    visit::{Frame, Visit, query_value},
};

/// Patrons on one page.
const ON_A_PAGE: usize = 25;

/// The patrons, and a form for a new one.
#[derive(Template)]
#[template(path = "pages/desk_patrons.html")]
struct PatronsPage {
    frame: Frame,
    tab: &'static str,
    text: String,
    patrons: Vec<Patron>,
    next: Option<String>,
    typed: Typed,
    problem: Option<String>,
}

/// What was typed into the form for a new patron.
#[derive(Default)]
struct Typed {
    first_name: String,
    last_name: String,
    number: String,
}

impl Typed {
    /// The key of the text that says what is wrong, if anything is.
    fn problem(&self) -> Option<&'static str> {
        if !is_line(&self.first_name, 100) || !is_line(&self.last_name, 100) {
            return Some("patron-needs-names");
        }
        let is_number = (4..=64).contains(&self.number.len())
            && self.number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (!is_number).then_some("patron-needs-number")
    }
}

/// `GET /administrator/patrons`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    list(visit, StatusCode::OK, Typed::default(), None).await
}

async fn list(
    visit: &Visit<'_, impl Peer>,
    status: StatusCode,
    typed: Typed,
    problem: Option<&str>,
) -> Answer {
    #[derive(Deserialize)]
    struct Found {
        patrons: Vec<Patron>,
        next: Option<PatronId>,
    }
    let query = visit.query()?;
    let text = |name| query.text(name).map_err(|_| Failure::NotFound);
    let words = text("q")?.unwrap_or_default().trim().to_owned();
    let after: Option<PatronId> = match text("after")? {
        None => None,
        Some(id) => Some(id.parse().map_err(|_| Failure::NotFound)?),
    };
    let path = match words.as_str() {
        "" => "/patdb".to_owned(),
        words => format!("/patdb/key/{}", encoded(words)),
    };
    let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
    let service = &visit.services.patrons;
    let target = format!("{path}?limit={ON_A_PAGE}{after}");
    let (found, frame) = join!(service.get_json(&target), visit.counting_frame("/administrator"));
    let found = none_if_missing(service, found)?;
    let Found { patrons, next } = found.unwrap_or(Found { patrons: Vec::new(), next: None });
    let q = if words.is_empty() { String::new() } else { format!("q={}&", query_value(&words)) };
    let patrons_page = PatronsPage {
        tab: "patrons",
        next: next.map(|id| format!("/administrator/patrons?{q}after={id}")),
        patrons,
        typed,
        problem: problem.map(|key| frame.t(key)),
        text: words,
        frame,
    };
    Ok(page(status, &patrons_page))
}

/// `POST /administrator/patrons`: somebody gets a library card.
pub(crate) async fn add(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let text = |name| form.text(name).map(str::to_owned);
    let typed = Typed {
        first_name: text("first_name")?,
        last_name: text("last_name")?,
        number: text("number")?,
    };
    if let Some(problem) = typed.problem() {
        return list(visit, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(problem)).await;
    }
    let wish = json!({ "patron": {
        "first_name": typed.first_name,
        "last_name": typed.last_name,
        "number": typed.number,
    }});
    let patrons = &visit.services.patrons;
    let answer = exchange(patrons, Method::POST, "/patdb/patrons", &wish, None).await?;
    match answer.status() {
        StatusCode::CREATED => {
            let name = format!("{} {}", typed.first_name, typed.last_name);
            Ok(see_with(visit, "/administrator/patrons", &Notice::PatronAdded { name }))
        }
        StatusCode::CONFLICT => {
            list(visit, StatusCode::CONFLICT, typed, Some("patron-number-taken")).await
        }
        StatusCode::BAD_REQUEST => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            list(visit, status, typed, Some("patron-not-taken")).await
        }
        other => Err(unexpected(patrons, other)),
    }
}

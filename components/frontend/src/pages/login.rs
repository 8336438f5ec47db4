//! `/login` and `/logout`.

use askama::Template;
use http::{HeaderValue, Response, StatusCode, header::RETRY_AFTER};
use service_kit::peer::Peer;

use super::{Answer, see_with};
use crate::{
    flash::Notice,
    form::Form,
    html::page,
    services::{Card, Login},
    session::{self, Cookie},
    visit::{Frame, Visit, own_page},
};

/// The login form, with what was typed into it before.
#[derive(Template)]
#[template(path = "pages/login.html")]
struct LoginPage {
    frame: Frame,
    token: String,
    next: String,
    first_name: String,
    last_name: String,
    problem: Option<String>,
}

/// `GET /login`. Who is logged in already is shown the way out.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    if visit.patron().is_ok() {
        return show_logout(visit).await;
    }
    let next = visit.query()?.text("next").ok().flatten().map(own_page).unwrap_or("/").to_owned();
    let login = Typed { next: &next, ..Typed::default() };
    Ok(form_page(visit, StatusCode::OK, &login, None))
}

/// What was typed; the number and the PIN are not kept.
#[derive(Default)]
struct Typed<'a> {
    first_name: &'a str,
    last_name: &'a str,
    next: &'a str,
}

/// The form, tied to the browser's visit, which begins here if it hasn't yet.
fn form_page(
    visit: &Visit<'_, impl Peer>,
    status: StatusCode,
    typed: &Typed<'_>,
    problem: Option<String>,
) -> Response<Vec<u8>> {
    let known = visit.cookies.read(visit.request.headers(), Cookie::Visit);
    let cookie = known.clone().unwrap_or_else(|| session::visit((visit.host.random)()));
    let login = LoginPage {
        frame: visit.frame("/login"),
        token: session::form_token(&cookie),
        next: typed.next.to_owned(),
        first_name: typed.first_name.to_owned(),
        last_name: typed.last_name.to_owned(),
        problem,
    };
    let mut response = page(status, &login);
    if known.is_none() {
        visit.cookies.set(response.headers_mut(), Cookie::Visit, &cookie);
    }
    // It holds a token even where no cookie came with the request.
    response
        .headers_mut()
        .insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `POST /login`: a new session for who has this card, and on to where they were going.
pub(crate) async fn log_in(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let typed = Typed {
        first_name: form.text("user_first_name")?,
        last_name: form.text("user_last_name")?,
        next: own_page(form.text("next")?),
    };
    let card = Card {
        first_name: typed.first_name,
        last_name: typed.last_name,
        number: form.text("user_lib_id")?,
        pin: form.text("pin")?,
    };
    let frame = visit.frame("/login");
    if [card.first_name, card.last_name, card.number].contains(&"") {
        let problem = frame.t("login-incomplete");
        return Ok(form_page(visit, StatusCode::UNPROCESSABLE_ENTITY, &typed, Some(problem)));
    }
    match visit.services.log_in(&card, visit.client_address().as_deref()).await? {
        Login::Wrong => {
            let problem = frame.t("login-wrong");
            Ok(form_page(visit, StatusCode::UNPROCESSABLE_ENTITY, &typed, Some(problem)))
        }
        Login::Wait(seconds) => {
            let problem = frame.counted("login-wait", seconds.div_ceil(60));
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = form_page(visit, status, &typed, Some(problem));
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(response)
        }
        Login::Session { token, patron } => {
            if let Ok((_, old)) = visit.patron() {
                visit.services.log_out(old).await?;
            }
            let notice = Notice::LoggedIn { name: patron.first_name };
            let mut response = see_with(visit, typed.next, &notice);
            visit.cookies.set(response.headers_mut(), Cookie::Session, &token);
            visit.cookies.clear(response.headers_mut(), Cookie::Visit);
            Ok(response)
        }
    }
}

/// Who is logged in, and the way out.
#[derive(Template)]
#[template(path = "pages/logout.html")]
struct LogoutPage {
    frame: Frame,
}

/// `GET /logout`.
pub(crate) async fn show_logout(visit: &Visit<'_, impl Peer>) -> Answer {
    Ok(page(StatusCode::OK, &LogoutPage { frame: visit.counting_frame("/logout").await }))
}

/// `POST /logout`: the session is over, here and in the database.
pub(crate) async fn log_out(visit: &Visit<'_, impl Peer>) -> Answer {
    let (_, token) = visit.patron()?;
    visit.services.log_out(token).await?;
    let mut response = see_with(visit, "/", &Notice::LoggedOut);
    visit.cookies.clear(response.headers_mut(), Cookie::Session);
    Ok(response)
}

//! The library's HTML pages, and the door for browsers: every request goes through [`answer`].

mod assets;
mod cover;
mod failure;
mod flash;
mod form;
mod html;
mod pages;
pub mod routes;
mod services;
mod session;
mod texts;
mod visit;

use failure::Failure;
use form::Form;
use http::{Method, Request, Response};
use routes::{Access, Match, Page, Route};
use service_kit::{body::Body, peer::Peer, target::segments};
pub use services::Services;
use session::{Cookie, Cookies};
pub use visit::Host;
use visit::{Visit, Who};

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use std::time::{Duration, Instant, SystemTime};

    use service_kit::spin::{self, PeerAt};
    use spin_sdk::{
        http::{IncomingRequest, ResponseOutparam},
        variables,
    };

    use super::{Host, Services};

    /// A page comes within 5 seconds, whatever is away or slow.
    const PATIENCE: Duration = Duration::from_millis(4500);

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let latest = Instant::now() + PATIENCE;
        let service = |name, url| PeerAt::new(name, url).until(latest);
        let services = Services {
            catalog: service("catalog", "catalog_url"),
            patrons: service("patrons", "patrons_url"),
            borrowing: service("borrowing", "borrowing_url"),
            lending: service("lending", "lending_url"),
        };
        let variable = |name| {
            let value = variables::get(name).unwrap_or_else(|error| {
                eprintln!("fault: {name}: {error}");
                String::new()
            });
            // What was read from a file ends with the file's last line break.
            value.trim().to_owned()
        };
        let host = Host {
            now: SystemTime::now(),
            random: &spin::random,
            secure_cookies: Host::has_secure_cookies(&variable("secure_cookies")),
            client_address_header: variable("client_address_header"),
        };
        spin::serve(request, out, async |request| super::answer(&request, &services, &host).await)
            .await;
    }
}

/// Answers one request, with the help of the other services.
pub async fn answer(
    request: &Request<Body>,
    services: &Services<impl Peer>,
    host: &Host<'_>,
) -> Response<Vec<u8>> {
    // A path that does not decode is the path of no page.
    let path = segments(request.uri().path()).unwrap_or_else(|_| vec!["?".into()]);
    let mut response = match routes::find(request.method(), &path) {
        Match::Route(route, variable) => {
            visited(request, services, host, route, variable.unwrap_or_default()).await
        }
        Match::OtherMethods(methods) => pages::problem::method_not_allowed(host, &methods),
        Match::Nothing => pages::problem::no_such_page(host),
    };
    html::protect(response.headers_mut());
    response
}

/// Finds out who it is, sees whether that may be, and has the page answer.
async fn visited(
    request: &Request<Body>,
    services: &Services<impl Peer>,
    host: &Host<'_>,
    route: &'static Route,
    variable: String,
) -> Response<Vec<u8>> {
    let cookies = Cookies { secure: host.secure_cookies };
    let session = cookies.read(request.headers(), Cookie::Session);
    let session = session.filter(|_| route.access != Access::Public);
    let who = match session {
        None => Who::Stranger,
        Some(token) => match services.session(&token).await {
            Ok(Some(patron)) => Who::Patron { token, patron },
            Ok(None) => Who::Stranger,
            Err(_) => Who::Unknown,
        },
    };
    let visit = Visit { request, services, host, route, variable, who, cookies };
    let outcome = match admitted(&visit) {
        Ok(Admission::Form(form)) => pages::change(&visit, &form).await,
        Ok(Admission::Page) => pages::show(&visit).await,
        Ok(Admission::Login) => Ok(html::see(&visit.to_login())),
        Err(failure) => Err(failure),
    };
    let mut response = outcome.unwrap_or_else(|failure| pages::problem::of(&visit, failure));
    settle(&visit, &mut response);
    response
}

/// How a request goes on.
enum Admission {
    /// To the page.
    Page,
    /// To what its form asks for.
    Form(Form),
    /// To the login first.
    Login,
}

/// Whether who asks may, and whether a form was made for who sends it. Every route goes through here.
fn admitted(visit: &Visit<'_, impl Peer>) -> Result<Admission, Failure> {
    match (visit.route.access, &visit.who) {
        (Access::Public | Access::Everyone, _) => {}
        (Access::Patron | Access::Librarian, Who::Stranger) => return Ok(Admission::Login),
        (Access::Patron | Access::Librarian, Who::Unknown) => return Err(Failure::Away),
        (Access::Patron, Who::Patron { .. }) => {}
        (Access::Librarian, Who::Patron { patron, .. }) => {
            if patron.role != "librarian" {
                return Err(Failure::Forbidden);
            }
        }
    }
    if *visit.request.method() != Method::POST {
        return Ok(Admission::Page);
    }
    let form = Form::read(visit.request)?;
    let cookie = match &visit.who {
        Who::Patron { token, .. } if visit.route.page != Page::LogIn => Some(token.clone()),
        // The login comes before there is a session, and has a cookie of its own.
        _ => visit.cookies.read(visit.request.headers(), Cookie::Visit),
    };
    match cookie {
        Some(cookie) if session::is_form_token(&cookie, form.text("token")?) => {
            Ok(Admission::Form(form))
        }
        _ => Err(Failure::Forged),
    }
}

/// What every answer gets: how long it may be kept, and the cookies that are over.
fn settle(visit: &Visit<'_, impl Peer>, response: &mut Response<Vec<u8>>) {
    let sent = |cookie| visit.cookies.read(visit.request.headers(), cookie).is_some();
    let is_page = response
        .headers()
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|of| of.to_str().is_ok_and(|of| of.starts_with("text/html")));
    let is_personal = sent(Cookie::Session)
        || sent(Cookie::Flash)
        || response.headers().contains_key(http::header::SET_COOKIE);
    let headers = response.headers_mut();
    if visit.route.access != Access::Public {
        html::keep(headers, is_personal);
        if is_page && sent(Cookie::Flash) {
            visit.cookies.clear(headers, Cookie::Flash);
        }
        if matches!(visit.who, Who::Stranger) && sent(Cookie::Session) && is_page {
            visit.cookies.clear(headers, Cookie::Session);
        }
    }
}

#[cfg(test)]
mod tests;

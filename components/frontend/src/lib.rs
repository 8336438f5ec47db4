//! The library's HTML pages. [`answer`] handles every request.

mod access;
mod assets;
mod cache;
mod context;
mod cookies;
mod cover;
mod csrf;
mod draft;
mod environment;
mod failure;
mod fields;
mod flash;
mod form;
mod frame;
mod handler;
mod html;
mod lab;
mod language;
mod layout;
mod links;
mod page_links;
mod pages;
#[cfg(test)]
mod properties;
mod query;
pub mod routes;
mod services;
mod texts;
mod work;

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LANGUAGE, SET_COOKIE, VARY},
};
use service_kit::{body::Body, log, uri::path_segments};

use access::Access;
use cache::CachePolicy;
use context::{RequestContext, Visitor};
use cookies::Cookie;
pub use environment::{Environment, parse_secure_cookies};
use failure::Failure;
use form::Form;
use handler::{Handler, PageResult};
use pages::problem;
use routes::{Match, Route};
use services::PatronDetails;
pub use services::{Client, Services};
use work::previous;

/// Only in the component: native linkers reject the names it exports.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use std::time::{Duration, Instant, SystemTime};

    use http::{Request, request::Parts};
    use service_kit::{
        Environment as _,
        access::may_show_work,
        body::Body,
        log,
        spin::{self, Admitted, Spin, SpinServiceClient},
    };
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    use super::{Client, Environment, Services, lab, parse_secure_cookies};

    /// Completes a page within 5 seconds, even if services are slow or unavailable.
    const PAGE_TIMEOUT: Duration = Duration::from_millis(4500);

    /// The component's entry point. Spin calls it once per instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let deadline = Instant::now() + PAGE_TIMEOUT;
        let show_work = show_work();
        let environment = Environment {
            now: SystemTime::now(),
            random: &spin::random,
            secure_cookies: parse_secure_cookies(&variable("secure_cookies")),
            client_address_header: variable("client_address_header"),
            demo_mode: variable("demo_mode") == "true",
            show_work,
            variable: &variable,
            process: show_work.then(spin::process),
        };
        let admit = |head: &Parts| {
            // Only a form has a body that is read: a path that does not exist must not wait for one.
            let (route, reads_body) = super::routes::template(&head.method, head.uri.path());
            Ok(Admitted { route, reads_body })
        };
        spin::serve(request, out, "frontend", admit, async |request: Request<Body>| {
            // The lab itself is never broken, so that repairing is quick.
            let is_lab = request.uri().path() == lab::PATH;
            let lab = lab::lab(request.headers(), &environment).filter(|_| !is_lab);
            let client = |name, url| {
                let fault = lab.as_ref().and_then(|lab| lab.fault(name));
                let client = SpinServiceClient::new(name, url);
                Client::new(client.with_deadline(deadline).with_fault(fault))
            };
            let services = Services::new(
                client("catalog", "catalog_url"),
                client("patrons", "patrons_url"),
                client("borrowing", "borrowing_url"),
                client("lending", "lending_url"),
            );
            super::answer(&request, &services, &environment).await
        })
        .await;
    }

    /// Whether pages show how they are made. The log has the reason when the variable is invalid.
    fn show_work() -> bool {
        let value = variable("show_work");
        value != "false"
            && spin::token().and_then(|token| may_show_work(&value, &token)).unwrap_or(false)
    }

    /// The trimmed value of a variable.
    fn variable(name: &str) -> String {
        let value = Spin.variable(name).unwrap_or_else(|error| {
            log::error(name, error);
            String::new()
        });
        value.trim().to_owned()
    }
}

/// Answers one request, using the other services.
pub async fn answer(
    request: &Request<Body>,
    services: &Services<'_>,
    environment: &Environment<'_>,
) -> Response<Vec<u8>> {
    if environment.show_work {
        log::record_work();
    }
    // A path that does not decode must match no route.
    let path = path_segments(request.uri().path()).unwrap_or_else(|_| vec!["?".into()]);
    let found = routes::find(request.method(), &path);
    let (route, path_segment) = match &found {
        Match::Route(route, segment) => (Some(*route), segment.clone().unwrap_or_default()),
        Match::OtherMethods(_) | Match::NotFound => (None, String::new()),
    };
    let access = route.map(|route| route.access);
    let mut context =
        RequestContext::new(request, services, environment, access, path_segment, routes::is_page);
    context.visitor = resolve_visitor(&context).await;
    let result = match &found {
        Match::Route(route, _) => handle(&context, route).await,
        Match::OtherMethods(methods) => Ok(problem::method_not_allowed(&context, methods).await),
        Match::NotFound => Err(Failure::NotFound),
    };
    let mut response = match result {
        Ok(response) => response,
        Err(failure) => problem::show(&context, failure).await,
    };
    finish_response(&context, route, &mut response);
    response
}

/// Looks up the session of the browser's cookie.
async fn resolve_visitor(context: &RequestContext<'_>) -> Visitor {
    if context.access == Some(Access::Static) {
        return Visitor::Anonymous;
    }
    let Some(token) = context.cookie(Cookie::Session) else { return Visitor::Anonymous };
    match context.services.patrons.session(&token).await {
        Ok(Some(PatronDetails { patron, is_blocked })) => {
            Visitor::Patron { token, patron, is_blocked }
        }
        Ok(None) => Visitor::Anonymous,
        Err(_) => Visitor::Unresolved,
    }
}

/// Checks the access rule and the CSRF token, then calls the handler.
async fn handle<'a>(context: &'a RequestContext<'a>, route: &Route) -> PageResult {
    match (route.access, &context.visitor) {
        (Access::Static | Access::Anyone, _) => {}
        (Access::Patron | Access::Librarian, Visitor::Anonymous) => {
            return Ok(context.redirect_to_login());
        }
        (Access::Patron | Access::Librarian, Visitor::Unresolved) => {
            return Err(Failure::ServiceUnavailable);
        }
        (Access::Librarian, visitor) if !visitor.is_librarian() => return Err(Failure::Forbidden),
        (Access::Patron | Access::Librarian, Visitor::Patron { .. }) => {}
    }
    match route.handler {
        Handler::Page(show) => show(context).await,
        Handler::Form(submit) => {
            let form = Form::read(context.request)?;
            let cookie = match &context.visitor {
                Visitor::Patron { token, .. } if route.access != Access::Anyone => {
                    Some(token.clone())
                }
                _ if route.path == lab::PATH => context.lab().map(|lab| lab.secret().to_owned()),
                // The login form has no session yet.
                _ => context.cookie(Cookie::LoginCsrf),
            };
            match cookie {
                Some(cookie) if csrf::is_csrf_token(&cookie, form.text("csrf_token")?) => {
                    submit(context, &form).await
                }
                _ => Err(Failure::InvalidCsrfToken),
            }
        }
    }
}

/// Tells the browser's developer tools how the response was made and, if a form leads on to a page, that page.
fn add_work(context: &RequestContext<'_>, response: &mut Response<Vec<u8>>) {
    let status = response.status();
    let Some(work) = log::work(status.as_u16()) else { return };
    let headers = response.headers_mut();
    if let Some(timing) = work::server_timing(&work) {
        headers.insert("server-timing", timing);
    }
    let leads_on = context.request.method() == Method::POST && status == StatusCode::SEE_OTHER;
    if let Some(cookie) = previous::to_cookie(work).filter(|_| leads_on) {
        context.cookies.set(headers, Cookie::Work, &cookie);
    }
}

/// Sets the headers that depend on the whole exchange: caching, language, expired cookies, security.
fn finish_response(
    context: &RequestContext<'_>,
    route: Option<&Route>,
    response: &mut Response<Vec<u8>>,
) {
    let is_static = context.access == Some(Access::Static);
    if !is_static {
        add_work(context, response);
    }
    let (has_session, has_flash) =
        (context.cookie(Cookie::Session).is_some(), context.cookie(Cookie::Flash).is_some());
    if !is_static && html::is_page(response) {
        let headers = response.headers_mut();
        if has_flash && context.shows_notices() {
            context.cookies.clear(headers, Cookie::Flash);
        }
        if context.is_desk_page() && context.cookie(Cookie::Draft).is_some() {
            context.cookies.clear(headers, Cookie::Draft);
        }
        if context.work_before().is_some() {
            context.cookies.clear(headers, Cookie::Work);
        }
        if context.has_ended_session() {
            context.cookies.clear(headers, Cookie::Session);
        }
    }
    let is_personal = !is_static
        && (has_session
            || has_flash
            || context.lab().is_some()
            || response.headers().contains_key(SET_COOKIE));
    let has_body = !response.body().is_empty();
    let policy = route.map_or(CachePolicy::Page, |route| route.cache);
    let cache_control = policy.cache_control(response.status(), is_personal);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    let language = context.language_of_texts();
    if !is_static || language.is_some() {
        headers.insert(VARY, HeaderValue::from_static("Cookie, Accept-Language"));
    }
    if let Some(language) = language.filter(|_| has_body) {
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag));
    }
    html::add_security_headers(headers);
}

#[cfg(test)]
mod tests;

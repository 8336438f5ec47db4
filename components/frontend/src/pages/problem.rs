//! The pages that say that something is not as it should be, and lead on.

use askama::Template;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use service_kit::peer::Peer;

use crate::{
    failure::Failure,
    html::page,
    visit::{Frame, Host, Visit, Who},
};

/// A status, its heading and its explanation, and where to go from here.
#[derive(Template)]
#[template(path = "pages/problem.html")]
struct Problem {
    frame: Frame,
    status: u16,
    heading: String,
    text: String,
    /// Addresses and what they lead to.
    onward: Vec<(String, String)>,
}

/// What became of a visit that failed.
pub(crate) fn of(visit: &Visit<'_, impl Peer>, failure: Failure) -> Response<Vec<u8>> {
    use StatusCode as Status;
    let (status, name) = match failure {
        Failure::NotFound => (Status::NOT_FOUND, "not-found"),
        Failure::BadForm => (Status::BAD_REQUEST, "bad-form"),
        Failure::Forged => (Status::FORBIDDEN, "forged"),
        Failure::Forbidden => (Status::FORBIDDEN, "forbidden"),
        Failure::Away if was_sent(visit) => (Status::SERVICE_UNAVAILABLE, "outcome"),
        Failure::Away => (Status::SERVICE_UNAVAILABLE, "away"),
        Failure::Fault => (Status::INTERNAL_SERVER_ERROR, "fault"),
    };
    let again = matches!(failure, Failure::Away | Failure::Fault | Failure::Forged)
        .then(|| (visit.here(), "again"));
    let mut response = written(visit.frame(""), status, name, again);
    if failure == Failure::Away {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// Whether what somebody wants done may have come to a service: then nobody knows what became of it.
fn was_sent(visit: &Visit<'_, impl Peer>) -> bool {
    *visit.request.method() == Method::POST && matches!(visit.who, Who::Patron { .. })
}

/// 404, for a path that is no page.
pub(crate) fn no_such_page(host: &Host<'_>) -> Response<Vec<u8>> {
    written(Frame::plain(host), StatusCode::NOT_FOUND, "not-found", None)
}

/// 405, for a page that is there for `methods` only.
pub(crate) fn method_not_allowed(host: &Host<'_>, methods: &[&str]) -> Response<Vec<u8>> {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = written(Frame::plain(host), status, "method-not-allowed", None);
    let reads = methods.contains(&"GET").then_some("HEAD");
    let methods: Vec<_> = methods.iter().copied().chain(reads).collect();
    if let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

fn written(
    frame: Frame,
    status: StatusCode,
    name: &str,
    again: Option<(String, &str)>,
) -> Response<Vec<u8>> {
    let heading = frame.t(&format!("problem-{name}"));
    let text = frame.t(&format!("problem-{name}-text"));
    let always = [("/".to_owned(), "catalog"), ("/about".to_owned(), "about")];
    let onward = again.into_iter().chain(always);
    let onward = onward.map(|(path, key)| (path, frame.t(&format!("onward-{key}")))).collect();
    let problem = Problem { status: status.as_u16(), heading, text, onward, frame };
    page(status, &problem)
}

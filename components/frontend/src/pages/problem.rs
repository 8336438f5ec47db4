//! The error pages, which explain the error and offer links.

use askama::Template;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};

use service_kit::log;

use crate::{
    context::{RequestContext, Visitor},
    cover::Cover,
    failure::Failure,
    html::page,
    layout::Layout,
};

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage<'a> {
    layout: Layout<'a>,
    /// A drawn cover with the status on it.
    cover: Cover,
    /// Whether the page has a search field.
    has_search: bool,
    heading: String,
    text: String,
    /// Links: URL and label.
    links: Vec<(String, String)>,
    /// The ID that finds this request in the logs; for errors of the library.
    request_id: Option<String>,
}

/// The page for a failure.
pub(crate) async fn show(context: &RequestContext<'_>, failure: Failure) -> Response<Vec<u8>> {
    use StatusCode as Status;
    let (status, name) = match failure {
        Failure::NotFound => (Status::NOT_FOUND, "not-found"),
        Failure::InvalidForm => (Status::BAD_REQUEST, "invalid-form"),
        Failure::FormTooLarge => (Status::PAYLOAD_TOO_LARGE, "form-too-large"),
        Failure::AddressTooLong => (Status::URI_TOO_LONG, "address-too-long"),
        Failure::FormTooSlow => (Status::REQUEST_TIMEOUT, "form-too-slow"),
        Failure::InvalidCsrfToken => (Status::FORBIDDEN, "expired-form"),
        Failure::Forbidden => (Status::FORBIDDEN, "forbidden"),
        Failure::ServiceUnavailable if may_have_changed_something(context) => {
            (Status::SERVICE_UNAVAILABLE, "outcome-unknown")
        }
        Failure::ServiceUnavailable => (Status::SERVICE_UNAVAILABLE, "unavailable"),
        Failure::Internal => (Status::INTERNAL_SERVER_ERROR, "internal"),
    };
    let can_retry = matches!(
        failure,
        Failure::ServiceUnavailable
            | Failure::Internal
            | Failure::InvalidCsrfToken
            | Failure::FormTooSlow
    );
    let retry = can_retry.then(|| (context.return_page(), "retry"));
    let mut response = render(context, status, name, retry).await;
    if failure == Failure::ServiceUnavailable {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// Whether a service may have received the form. Without a patron the form was not read.
fn may_have_changed_something(context: &RequestContext<'_>) -> bool {
    *context.request.method() == Method::POST && matches!(context.visitor, Visitor::Patron { .. })
}

/// The 405 page for a path that exists only for `methods`.
pub(crate) async fn method_not_allowed(
    context: &RequestContext<'_>,
    methods: &[&str],
) -> Response<Vec<u8>> {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = render(context, status, "read-only", None).await;
    let head = methods.contains(&"GET").then_some("HEAD");
    let methods: Vec<_> = methods.iter().copied().chain(head).collect();
    if let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

async fn render(
    context: &RequestContext<'_>,
    status: StatusCode,
    name: &str,
    retry: Option<(String, &str)>,
) -> Response<Vec<u8>> {
    // Another call after an error of a service could fail or wait, too.
    let layout = match status.is_client_error() {
        true => Layout::new_with_loans(context, "").await,
        false => Layout::new(context, ""),
    };
    let login = (status == StatusCode::FORBIDDEN && name == "forbidden")
        .then(|| ("/logout".to_owned(), "other-card"));
    let always = [("/".to_owned(), "catalog"), ("/about".to_owned(), "about")];
    let links = retry.into_iter().chain(login).chain(always);
    let problem = ProblemPage {
        request_id: log::request_id().filter(|_| status.is_server_error()),
        cover: Cover::drawn(status.as_u16().into(), status.as_str(), &layout.text("library")),
        has_search: status == StatusCode::NOT_FOUND,
        heading: layout.text(&format!("problem-{name}")),
        text: layout.text(&format!("problem-{name}-text")),
        links: links.map(|(path, key)| (path, layout.text(&format!("link-{key}")))).collect(),
        layout,
    };
    page(status, &problem)
}

//! HTML answers, and the headers that every answer of this service carries.

use askama::Template;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY},
};

/// What browsers are to allow the pages. The policy names only what they use: their own stylesheet, forms
/// that lead back here, and pictures from here and from where covers come from.
const SAFETY: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self' https://www.gutenberg.org; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Adds the safety headers.
pub(crate) fn protect(headers: &mut HeaderMap) {
    for (name, value) in SAFETY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// The page as an answer with this status.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response<Vec<u8>> {
    let (status, html) = match page.render() {
        Ok(html) => (status, html),
        Err(error) => {
            eprintln!("fault: a page could not be written: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let mut response = Response::new(html.into_bytes());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Leads the browser on to `target`, a page of ours, which it asks for with GET.
pub(crate) fn see(target: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let target = HeaderValue::from_str(target).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, target);
    response
}

/// Says how long the answer may be kept: one that is somebody's own not at all, others until the browser
/// has asked again. What the handler said itself stands.
pub(crate) fn keep(headers: &mut HeaderMap, is_personal: bool) {
    let how = if is_personal { "no-store" } else { "no-cache" };
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(how));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_in_the_covers_that_pages_ask_for() {
        let policy = SAFETY[0].1;
        assert!(policy.contains(crate::cover::PICTURES.trim_end_matches('/')), "{policy}");
        assert!(!policy.contains("unsafe"));
    }
}

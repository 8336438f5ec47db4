//! HTML answers, and the headers that every answer of this service carries.

use askama::Template;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

/// What browsers are to allow the pages. The policy names only what they use: their own stylesheet, and
/// pictures from here and from where covers come from.
const SAFETY: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self' https://www.gutenberg.org; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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

/// The page as an answer with this status. Browsers ask again each time they show it.
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
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
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

//! HTML responses and redirects, and the security headers of every response.

use askama::Template;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header::*};
use service_kit::log;

/// The security headers. The content security policy allows only what the pages use: their own stylesheet, font and
/// manifest, forms to this origin, and pictures from this origin and the covers' host.
const SECURITY_HEADERS: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self' https://www.gutenberg.org; \
         font-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Adds the security headers.
pub(crate) fn add_security_headers(headers: &mut HeaderMap) {
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// The page as a response with this status.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response<Vec<u8>> {
    let (status, html) = match page.render() {
        Ok(html) => (status, html),
        Err(error) => {
            log::error("template failed", error);
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let mut response = Response::new(html.into_bytes());
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// Redirects to one of our pages (303 See Other).
pub(crate) fn see_other(target: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let target = HeaderValue::from_str(target).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, target);
    response
}

/// Whether the response is an HTML page.
pub(crate) fn is_page(response: &Response<Vec<u8>>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_security_policy_allows_the_covers() {
        let policy = SECURITY_HEADERS[0].1;
        assert!(policy.contains(crate::cover::PICTURE_HOST.trim_end_matches('/')), "{policy}");
        assert!(!policy.contains("unsafe"));
    }
}

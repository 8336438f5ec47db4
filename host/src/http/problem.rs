//! Error responses of the runtime itself, in the JSON form that the app's services use:
//! `{"error": "Service Unavailable", "detail": "too many requests; try again later"}`.
use std::borrow::Cow;

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};
use wasmtime_wasi_http::WasiBody;

use super::body::full;

/// Headers of every response that the runtime itself creates. Browsers must not sniff or cache it.
const FIXED_HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_TYPE, "application/json"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
];

/// A request that the runtime itself answers with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A sentence for people. It is sent to the client, so it contains no secret.
    pub detail: Cow<'static, str>,
    /// Seconds after which the client may try again.
    pub retry_after: Option<u16>,
}

impl Problem {
    /// Creates a problem without `Retry-After`.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    /// The request is not valid HTTP: 400.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The runtime cannot handle the request now: 503 with `Retry-After`.
    pub fn overloaded(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// The JSON body.
    pub fn body(&self) -> String {
        let error = match self.status {
            // The contract of the app's services spells it this way.
            StatusCode::NOT_FOUND => "Not found",
            status => status.canonical_reason().unwrap_or("Error"),
        };
        serde_json::json!({ "error": error, "detail": self.detail }).to_string()
    }

    /// The headers of the response, without those of the connection.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in FIXED_HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        headers
    }

    /// The response.
    pub fn into_response(self) -> Response<WasiBody> {
        let mut response = Response::new(full(self.body()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers();
        response
    }

    /// The whole response as bytes, for a connection that ends with it.
    pub fn into_closing_bytes(self) -> Vec<u8> {
        let body = self.body();
        let reason = self.status.canonical_reason().unwrap_or_default();
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status.as_u16());
        for (name, value) in &self.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
        }
        format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_response_is_a_complete_http_message() {
        let bytes = Problem::overloaded("busy").into_closing_bytes();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
        assert!(head.contains("\r\nretry-after: 1\r\n"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}", body.len())), "{head}");
        assert_eq!(body, r#"{"detail":"busy","error":"Service Unavailable"}"#);
    }
}

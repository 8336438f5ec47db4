//! Names of attributes and metrics, from the semantic conventions (<https://opentelemetry.io/docs/specs/semconv/>) and
//! from Spin's `crates/telemetry`.
use std::fmt::{self, Display, Formatter};

use http::Method;

pub(crate) const COMPONENT_ID: &str = "component_id";
pub(crate) const DB_NAMESPACE: &str = "db.namespace";
pub(crate) const DB_QUERY_TEXT: &str = "db.query.text";
pub(crate) const DB_RESPONSE_STATUS_CODE: &str = "db.response.status_code";
pub(crate) const DB_SYSTEM_NAME: &str = "db.system.name";
pub(crate) const ERROR_TYPE: &str = "error.type";
pub(crate) const HTTP_REQUEST_METHOD: &str = "http.request.method";
pub(crate) const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
pub(crate) const HTTP_ROUTE: &str = "http.route";
pub(crate) const POOL_NAME: &str = "db.client.connection.pool.name";
pub(crate) const POOL_STATE: &str = "db.client.connection.state";
pub(crate) const REQUEST_ID: &str = "http.response.header.x-request-id";
pub(crate) const SERVER_ADDRESS: &str = "server.address";
pub(crate) const SERVER_PORT: &str = "server.port";
pub(crate) const URL_PATH: &str = "url.path";
pub(crate) const URL_SCHEME: &str = "url.scheme";

/// The name of a method; `_OTHER` for those that are not in RFC 9110 or 5789, so that clients cannot invent any.
pub(crate) fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        _ => "_OTHER",
    }
}

/// Formats a path without personal data: `*` replaces each segment after the first.
pub(crate) struct ScrubbedPath<'a>(pub(crate) &'a str);

impl Display for ScrubbedPath<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.split('/').enumerate() {
            match (position, segment) {
                (0, first) => formatter.write_str(first)?,
                (1, segment) | (_, segment @ "") => write!(formatter, "/{segment}")?,
                _ => formatter.write_str("/*")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrubbed_path_shows_its_first_segment_only() {
        for (path, scrubbed) in [
            ("/", "/"),
            ("/booklist", "/booklist"),
            ("/book/7", "/book/*"),
            ("/patdb/pnum/BUFFALOBILL1", "/patdb/*/*"),
            ("/catdb/7/", "/catdb/*/"),
            ("//book/7", "//*/*"),
        ] {
            assert_eq!(ScrubbedPath(path).to_string(), scrubbed);
        }
    }

    #[test]
    fn clients_cannot_invent_methods() {
        let invented = Method::from_bytes(b"BREW").unwrap();
        assert_eq!([method(&Method::PATCH), method(&invented)], ["PATCH", "_OTHER"]);
    }
}

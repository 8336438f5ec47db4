//! Endpoints: method, path template, request type, answer type and refusals.

use std::{fmt::Display, marker::PhantomData};

use domain::{BookId, Date, LoanId, PatronId, Refusal};
use http::{Request, StatusCode, header::CONTENT_TYPE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// One operation of the contract: the caller sends an `I`, the service answers with an `A`.
#[derive(Debug)]
pub struct Endpoint<I, A> {
    /// Method, path template and success status.
    pub route: Route,
    /// The lending rules that may refuse the request.
    pub refusals: &'static [Refusal],
    types: PhantomData<fn(I) -> A>,
}

/// An HTTP method of the contract. HEAD is answered like GET, without the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A read.
    Get,
    /// A creation, or another change that is not idempotent.
    Post,
    /// An idempotent change of a value.
    Put,
    /// A removal.
    Delete,
}

/// A method, a path template such as `/catdb/books/{id}/copies`, and the status of success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path. A segment in braces matches any segment.
    pub path: &'static str,
    /// The status of a successful answer.
    pub success: StatusCode,
}

impl Method {
    /// The method's name in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl<I, A> Endpoint<I, A> {
    /// A read; success is 200.
    pub const fn get(path: &'static str) -> Self {
        Self::new(Method::Get, path, StatusCode::OK)
    }

    /// A change; success is 201, even for DELETE, as in the original contract.
    pub const fn change(method: Method, path: &'static str) -> Self {
        Self::new(method, path, StatusCode::CREATED)
    }

    /// Replaces the success status.
    pub const fn with_success(mut self, success: StatusCode) -> Self {
        self.route.success = success;
        self
    }

    /// The lending rules that may refuse the request.
    pub const fn refused_by(mut self, refusals: &'static [Refusal]) -> Self {
        self.refusals = refusals;
        self
    }

    const fn new(method: Method, path: &'static str, success: StatusCode) -> Self {
        Self { route: Route { method, path, success }, refusals: &[], types: PhantomData }
    }
}

impl Route {
    /// The route of `routes` for a method and the segments of a path. A literal segment wins over a `{parameter}`.
    pub fn find<'a>(routes: &'a [Self], method: &str, segments: &[&str]) -> Option<&'a Self> {
        let method = if method == "HEAD" { "GET" } else { method };
        routes
            .iter()
            .filter(|route| route.method.as_str() == method && route.matches(segments))
            .min_by_key(|route| route.path.matches('{').count())
    }

    fn matches(&self, segments: &[&str]) -> bool {
        let mut template = self.path.split('/').filter(|segment| !segment.is_empty());
        let all = segments.iter().all(|segment| {
            template.next().is_some_and(|name| name.starts_with('{') || name == *segment)
        });
        all && template.next().is_none()
    }
}

/// A request type that can write itself into path segments, query parameters and a JSON body.
pub trait Input {
    /// Writes every part of the request.
    fn write(&self, request: &mut Outgoing);

    /// The schema of the JSON body, if the request has one.
    #[cfg(feature = "schema")]
    fn body_schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

/// A request under construction.
#[derive(Debug, Default)]
pub struct Outgoing {
    segments: Vec<String>,
    query: String,
    body: Vec<u8>,
    error: Option<serde_json::Error>,
}

impl Outgoing {
    /// Adds the value of the path's next `{parameter}`.
    pub fn segment(&mut self, value: impl Display) {
        self.segments.push(encode(&value.to_string()));
    }

    /// Adds a query parameter, if it has a value.
    pub fn parameter(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.query.push(if self.query.is_empty() { '?' } else { '&' });
            self.query.push_str(name);
            self.query.push('=');
            self.query.push_str(&encode(&value.to_string()));
        }
    }

    /// Adds a query parameter with comma-separated values, if there is a list.
    pub fn list<T: Display>(&mut self, name: &str, values: Option<impl IntoIterator<Item = T>>) {
        let values = values.map(|values| {
            let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
            values.join(",")
        });
        self.parameter(name, values);
    }

    /// Sets the JSON body.
    pub fn json(&mut self, body: &impl Serialize) {
        match serde_json::to_vec(body) {
            Ok(body) => self.body = body,
            Err(error) => self.error = Some(error),
        }
    }

    /// The number of bytes that the input adds to the request's path and query.
    pub fn target_len(&self) -> usize {
        self.query.len() + self.segments.iter().map(String::len).sum::<usize>()
    }

    /// The request for `route`. Its URI is a path with an optional query.
    ///
    /// # Errors
    /// Fails if the body cannot be serialized, or if the number of written segments does not match the path.
    pub fn into_request(self, route: Route) -> Result<Request<Vec<u8>>, String> {
        if let Some(error) = self.error {
            return Err(error.to_string());
        }
        let mut values = self.segments.into_iter();
        let mut uri = String::new();
        for segment in route.path.split('/').filter(|segment| !segment.is_empty()) {
            uri.push('/');
            match segment.starts_with('{') {
                true => uri += &values.next().ok_or("a path parameter is missing")?,
                false => uri += segment,
            }
        }
        uri += &self.query;
        let mut request = Request::builder().method(route.method.as_str()).uri(uri);
        if !self.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(self.body).map_err(|error| error.to_string())
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Input for () {
    fn write(&self, _: &mut Outgoing) {}
}

impl<A: Input, B: Input> Input for (A, B) {
    fn write(&self, request: &mut Outgoing) {
        self.0.write(request);
        self.1.write(request);
    }

    #[cfg(feature = "schema")]
    fn body_schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        A::body_schema(generator).or_else(|| B::body_schema(generator))
    }
}

/// Implements [`Input`] as one path segment.
macro_rules! segment_input {
    ($($type:ty),+) => {
        $(impl Input for $type {
            fn write(&self, request: &mut Outgoing) {
                request.segment(self);
            }
        })+
    };
}

segment_input!(BookId, PatronId, LoanId, Date, String);

/// Implements [`Input`] as the JSON body.
macro_rules! json_input {
    ($($type:ty),+ $(,)?) => {
        $(impl $crate::endpoint::Input for $type {
            fn write(&self, request: &mut $crate::endpoint::Outgoing) {
                request.json(self);
            }

            #[cfg(feature = "schema")]
            fn body_schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
                Some(generator.subschema_for::<Self>())
            }
        })+
    };
}

pub(crate) use json_input;

#[cfg(test)]
mod tests {
    use super::*;

    const fn route(method: Method, path: &'static str) -> Route {
        Route { method, path, success: StatusCode::OK }
    }

    const ROUTES: &[Route] = &[
        route(Method::Get, "/catdb"),
        route(Method::Get, "/catdb/{id}"),
        route(Method::Get, "/catdb/healthz"),
        route(Method::Put, "/catdb/books/{id}/copies"),
    ];

    #[test]
    fn a_path_finds_the_route_with_most_literal_segments() {
        let path = |method, segments: &[&str]| {
            Route::find(ROUTES, method, segments).map(|route| route.path)
        };
        assert_eq!(path("GET", &["catdb"]), Some("/catdb"));
        assert_eq!(path("HEAD", &["catdb", "7"]), Some("/catdb/{id}"));
        assert_eq!(path("GET", &["catdb", "healthz"]), Some("/catdb/healthz"));
        assert_eq!(
            path("PUT", &["catdb", "books", "7", "copies"]),
            Some("/catdb/books/{id}/copies")
        );
        for (method, segments) in [
            ("GET", &["patdb"][..]),
            ("GET", &[]),
            ("GET", &["catdb", "7", "8"]),
            ("POST", &["catdb"]),
            ("PUT", &["catdb", "books", "7"]),
            ("get", &["catdb"]),
        ] {
            assert_eq!(path(method, segments), None, "{method} {segments:?}");
        }
    }

    #[test]
    fn a_request_is_written_into_path_query_and_body() {
        let mut outgoing = Outgoing::default();
        outgoing.segment("a/b ö");
        outgoing.parameter("q", Some("50%&x"));
        outgoing.parameter("after", None::<i64>);
        outgoing.list("ids", Some([4, 9]));
        outgoing.json(&[1]);
        let request = outgoing.into_request(ROUTES[3]).unwrap();
        assert_eq!(request.method(), "PUT");
        assert_eq!(request.uri(), "/catdb/books/a%2Fb%20%C3%B6/copies?q=50%25%26x&ids=4%2C9");
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(request.body(), b"[1]");
        assert!(Outgoing::default().into_request(ROUTES[1]).is_err(), "no id");
    }
}

//! A request from outside, from its head to the last byte of its response.
use std::time::Instant;

use http::{Response, Uri};
use opentelemetry::{KeyValue, metrics::Histogram};

use super::{
    names::{
        HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE, REQUEST_ID, ScrubbedPath,
        URL_PATH, URL_SCHEME,
    },
    span::Span,
};

/// A request that is being served. Dropping this ends its span and records its duration.
pub(crate) struct Served {
    span: Span,
    method: &'static str,
    duration: Option<Duration>,
}

/// The measured duration of a request.
struct Duration {
    started: Instant,
    histogram: Histogram<f64>,
    attributes: Vec<KeyValue>,
}

impl Served {
    pub(super) fn new(
        mut span: Span,
        histogram: Option<Histogram<f64>>,
        method: &'static str,
        uri: &Uri,
    ) -> Self {
        span.text(HTTP_REQUEST_METHOD, &method)
            .text(URL_SCHEME, &"http")
            .text(URL_PATH, &ScrubbedPath(uri.path()));
        let duration = histogram.map(|histogram| Duration {
            started: Instant::now(),
            histogram,
            attributes: vec![
                KeyValue::new(HTTP_REQUEST_METHOD, method),
                KeyValue::new(URL_SCHEME, "http"),
            ],
        });
        Self { span, method, duration }
    }

    /// Notes the route, as the manifest has it.
    pub(crate) fn matched(&mut self, route: &str) {
        self.span.rename(&format_args!("{} {route}", self.method));
        self.span.text(HTTP_ROUTE, &route);
        self.note(|| KeyValue::new(HTTP_ROUTE, route.to_owned()));
    }

    /// Notes the head of the response.
    pub(crate) fn answered<B>(&mut self, response: &Response<B>) {
        let status = response.status();
        self.span.number(HTTP_RESPONSE_STATUS_CODE, status.as_u16());
        if status.is_server_error() {
            self.span.fail(&status.as_str());
        }
        // The id in the logs of all services that handle the request.
        let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        if let Some(id) = id {
            self.span.header(REQUEST_ID, id);
        }
        self.note(|| KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(status.as_u16())));
    }

    fn note(&mut self, attribute: impl FnOnce() -> KeyValue) {
        if let Some(duration) = &mut self.duration {
            duration.attributes.push(attribute());
        }
    }
}

impl Drop for Duration {
    fn drop(&mut self) {
        self.histogram.record(self.started.elapsed().as_secs_f64(), &self.attributes);
    }
}

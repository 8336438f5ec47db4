//! The W3C trace context in HTTP headers: `traceparent` and `tracestate`, <https://www.w3.org/TR/trace-context/>.
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The span that `headers` name as the parent; none if they name no valid one.
pub(super) fn read(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// Names a span as the parent of what `headers` belong to.
pub(super) fn write(span: &SpanContext, headers: &mut HeaderMap) {
    let context = Context::new().with_remote_span_context(span.clone());
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, name: &str, value: String) {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            return;
        };
        // Most traces have no state, and senders should leave the header out then.
        if value.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn passed_on(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let read = read(&pairs.collect());
        let mut written = HeaderMap::new();
        write(read.span().span_context(), &mut written);
        written
    }

    #[test]
    fn parent_and_state_are_read_and_written() {
        let written = passed_on(&[("traceparent", PARENT), ("tracestate", "a=b")]);
        assert_eq!(written["traceparent"], PARENT);
        assert_eq!(written["tracestate"], "a=b");
        assert!(!passed_on(&[("traceparent", PARENT)]).contains_key("tracestate"));
    }

    #[test]
    fn an_invalid_parent_is_none() {
        for invalid in ["", "00-0-0-0", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"] {
            assert!(passed_on(&[("traceparent", invalid)]).is_empty(), "{invalid}");
        }
    }
}

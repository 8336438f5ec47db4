//! The request ID, shared by the logs of all services that handle a request, and the W3C trace context.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The request ID, in requests and in answers.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The trace context, <https://www.w3.org/TR/trace-context/>.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The identity of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 1 to 64 of `A-Z a-z 0-9 -`.
    pub request_id: String,
    /// A valid `traceparent`, passed on unchanged.
    pub traceparent: Option<HeaderValue>,
}

impl Trace {
    /// The caller's identity: a valid `x-request-id`, or else the trace ID of a valid `traceparent`. Without either, a
    /// new one from `random`. Validation keeps arbitrary text out of the log.
    pub fn accept(headers: &HeaderMap, random: impl FnOnce() -> u128) -> Self {
        let traceparent = headers.get(TRACEPARENT).filter(|value| trace_id(value).is_some());
        let given = headers.get(REQUEST_ID).filter(|value| is_valid(value.as_bytes()));
        let given = given.and_then(|value| value.to_str().ok());
        match given.or(traceparent.and_then(trace_id)) {
            Some(id) => Self { request_id: id.to_owned(), traceparent: traceparent.cloned() },
            None => Self::new(random()),
        }
    }

    /// The identity from a trusted proxy's header `name`. A new one if `name` is empty or is not one of the two
    /// headers.
    pub fn accept_from(headers: &HeaderMap, name: &str, random: impl FnOnce() -> u128) -> Self {
        let trusted = [REQUEST_ID, TRACEPARENT].into_iter().find(|header| header == name);
        let mut only = HeaderMap::new();
        if let Some((value, name)) = trusted.and_then(|name| Some((headers.get(&name)?, name))) {
            only.insert(name, value.clone());
        }
        Self::accept(&only, random)
    }

    /// A new identity from random bits.
    pub fn new(random: u128) -> Self {
        Self { request_id: format!("{random:032x}"), traceparent: None }
    }

    /// The id of the trace that the request is part of, if a caller began one.
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent.as_ref().and_then(trace_id)
    }

    /// Adds the identity's headers for a call to another service.
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(traceparent) = &self.traceparent {
            headers.insert(TRACEPARENT, traceparent.clone());
        }
    }
}

fn is_valid(id: &[u8]) -> bool {
    (1..=64).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// The trace ID of `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, unless it is all zeros.
fn trace_id(header: &HeaderValue) -> Option<&str> {
    let text = header.to_str().ok()?;
    let parts: Vec<&str> = text.split('-').collect();
    let &["00", trace, span, flags] = &parts[..] else { return None };
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let is_valid = hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    (is_valid && !is_zero(trace) && !is_zero(span)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn accept(pairs: &[(HeaderName, &str)]) -> Trace {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name, value.parse().unwrap());
        }
        Trace::accept(&headers, || 7)
    }

    #[test]
    fn a_valid_request_id_is_kept_and_any_other_replaced() {
        let longest = "a".repeat(64);
        for valid in ["0b5f-A9", &longest] {
            assert_eq!(accept(&[(REQUEST_ID, valid)]).request_id, valid);
        }
        for invalid in ["", "a b", "a\"b", "a_b", &"a".repeat(65)] {
            let id = accept(&[(REQUEST_ID, invalid)]).request_id;
            assert_eq!(id, "00000000000000000000000000000007", "{invalid}");
        }
        assert_eq!(accept(&[]).request_id, "00000000000000000000000000000007");
    }

    #[test]
    fn a_traceparent_gives_the_id_and_is_passed_on_unchanged() {
        let trace = accept(&[(TRACEPARENT, PARENT)]);
        assert_eq!(trace.request_id, "4bf92f3577b34da6a3ce929d0e0e4736");
        let mut headers = HeaderMap::new();
        trace.write(&mut headers);
        assert_eq!(headers[REQUEST_ID], trace.request_id);
        assert_eq!(headers[TRACEPARENT], PARENT);

        let both = accept(&[(TRACEPARENT, PARENT), (REQUEST_ID, "a-1")]);
        assert_eq!((&*both.request_id, both.traceparent.is_some()), ("a-1", true));
    }

    #[test]
    fn a_public_service_accepts_only_a_trusted_proxys_header() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, "a-1".parse().unwrap());
        headers.insert(TRACEPARENT, PARENT.parse().unwrap());
        let id = |name| Trace::accept_from(&headers, name, || 7).request_id;
        assert_eq!(id("x-request-id"), "a-1");
        assert_eq!(id("traceparent"), "4bf92f3577b34da6a3ce929d0e0e4736");
        for untrusted in ["", "cookie"] {
            assert_eq!(id(untrusted), "00000000000000000000000000000007");
        }
    }

    #[test]
    fn an_invalid_traceparent_is_dropped() {
        for invalid in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(accept(&[(TRACEPARENT, invalid)]), Trace::new(7), "{invalid}");
        }
    }
}

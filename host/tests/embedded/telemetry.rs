//! The trace context in headers while traces are exported, and settings of the export.

use crate::runtime::{App, PROBE, Runtime, start_error};

/// A component that calls itself.
fn app() -> App {
    let allowed = "allowed_outbound_hosts = [\"http://*.spin.internal\"]\n";
    App::new(&format!("{PROBE}{allowed}"))
}

/// An address where nobody receives.
const NOWHERE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");

#[test]
fn components_and_calls_get_the_context_of_the_runtimes_own_spans() {
    let app = app();
    let mut command = app.command(&[]);
    command.envs([NOWHERE]);
    let runtime = Runtime::start(command);
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let header = format!("traceparent: 00-{trace}-{parent}-01");
    let get = |path: &str, headers: &[&str]| {
        let body = runtime.connect().request("GET", path, headers, "").body;
        let value = body.split("traceparent: ").nth(1).unwrap_or_else(|| panic!("{body}"));
        value.lines().next().unwrap().to_owned()
    };
    let call = "/fetch?http://probe.spin.internal/headers";
    for (path, headers) in [
        ("/headers", &[header.as_str(), "tracestate: a=b"][..]),
        (call, &[&header]),
        (call, &[&header, "x-traceparent: own"]),
    ] {
        let context = get(path, headers);
        let valid = context.len() == 55 && context.ends_with("-01");
        assert!(valid && context.starts_with(&format!("00-{trace}-")), "{context}");
        assert!(!context.contains(parent), "the span is a child: {context}");
    }
    let (new, other) = (get(call, &[]), get(call, &["traceparent: 00-invalid"]));
    assert_ne!(new[3..35], other[3..35], "each request without a parent begins a trace");
}

#[test]
fn settings_that_are_not_implemented_are_errors_that_name_them() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector/v1/traces"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ] {
        let app = app();
        let mut command = app.command(&[]);
        command.envs([NOWHERE, (name, value)]);
        let error = start_error(command);
        assert!(error.contains(&format!("{name} ")), "{error}");
    }
}

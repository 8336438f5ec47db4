//! One operation in a trace.
use std::fmt::Display;

use http::HeaderMap;
use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value,
    trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer},
};
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};

use super::{names::ERROR_TYPE, trace_context};

/// A span, which ends when it is dropped; nothing if traces are not exported. Names and values are formatted only if they
/// are.
#[derive(Default)]
pub(crate) struct Span(Option<(SdkSpan, SdkTracer)>);

impl Span {
    pub(super) fn start(
        tracer: &SdkTracer,
        parent: &Context,
        kind: SpanKind,
        name: &dyn Display,
    ) -> Self {
        let builder = tracer.span_builder(name.to_string()).with_kind(kind);
        Self(Some((tracer.build_with_context(builder, parent), tracer.clone())))
    }

    /// Starts a span below this one.
    pub(crate) fn child(&self, kind: SpanKind, name: &dyn Display) -> Self {
        let Some((span, tracer)) = &self.0 else { return Self::default() };
        let parent = Context::new().with_remote_span_context(span.span_context().clone());
        Self::start(tracer, &parent, kind, name)
    }

    /// Names this span as the parent of the request with these headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        if let Some((span, _)) = &self.0 {
            trace_context::write(span.span_context(), headers);
        }
    }

    /// Changes the name.
    pub(crate) fn rename(&mut self, name: &dyn Display) {
        if let Some((span, _)) = &mut self.0 {
            span.update_name(name.to_string());
        }
    }

    /// Sets an attribute to a text.
    pub(crate) fn text(&mut self, key: &'static str, value: &dyn Display) -> &mut Self {
        self.set(key, || value.to_string().into())
    }

    /// Sets an attribute to a number.
    pub(crate) fn number(&mut self, key: &'static str, value: impl Into<i64>) -> &mut Self {
        self.set(key, || value.into().into())
    }

    /// Sets an attribute to a list of one text, which is the type of headers.
    pub(crate) fn header(&mut self, key: &'static str, value: &str) -> &mut Self {
        self.set(key, || Value::Array(Array::String(vec![StringValue::from(value.to_owned())])))
    }

    /// Marks the operation as failed. `error` is a kind of error, never a message, which could contain values.
    pub(crate) fn fail(&mut self, error: &dyn Display) {
        self.text(ERROR_TYPE, error);
        if let Some((span, _)) = &mut self.0 {
            span.set_status(Status::error(""));
        }
    }

    fn set(&mut self, key: &'static str, value: impl FnOnce() -> Value) -> &mut Self {
        if let Some((span, _)) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, value()));
        }
        self
    }
}

//! Traces and metrics for OpenTelemetry, exported as Spin does it: by OTLP over HTTP, to the address in the standard
//! environment variables. Without one, nothing is recorded.
//!
//! The trace context travels in the header `traceparent`, inside the process as between pods. Each span reads its parent
//! there and puts itself in its place: the request's span for the component, the component's for its calls. A component
//! may pass the header on or not: the instance serves one request, so its calls belong to that request's trace. Spin does
//! the same, except that a component there still sees the header of its client.

mod environment;
mod export;
mod metrics;
pub(crate) mod names;
mod served;
mod span;
mod trace_context;

use std::{fmt::Display, sync::Arc, thread, time::Duration};

use http::{HeaderMap, Request};
use opentelemetry::trace::{SpanKind, TracerProvider};
use opentelemetry_sdk::{
    metrics::SdkMeterProvider,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::{sync::oneshot, time::timeout};

use self::{environment::Signal, metrics::Metrics};
pub(crate) use self::{metrics::RunningInstance, served::Served, span::Span};
use crate::mysql::sessions::SessionPools;

/// The time that the last spans and metrics have to reach the receiver at shutdown.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// The name of the instrumentation: this program.
const SCOPE: &str = "library-host";

/// The exported signals of an app.
#[derive(Default)]
pub(crate) struct Telemetry {
    traces: Option<(SdkTracerProvider, SdkTracer)>,
    metrics: Option<(SdkMeterProvider, Metrics)>,
}

impl Telemetry {
    /// Exports what the environment asks for. `app` is the default name of the service.
    ///
    /// # Errors
    /// A variable asks for something that this runtime does not implement; the message names it.
    pub(crate) fn from_environment(app: &str, version: Option<&str>) -> anyhow::Result<Self> {
        let mut telemetry = Self::default();
        if Signal::Traces.is_exported()? {
            let provider = export::traces(export::resource(app, version))?;
            let tracer = provider.tracer(SCOPE);
            telemetry.traces = Some((provider, tracer));
        }
        if Signal::Metrics.is_exported()? {
            let provider = export::metrics(export::resource(app, version))?;
            let metrics = Metrics::new(&provider, app);
            telemetry.metrics = Some((provider, metrics));
        }
        Ok(telemetry)
    }

    /// Begins a request from outside.
    pub(crate) fn serve<B>(&self, request: &mut Request<B>) -> Served {
        let method = names::method(request.method());
        let span = self.span(SpanKind::Server, &method, request.headers_mut());
        let duration = self.metrics.as_ref().map(|(_, metrics)| metrics.request_duration());
        Served::new(span, duration, method, request.uri())
    }

    /// Starts a span below the one in `headers`, and puts it there in its place.
    pub(crate) fn span(&self, kind: SpanKind, name: &dyn Display, headers: &mut HeaderMap) -> Span {
        let Some((_, tracer)) = &self.traces else { return Span::default() };
        let span = Span::start(tracer, &trace_context::read(headers), kind, name);
        span.write(headers);
        span
    }

    /// Counts a request to a component, and the instance that handles it.
    pub(crate) fn count_instance(&self, component: &str) -> RunningInstance {
        let metrics = self.metrics.as_ref();
        metrics.map_or_else(RunningInstance::default, |(_, metrics)| metrics.count(component))
    }

    /// Observes the MySQL sessions at each export.
    pub(crate) fn observe_sessions(&self, pools: &Arc<SessionPools>) {
        if let Some((provider, _)) = &self.metrics {
            metrics::observe_sessions(provider, pools.clone());
        }
    }

    /// Exports the rest, for at most [`FLUSH_TIMEOUT`].
    pub(crate) async fn shutdown(&self) {
        let traces = self.traces.as_ref().map(|(provider, _)| provider.clone());
        let metrics = self.metrics.as_ref().map(|(provider, _)| provider.clone());
        let traces = traces.map(|provider| in_thread(move || _ = provider.shutdown()));
        let metrics = metrics.map(|provider| in_thread(move || _ = provider.shutdown()));
        let both = async {
            for finished in traces.into_iter().chain(metrics) {
                _ = finished.await;
            }
        };
        _ = timeout(FLUSH_TIMEOUT, both).await;
    }
}

/// Runs blocking work in a thread, not in a task of the runtime, which would wait for its end.
fn in_thread(work: impl FnOnce() + Send + 'static) -> oneshot::Receiver<()> {
    let (sender, finished) = oneshot::channel();
    thread::spawn(move || {
        work();
        _ = sender.send(());
    });
    finished
}

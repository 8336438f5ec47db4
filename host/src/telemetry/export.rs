//! The export by OTLP over HTTP. The SDK collects in threads of its own, drops what exceeds its queue, and repeats failed
//! exports a few times, so a receiver that is down costs requests nothing.
use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
    trace::SdkTracerProvider,
};
use tokio::{runtime::Handle, time::timeout};

use super::environment::Signal;

/// Maximum size of a receiver's answer in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// The attributes of this process: the app's name and version, and over them those in the environment.
pub(super) fn resource(app: &str, version: Option<&str>) -> Resource {
    let version = version.map(|version| KeyValue::new("service.version", version.to_owned()));
    let resource = Resource::builder_empty()
        .with_service_name(app.to_owned())
        .with_attributes(version)
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()));
    match env::var("OTEL_SERVICE_NAME") {
        Ok(name) if !name.is_empty() => resource.with_service_name(name).build(),
        _ => resource.build(),
    }
}

/// Exports spans in batches.
///
/// # Errors
/// A variable has an invalid value.
pub(super) fn traces(resource: Resource) -> anyhow::Result<SdkTracerProvider> {
    let exporter =
        SpanExporter::builder().with_http().with_http_client(Sender::new(Signal::Traces));
    let exporter = exporter.build().context("traces cannot be exported")?;
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

/// Exports metrics at intervals.
///
/// # Errors
/// A variable has an invalid value.
pub(super) fn metrics(resource: Resource) -> anyhow::Result<SdkMeterProvider> {
    let exporter =
        MetricExporter::builder().with_http().with_http_client(Sender::new(Signal::Metrics));
    let exporter = exporter.build().context("metrics cannot be exported")?;
    Ok(SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(exporter).build())
}

/// Sends the exports of one signal. Logs a failure once, until an export succeeds again.
#[derive(Debug)]
struct Sender {
    signal: Signal,
    timeout: Duration,
    client: legacy::Client<HttpConnector, Full<Bytes>>,
    runtime: Handle,
    is_failing: Arc<AtomicBool>,
}

impl Sender {
    fn new(signal: Signal) -> Self {
        Self {
            signal,
            timeout: signal.timeout(),
            client: legacy::Client::builder(TokioExecutor::new()).build_http(),
            runtime: Handle::current(),
            is_failing: Arc::default(),
        }
    }

    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let (client, limit) = (self.client.clone(), self.timeout);
        let exchange = async move {
            let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let body =
                body.map_err(|error| anyhow!("its answer is too long or incomplete: {error}"));
            anyhow::Ok(Response::from_parts(head, body?.to_bytes()))
        };
        // hyper needs the runtime, and the SDK's threads are outside it.
        let answer = self.runtime.spawn(async move { timeout(limit, exchange).await });
        answer.await?.with_context(|| format!("no answer within {limit:?}"))?
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // Not the whole address, which may contain a password.
        let receiver = request.uri().host().unwrap_or_default().to_owned();
        let answer = self.send(request).await;
        let problem = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(error) => Some(format!("{error:#}")),
        };
        let was_failing = self.is_failing.swap(problem.is_some(), Ordering::Relaxed);
        if let (Some(problem), false) = (problem, was_failing) {
            tracing::warn!(
                "{} cannot be sent to {receiver}: {problem}; requests are served without them",
                self.signal.name()
            );
        }
        Ok(answer?)
    }
}

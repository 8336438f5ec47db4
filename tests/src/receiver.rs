//! A small receiver of OpenTelemetry data: it collects what the app exports by OTLP over HTTP.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
};

use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{metric::Data, number_data_point},
    trace::v1::status::StatusCode as SpanStatus,
};
use prost::Message;
use tokio::net::TcpListener;

use crate::free_listener;

/// The way in which a receiver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// It accepts everything.
    Accepting,
    /// It answers 400, after which nothing is sent again.
    Refusing,
    /// It never answers.
    Silent,
}

/// A running receiver on a free port.
pub struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Received>>,
}

#[derive(Default)]
struct Received {
    /// The number of exports by path.
    exports: BTreeMap<String, usize>,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    metrics: BTreeMap<(String, Attributes, u64), Metric>,
}

/// Attributes as text.
pub type Attributes = BTreeMap<String, String>;

/// A received span.
#[derive(Debug, Clone)]
pub struct Span {
    /// The trace's id in hexadecimal digits
    pub trace: String,
    /// Its own id
    pub id: String,
    /// Its parent's id, empty if it has none
    pub parent: String,
    /// The name
    pub name: String,
    /// The attributes
    pub attributes: Attributes,
    /// Whether the operation failed
    pub is_error: bool,
}

/// The last value of a metric for some attributes.
#[derive(Debug, Clone)]
pub struct Metric {
    /// The unit
    pub unit: String,
    /// The attributes
    pub attributes: Attributes,
    /// The value of a counter, or the number of values of a histogram
    pub value: f64,
    /// The sum of the values of a histogram
    pub sum: f64,
}

impl Receiver {
    /// Starts it.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    pub fn start(behavior: Behavior) -> Receiver {
        let listener = free_listener();
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("its address");
        let received = Arc::<Mutex<Received>>::default();
        let collected = received.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((socket, _)) = listener.accept().await {
                    let received = collected.clone();
                    let answer =
                        service_fn(move |request| answer(behavior, received.clone(), request));
                    let socket = TokioIo::new(socket);
                    tokio::spawn(http1::Builder::new().serve_connection(socket, answer));
                }
            });
        });
        Receiver { address, received }
    }

    /// The environment variables with which a runtime exports to it, and without delay.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.address)),
            ("OTEL_BSP_SCHEDULE_DELAY", "20".to_owned()),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50".to_owned()),
        ]
    }

    /// The number of exports to `path` so far.
    #[must_use]
    pub fn exports(&self, path: &str) -> usize {
        self.read(|received| received.exports.get(path).copied().unwrap_or_default())
    }

    /// The spans so far of the trace with this id.
    #[must_use]
    pub fn trace(&self, id: &str) -> Vec<Span> {
        self.read(|received| received.spans.iter().filter(|s| s.trace == id).cloned().collect())
    }

    /// All spans so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.read(|received| received.spans.clone())
    }

    /// The last values of a metric, one for each combination of attributes and process.
    #[must_use]
    pub fn metric(&self, name: &str) -> Vec<Metric> {
        let is_it = |(key, _): &(&(String, Attributes, u64), &Metric)| key.0 == name;
        self.read(|received| {
            received.metrics.iter().filter(is_it).map(|(_, metric)| metric.clone()).collect()
        })
    }

    /// Whether `text` is anywhere in the data so far.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        let text = text.as_bytes();
        self.read(|received| received.bytes.windows(text.len()).any(|window| window == text))
    }

    fn read<T>(&self, read: impl FnOnce(&Received) -> T) -> T {
        read(&self.received.lock().expect("the received data"))
    }
}

impl Span {
    /// An attribute, empty if it is missing.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

impl Metric {
    /// An attribute, empty if it is missing.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

async fn answer(
    behavior: Behavior,
    received: Arc<Mutex<Received>>,
    request: Request<Incoming>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if let Ok(body) = request.into_body().collect().await {
        received.lock().expect("the received data").add(&path, &body.to_bytes());
    }
    let mut response = Response::new(Empty::new());
    match behavior {
        Behavior::Accepting => {}
        Behavior::Refusing => *response.status_mut() = StatusCode::BAD_REQUEST,
        Behavior::Silent => pending().await,
    }
    Ok(response)
}

impl Received {
    fn add(&mut self, path: &str, body: &[u8]) {
        *self.exports.entry(path.to_owned()).or_default() += 1;
        self.bytes.extend_from_slice(body);
        match path {
            "/v1/traces" => {
                self.add_spans(ExportTraceServiceRequest::decode(body).expect("spans"));
            }
            "/v1/metrics" => {
                self.add_metrics(ExportMetricsServiceRequest::decode(body).expect("metrics"));
            }
            // Spin also exports logs.
            _ => {}
        }
    }

    fn add_spans(&mut self, export: ExportTraceServiceRequest) {
        let scopes = export.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        self.spans.extend(scopes.flat_map(|scope| scope.spans).map(|span| Span {
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            name: span.name,
            attributes: attributes(span.attributes),
            is_error: span.status.is_some_and(|status| status.code() == SpanStatus::Error),
        }));
    }

    fn add_metrics(&mut self, export: ExportMetricsServiceRequest) {
        let resources = export.resource_metrics.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics) {
            // With the time when the process began to count, which tells processes apart.
            let values: Vec<(Vec<KeyValue>, u64, f64, f64)> = match metric.data {
                Some(Data::Sum(sum)) => {
                    let points = sum.data_points.into_iter();
                    let points = points.map(|point| {
                        let value = match point.value {
                            Some(number_data_point::Value::AsInt(value)) => value as f64,
                            Some(number_data_point::Value::AsDouble(value)) => value,
                            None => f64::NAN,
                        };
                        (point.attributes, point.start_time_unix_nano, value, value)
                    });
                    points.collect()
                }
                Some(Data::Histogram(histogram)) => {
                    let points = histogram.data_points.into_iter();
                    let points = points.map(|point| {
                        let (count, sum) = (point.count as f64, point.sum.unwrap_or(f64::NAN));
                        (point.attributes, point.start_time_unix_nano, count, sum)
                    });
                    points.collect()
                }
                _ => Vec::new(),
            };
            for (attributes_of, process, value, sum) in values {
                let attributes = attributes(attributes_of);
                let key = (metric.name.clone(), attributes.clone(), process);
                let unit = metric.unit.clone();
                self.metrics.insert(key, Metric { unit, attributes, value, sum });
            }
        }
    }
}

fn attributes(pairs: Vec<KeyValue>) -> Attributes {
    let pairs = pairs.into_iter();
    pairs
        .map(|pair| (pair.key, pair.value.and_then(|it| it.value).map_or_else(String::new, text)))
        .collect()
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        Value::ArrayValue(array) => {
            array.values.into_iter().filter_map(|it| it.value).map(text).collect()
        }
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The metrics of an app.
use std::sync::Arc;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, MeterProvider, UpDownCounter},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::{
    SCOPE,
    names::{COMPONENT_ID, POOL_NAME, POOL_STATE},
};
use crate::mysql::sessions::SessionPools;

/// The bounds of the buckets for durations in seconds, from the conventions for HTTP.
const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The instruments.
pub(super) struct Metrics {
    app: String,
    requests: Counter<u64>,
    request_duration: Histogram<f64>,
    instances: UpDownCounter<i64>,
}

impl Metrics {
    pub(super) fn new(provider: &SdkMeterProvider, app: &str) -> Self {
        let meter = provider.meter(SCOPE);
        Self {
            app: app.to_owned(),
            // The name and the attributes in Spin.
            requests: meter
                .u64_counter("spin.request_count")
                .with_unit("{request}")
                .with_description("Requests to components, also from other components")
                .build(),
            request_duration: meter
                .f64_histogram("http.server.request.duration")
                .with_unit("s")
                .with_description("Duration of requests from outside")
                .with_boundaries(SECONDS.into())
                .build(),
            instances: meter
                .i64_up_down_counter("component.instances")
                .with_unit("{instance}")
                .with_description("Running instances of components")
                .build(),
        }
    }

    pub(super) fn request_duration(&self) -> Histogram<f64> {
        self.request_duration.clone()
    }

    /// Counts a request to `component`, and its instance until the result is dropped.
    pub(super) fn count(&self, component: &str) -> RunningInstance {
        let component = KeyValue::new(COMPONENT_ID, component.to_owned());
        let app = KeyValue::new("app_id", self.app.clone());
        let trigger = KeyValue::new("trigger_type", "http");
        self.requests.add(1, &[trigger, app, component.clone()]);
        self.instances.add(1, std::slice::from_ref(&component));
        RunningInstance(Some((self.instances.clone(), component)))
    }
}

/// A running instance among the counted ones; nothing if metrics are not exported.
#[derive(Default)]
pub(crate) struct RunningInstance(Option<(UpDownCounter<i64>, KeyValue)>);

impl Drop for RunningInstance {
    fn drop(&mut self) {
        if let Some((instances, component)) = &self.0 {
            instances.add(-1, std::slice::from_ref(component));
        }
    }
}

/// Reports the MySQL sessions of all pools at each export.
pub(super) fn observe_sessions(provider: &SdkMeterProvider, pools: Arc<SessionPools>) {
    provider
        .meter(SCOPE)
        .i64_observable_up_down_counter("db.client.connection.count")
        .with_unit("{connection}")
        .with_description("Open MySQL sessions")
        .with_callback(move |observer| {
            for (pool, count) in pools.count() {
                let states = [("used", count.used), ("idle", count.idle)];
                for (state, sessions) in states {
                    let attributes =
                        [KeyValue::new(POOL_NAME, pool.clone()), KeyValue::new(POOL_STATE, state)];
                    observer.observe(i64::try_from(sessions).unwrap_or(i64::MAX), &attributes);
                }
            }
        })
        .build();
}

//! The environment variables that turn the export on: <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.
//!
//! The SDK reads the others: headers, sampler, resource, batches and intervals.
use std::{env, time::Duration};

use anyhow::{Context, bail, ensure};
use url::Url;

/// The default timeout of an export.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A kind of telemetry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    /// Spans.
    Traces,
    /// Counters and histograms.
    Metrics,
}

impl Signal {
    /// The plural name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    /// Whether it is exported: as in Spin, if there is an endpoint.
    ///
    /// # Errors
    /// A variable asks for something that this runtime does not implement; the message names it.
    pub(super) fn is_exported(self) -> anyhow::Result<bool> {
        self.is_exported_by(&|name| env::var(name).ok())
    }

    fn is_exported_by(self, get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<bool> {
        let disabled = get("OTEL_SDK_DISABLED").unwrap_or_default();
        let Some((variable, endpoint)) = self.setting("ENDPOINT", get) else { return Ok(false) };
        if disabled.eq_ignore_ascii_case("true") {
            return Ok(false);
        }
        let url = Url::parse(&endpoint).ok().filter(Url::has_host);
        let url = url.with_context(|| format!("{variable} must be a URL: http://host:4318"))?;
        match url.scheme() {
            "http" => {}
            "https" => bail!(
                "{variable} has the scheme https, which this runtime does not implement; send to a collector by http, or use Spin"
            ),
            _ => bail!("{variable} must have the scheme http: http://host:4318"),
        }
        if let Some((variable, protocol)) = self.setting("PROTOCOL", get) {
            ensure!(
                protocol == "http/protobuf",
                "{variable} must be http/protobuf, the only protocol that this runtime implements"
            );
        }
        if let Some((variable, compression)) = self.setting("COMPRESSION", get) {
            ensure!(
                compression == "none",
                "{variable} must be none, because this runtime does not compress exports"
            );
        }
        Ok(true)
    }

    /// The timeout of an export.
    pub(super) fn timeout(self) -> Duration {
        let setting = self.setting("TIMEOUT", &|name| env::var(name).ok());
        let milliseconds = setting.and_then(|(_, value)| value.parse().ok());
        milliseconds.map_or(TIMEOUT, Duration::from_millis)
    }

    /// The variable for this signal, or else the one for all signals, and its value. As the specification demands, an
    /// empty value is none.
    fn setting(self, name: &str, get: &dyn Fn(&str) -> Option<String>) -> Option<(String, String)> {
        let own = format!("OTEL_EXPORTER_OTLP_{}_{name}", self.name().to_ascii_uppercase());
        let names = [own, format!("OTEL_EXPORTER_OTLP_{name}")];
        names
            .into_iter()
            .find_map(|name| Some((get(&name).filter(|it| !it.is_empty())?, name)))
            .map(|(value, name)| (name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports(variables: &[(&str, &str)]) -> Vec<Result<bool, String>> {
        let get = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let signals = [Signal::Traces, Signal::Metrics];
        let exported = signals.map(|signal| signal.is_exported_by(&get));
        exported.into_iter().map(|exported| exported.map_err(|error| error.to_string())).collect()
    }

    const ALL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

    #[test]
    fn an_endpoint_turns_the_export_on() {
        assert_eq!(exports(&[]), [Ok(false), Ok(false)]);
        assert_eq!(exports(&[ALL]), [Ok(true), Ok(true)]);
        assert_eq!(exports(&[(ALL.0, "")]), [Ok(false), Ok(false)]);
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/v1/traces");
        assert_eq!(exports(&[traces]), [Ok(true), Ok(false)]);
        assert_eq!(exports(&[ALL, ("OTEL_SDK_DISABLED", "True")]), [Ok(false), Ok(false)]);
        assert_eq!(exports(&[ALL, ("OTEL_SDK_DISABLED", "false")]), [Ok(true), Ok(true)]);
    }

    #[test]
    fn settings_that_are_not_implemented_are_named() {
        let refused = |variables: &[(&str, &str)], name: &str| {
            let error = exports(variables)[0].clone().unwrap_err();
            assert!(error.starts_with(name) && !error.contains("secret"), "{error}");
        };
        for endpoint in ["https://u:secret@host", "secret", "grpc://secret:4317", "host:4318"] {
            refused(&[(ALL.0, endpoint)], ALL.0);
        }
        for protocol in ["grpc", "http/json", "secret"] {
            let variable = ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
            refused(&[ALL, variable], variable.0);
        }
        refused(
            &[ALL, ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")],
            "OTEL_EXPORTER_OTLP_COMPRESSION",
        );
        let own = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
        let general = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(exports(&[ALL, own, general])[0], Ok(true), "the signal's own variable wins");
    }
}

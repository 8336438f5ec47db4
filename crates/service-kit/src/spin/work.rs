//! The work behind an answer, for a caller that asks; see [`contract::work`].

use std::env;

use contract::work::{ASK, Process};
use http::{HeaderValue, request::Parts};

use super::Spin;
use crate::{
    Environment, Problem,
    access::{is_health, may_show_work},
    log,
};

/// The environment variable with the start time of the embedded runtime, in seconds since 1970. Spin does not set it.
const STARTED: &str = "EMBEDDED_HOST_STARTED";

/// Begins to record the work for a request that asks for it. For health checks, it also validates the variable.
///
/// # Errors
/// 503 when the variable `show_work` is invalid.
pub(super) fn record_if_asked(head: &Parts, token: &str) -> Result<(), Problem> {
    let is_asked = head.headers.contains_key(ASK);
    // Other requests don't even look up the variable.
    if !is_asked && !is_health(head.uri.path()) {
        return Ok(());
    }
    let value = Spin.variable("show_work").unwrap_or_default();
    if may_show_work(&value, token)? && is_asked {
        log::record_work();
    }
    Ok(())
}

/// The header with the work so far, if it is recorded. `streamed`: whether the work continues after the header.
pub(super) fn header(status: u16, streamed: bool) -> Option<HeaderValue> {
    let mut work = log::work(status)?;
    work.streamed = streamed;
    work.process = Some(process());
    work.to_header()
}

/// The process that runs this component.
pub fn process() -> Process {
    let started = env::var(STARTED).ok().and_then(|seconds| seconds.parse::<u64>().ok());
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    Process {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runtime: if started.is_some() { "embedded" } else { "Spin" }.to_owned(),
        replica: Spin.variable("replica").unwrap_or_default().trim().to_owned(),
        uptime: started.map(|started| now.saturating_sub(started)),
    }
}

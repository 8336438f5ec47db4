//! HTTP, JSON, MySQL and Spin for the library's services.
//!
//! - [`call`]: a request with typed access to its parts
//! - [`environment`]: database, time, randomness and variables of a service
//! - [`body`], [`uri`], [`idempotency`], [`access`]: the parts of a request
//! - [`problem`]: error answers; the only module that chooses HTTP error statuses
//! - [`stream`]: lists of any length in bounded memory
//! - [`client`]: calls to another service, with a timeout
//! - [`database`]: one MySQL session per request, typed rows, classified errors
//! - [`paging`]: pages of a list that is read in both directions
//! - [`retry`]: pinned session settings, retries on conflicts, transactions
//! - [`epoch`]: the reset of a demo to its first day
//! - [`trace`], [`log`]: the request ID, and the log lines that carry it
//! - [`spin`]: the Spin bindings; everything above runs in native tests too, with the fakes of `testing`

pub mod access;
pub mod body;
pub mod call;
pub mod client;
pub mod database;
pub mod environment;
pub mod epoch;
pub mod idempotency;
pub mod log;
pub mod paging;
pub mod problem;
#[cfg(test)]
mod properties;
pub mod retry;
pub mod spin;
pub mod stream;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod trace;
pub mod uri;

use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

pub use call::Call;
pub use environment::Environment;
pub use problem::Problem;

/// The result of a request handler.
pub type Answer = Result<Response<Vec<u8>>, Problem>;

/// 200 with `value` as JSON.
///
/// # Errors
/// An internal error if `value` cannot be serialized.
pub fn json(value: &impl Serialize) -> Answer {
    json_with(StatusCode::OK, value)
}

/// `status` with `value` as JSON.
///
/// # Errors
/// Same as [`json`].
pub fn json_with(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut response = Response::new(serde_json::to_vec(value).map_err(problem::internal_error)?);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

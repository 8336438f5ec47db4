//! What the library's services share, so that each of them holds only its own subject.
//!
//! - [`problem`]: what a service says when it cannot do what was asked, in one place
//! - [`target`]: the path and the query of a request, decoded once and by the same rules
//! - [`body`]: the JSON a request carries, read key by key
//! - [`listing`]: lists, whole or a page at a time
//! - [`idempotency`]: the key of a request that may come twice and is done once
//! - [`access`]: the token that a request may have to bring
//! - [`trace`]: the name of a request, for the logs
//! - [`database`]: one MySQL session per request, typed rows, errors by meaning
//! - [`contention`]: trying again when somebody else was faster
//! - [`peer`]: asking another service, with an end to the waiting
//! - [`spin`]: where all of this meets Spin; everything above it runs in native tests too

pub mod access;
pub mod body;
pub mod contention;
pub mod database;
pub mod idempotency;
pub mod listing;
pub mod peer;
pub mod problem;
pub mod spin;
pub mod target;
pub mod trace;

use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

pub use problem::Problem;

/// What a handler gives back.
pub type Answer = Result<Response<Vec<u8>>, Problem>;

/// 200 with `value` as JSON.
///
/// # Errors
/// A fault when `value` cannot be written as JSON.
pub fn json(value: &impl Serialize) -> Answer {
    json_with(StatusCode::OK, value)
}

/// `status` with `value` as JSON.
///
/// # Errors
/// As [`json`].
pub fn json_with(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut response = Response::new(serde_json::to_vec(value).map_err(problem::fault)?);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

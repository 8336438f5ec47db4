//! What the library's services share, so that each of them holds only its own subject.
//!
//! - [`problem`]: what a service says when it cannot do what was asked, in one place
//! - [`target`]: the path and the query of a request, decoded once and by the same rules
//! - [`database`]: one MySQL session per request, typed rows, errors by meaning
//! - [`peer`]: asking another service, with an end to the waiting
//! - [`spin`]: where all of this meets Spin; everything above it runs in native tests too

pub mod database;
pub mod peer;
pub mod problem;
pub mod spin;
pub mod target;

use http::{HeaderValue, Response, header::CONTENT_TYPE};
use serde::Serialize;

pub use problem::Problem;

/// 200 with `value` as JSON.
///
/// # Errors
/// A fault when `value` cannot be written as JSON.
pub fn json(value: &impl Serialize) -> Result<Response<Vec<u8>>, Problem> {
    let mut response = Response::new(serde_json::to_vec(value).map_err(problem::fault)?);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

//! The REST contract of the library's services: every endpoint, with its request and answer types.
//!
//! A service and its callers share these types, so they can't disagree:
//!
//! - the service reads a request with [`json::read`] and [`query::Parameters::read`], and answers with the answer type
//! - a caller writes the request with [`endpoint::Input`] and gets the answer type back
//!   (`service_kit::client::ServiceClient::call`)
//!
//! During an upgrade, services of two versions call each other, in any order. So a new fact is an optional key, or an
//! `Option` at the end of a row: an older reader ignores unknown keys and elements, and a newer reader reads missing ones
//! as `None`. A caller that only needs to know whether something exists goes by the status and reads no answer.

pub mod borrowing;
pub mod catalog;
#[cfg(test)]
mod compatibility;
pub mod demo;
pub mod endpoint;
pub mod error;
mod health;
pub mod json;
pub mod lending;
pub mod paging;
pub mod patrons;
#[cfg(test)]
mod properties;
pub mod query;
mod reset;
mod routes;
#[cfg(feature = "schema")]
pub mod schema;
pub mod services;
pub mod work;

pub use endpoint::{Endpoint, Method, Route};
pub use error::ErrorBody;
pub use health::Healthy;
pub use json::{One, Text};
pub use paging::PageRequest;
pub use query::Query;
pub use reset::ResetRequest;
pub use services::{SERVICES, routes};

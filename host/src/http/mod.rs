//! The HTTP server.

pub mod admission;
mod body;
pub mod client;
mod connections;
pub mod handler;
pub mod headers;
pub mod hosts;
pub mod log;
pub mod problem;
pub(crate) mod queue;
pub mod request_body;
pub mod server;
mod stream;

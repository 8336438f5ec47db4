//! HTTP in both directions.

pub mod headers;
pub mod outgoing;
pub mod server;
mod unread;

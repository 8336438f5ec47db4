//! A small runtime for Spin apps made of HTTP components over MySQL, for machines without the Spin CLI. It reads the
//! same `spin.toml` and runs the same `.wasm` files. It does what Spin documents for the parts it implements; anything
//! else is an error that names it.
//!
//! It differs from Spin in limits that well-behaved apps do not notice: requests have deadlines, instances have a
//! default memory limit, the number of concurrent requests is limited, and MySQL sessions are pooled and reset between
//! requests. No error or log line contains a database URL or the value of a variable.
//!
//! The path of a request: [`server`](http::server) accepts it, [`handler`](http::handler) routes and
//! [admits](http::admission) it, [`guest`] runs the component and offers it the host interfaces, and
//! [`outbound`] decides which hosts the component may call.

pub mod app;
mod bindings;
pub mod component_log;
pub mod engine;
pub mod file_limit;
pub mod guest;
pub mod http;
pub mod identifier;
pub mod loader;
pub mod manifest;
pub mod mysql;
pub mod options;
pub mod outbound;
#[cfg(test)]
mod properties;
pub mod routes;
pub mod runtime_config;
pub mod secret;
mod selection;
mod telemetry;
pub mod template;
pub mod variables;

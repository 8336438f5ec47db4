//! A small runtime that runs Spin apps made of HTTP components over MySQL, for machines that cannot
//! have the Spin CLI. It reads the same `spin.toml`, runs the same `.wasm` files and does what Spin
//! documents for the parts it implements; whatever else an app asks for is an error that names it.
//!
//! Four things are its own, and an app does not notice them unless it misbehaves: every request has a
//! deadline, instances have a default memory limit, MySQL sessions are pooled (and reset in between),
//! and no error or log line holds a database URL or a variable's value.
//!
//! The way of a request: [`server`](http::server) accepts it, [`routes`] finds the component,
//! [`headers`](http::headers) adds what Spin adds, [`guest`] runs the component, and
//! [`outgoing`](http::outgoing) or [`mysql`] carry its calls to the outside as far as [`outbound`]
//! allows them.

pub mod app;
mod bindings;
pub mod component_log;
pub mod engine;
pub mod guest;
pub mod http;
pub mod identifier;
pub mod manifest;
pub mod mysql;
pub mod options;
pub mod outbound;
pub mod routes;
pub mod runtime_config;
pub mod secret;
mod selection;
pub mod template;
pub mod variables;

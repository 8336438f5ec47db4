//! The embedded runtime against Spin's documented behavior, with components written for these tests.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic fails the test")]

mod calls;
mod hosts;
mod http;
mod invalid_http;
mod limits;
mod mysql;
mod mysql_sessions;
mod output;
mod overload;
mod runtime;
mod selection;
mod start;
mod stop;
mod telemetry;
mod variables;

//! Shared by the suites: a database per test, the running app, and `cargo xtask` as a command.
//!
//! `cargo xtask test` starts the server and passes its URL in the environment. There are no mocks.

mod answer;
mod app;
mod bodies;
mod console;
pub mod contract;
mod database;
mod figures;
mod http;
mod mariadb;
mod network;
mod person;
mod pod;
mod receiver;
mod xtask;

pub use answer::Answer;
pub use app::{Build, TestApp};
pub use bodies::{begins_with, borrow, loan, returned};
pub use console::{Example, examples};
pub use database::{PIN, TestDatabase};
pub use figures::{is_long, note};
pub use http::Client;
pub use mariadb::MariaDb;
pub use person::{Person, hidden};
pub use pod::runtime;
pub use receiver::{Behavior, Metric, Receiver, Span};
pub use xtask::{
    Up, database_pid, database_url, kill_hard, process_lives, processes_with, run_to_end,
    run_xtask, wait, wait_for, xtask, xtask_database,
};

use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// The value of the environment variable `name`, which `cargo xtask test` sets.
///
/// # Panics
/// If the tests were not started by `cargo xtask test`.
#[must_use]
pub fn from_xtask(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: start the tests with `cargo xtask test`"))
}

/// The project's folder.
#[must_use]
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the project's folder")
}

/// A free TCP port on 127.0.0.1 that no other test of this process gets.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    free_listener().local_addr().expect("its address").port()
}

/// A listener on a port that no other test of this process gets.
///
/// It is below the ports that the system gives to outgoing connections (32768 to 60999 on Linux). One of those could be
/// taken by a connection before the test listens on it.
fn free_listener() -> TcpListener {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 10_000;
    static ASSIGNED: AtomicU32 = AtomicU32::new(0);
    loop {
        // Two processes begin at different ports.
        let number = process::id() * 97 + ASSIGNED.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + number % COUNT).expect("a port");
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener;
        }
    }
}

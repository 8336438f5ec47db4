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

use std::{collections::BTreeSet, env, net::TcpListener, path::PathBuf, sync::Mutex};

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
fn free_listener() -> TcpListener {
    /// The assigned ports, because a test may not listen on its port yet.
    static USED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        if USED.lock().expect("the ports").insert(port) {
            return listener;
        }
    }
}

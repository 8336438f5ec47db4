//! What the rings share: a database of their own, the running app, `cargo xtask` as a user sees it.
//!
//! `cargo xtask test` starts the server and says in the environment where it is; nothing here is a mock.

mod app;
mod bodies;
pub mod contract;
mod database;
mod http;
mod network;
mod pod;
mod xtask;

pub use app::TestApp;
pub use bodies::{borrow, loan};
pub use database::{PIN, TestDatabase};
pub use http::{Answer, Client};
pub use xtask::{Up, database_pid, kill_hard, process_lives, run_xtask, xtask_database};

use std::{collections::BTreeSet, env, net::TcpListener, path::PathBuf, sync::Mutex};

/// The value that `cargo xtask test` gives for `name`.
///
/// # Panics
/// When the tests were started in another way.
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

/// A TCP port on 127.0.0.1 that was free a moment ago, and that no other test gets.
///
/// # Panics
/// When the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    free_listener().local_addr().expect("its address").port()
}

/// A listener on a port of its own.
fn free_listener() -> TcpListener {
    /// Ports that were given away: who got one may not listen there yet.
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        if GIVEN.lock().expect("the ports").insert(port) {
            return listener;
        }
    }
}

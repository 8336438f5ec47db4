//! The Spin bindings: requests, answers, variables, the database, other services, clock and random numbers.
//!
//! Works only inside a component.

mod client;
mod clock;
mod server;
mod stream;
mod work;

use std::time::SystemTime;

use spin_sdk::{mysql::Connection, variables};
use wasi::random::random::get_random_u64;

pub use client::SpinServiceClient;
pub use server::{Admitted, serve, serve_rest};
pub use work::process;

use crate::{
    Problem,
    database::{DatabaseError, Settings},
    environment::{BodySink, Environment},
    problem::internal_error,
};

/// The environment of a component.
#[derive(Clone, Copy, Debug)]
pub struct Spin;

impl Environment for Spin {
    type Database = Connection;

    fn open_database(&self) -> Result<Connection, DatabaseError> {
        open_database()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn start_stream(&self) -> Option<Box<dyn BodySink>> {
        stream::start()
    }

    fn random(&self) -> [u8; 32] {
        random()
    }

    fn raw_variable(&self, name: &str) -> Result<String, String> {
        variables::get(name).map_err(|error| error.to_string())
    }
}

/// The API token from the variable `api_token`; empty if the services are open.
///
/// # Errors
/// An internal error if it cannot be read.
pub fn token() -> Result<String, Problem> {
    let token = Spin.variable("api_token");
    let token = token.map_err(|error| internal_error(format!("api_token: {error}")))?;
    Ok(token.trim().to_owned())
}

/// Opens a session with the database that the variables `db_host`, `db_port`, `db_name`, `db_user` and `db_password`
/// describe. It ends when it is dropped.
///
/// # Errors
/// Unreachable if no session can be opened; an internal error if a variable is missing.
pub fn open_database() -> Result<Connection, DatabaseError> {
    let variable =
        |name| Spin.variable(name).map_err(|e| DatabaseError::internal(format!("{name}: {e}")));
    let settings = Settings {
        host: variable("db_host")?,
        port: variable("db_port")?,
        name: variable("db_name")?,
        user: variable("db_user")?,
        password: variable("db_password")?,
    };
    Ok(Connection::open(&settings.url())?)
}

/// 256 unpredictable bits.
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    for part in bytes.chunks_exact_mut(8) {
        part.copy_from_slice(&get_random_u64().to_ne_bytes());
    }
    bytes
}

fn random_id() -> u128 {
    u128::from(get_random_u64()) << 64 | u128::from(get_random_u64())
}

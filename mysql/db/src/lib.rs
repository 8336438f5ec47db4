//! The library's database in a MySQL-compatible server: loads schemas, users and demo data, writes backups and restores
//! them.
//!
//! The files to load are beside this crate: `catalogdb/`, `patronsdb/` and `borrowdb/` hold the numbered migrations of
//! each schema, `users.sql` the grants, the `*_demo.csv` files the demo data. [`load`](fn@load) is idempotent and can
//! run concurrently.

pub mod backup;
mod demo;
mod error;
mod files;
mod library;
mod load;
mod migrations;
mod names;
mod pin;
mod preconditions;
mod progress;
#[cfg(test)]
mod properties;
mod restore;
mod schema;
mod search_index;
mod server;
mod users;

pub use error::Error;
pub use files::Files;
pub use library::{Library, Passwords};
pub use load::{load, load_from, remove};
pub use names::{Names, NamesError, Store};
pub use pin::{Pin, PinError};
pub use progress::{Progress, Stage};
pub use restore::restore;
pub use server::{admin_url, check_connection, connect, shut_down, wait_for_server};

//! The database of a local run: its server, its contents, and `cargo xtask db …`.

mod account;
mod client;
mod commands;
mod compose;
mod files;
mod kind;
mod library;
mod process;
mod process_user;
mod record;
mod server;
mod source;

pub use commands::{Action, run, running};
pub use library::{library, load, spin_variables};
pub use record::Owner;
pub use server::Server;
pub use source::{ServerSource, find_or_install_mariadb};

//! What can keep the library from being loaded, each with what to do next. None carries a URL or a password.

use std::path::PathBuf;

/// Why [`load`](crate::load) stopped.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The administrator's URL can't be read.
    #[error("the database URL is not of the form mysql://user:password@host:port/: {0}")]
    BadUrl(String),
    /// Nothing answers there.
    #[error("no database answers at {server}: {reason}. Is it running, and is the address right?")]
    Unreachable {
        /// `host:port`
        server: String,
        /// The driver's words
        reason: String,
    },
    /// The server answers but does not let the account in.
    #[error(
        "the database at {server} refused the login: {reason}. Check user and password in the database URL"
    )]
    Refused {
        /// `host:port`
        server: String,
        /// The server's words
        reason: String,
    },
    /// Another loader is at work.
    #[error(
        "another loader has been at work on this server for {seconds} s; try again when it is done"
    )]
    Busy {
        /// How long this one waited
        seconds: i32,
    },
    /// The data belong to a later version of the library.
    #[error(
        "the schema {schema} has migration V{version} `{name}`, which this version of the library does not know: \
         it was made by a newer one. Nothing was changed; run that version, or use another database"
    )]
    NewerSchema {
        /// The schema's name
        schema: String,
        /// The unknown migration's number
        version: i32,
        /// The unknown migration's name
        name: String,
    },
    /// A migration could not be applied, or one that was applied has been edited since.
    #[error("the schema {schema} could not be brought up to date: {reason}")]
    Migration {
        /// The schema's name
        schema: String,
        /// What the migration tool says
        reason: String,
    },
    /// A file of the schema, the users or the demo data can't be read.
    #[error("{} can't be read as {what}: {reason}. The folder has to look like `mysql/` in the project", file.display())]
    File {
        /// Its path
        file: PathBuf,
        /// What it should be
        what: &'static str,
        /// The system's words
        reason: String,
    },
    /// A demo file can't be read.
    #[error("{file} is not a readable table: {reason}")]
    DemoData {
        /// The file's name
        file: &'static str,
        /// What is wrong, and in which line
        reason: String,
    },
    /// The librarian's PIN can't be hashed.
    #[error("the librarian's PIN could not be hashed: {0}")]
    Pin(String),
    /// The server failed at something else.
    #[error("the database failed: {0}")]
    Database(#[from] mysql_async::Error),
}

//! Brings the library's schemas, users and demo data into a MySQL-compatible server, however that server was started.
//!
//! What is loaded lies beside this crate: `catalogdb/`, `patronsdb/` and `borrowdb/` hold the numbered
//! migrations of each schema, `users.sql` the grants, the `*_demo.csv` files the demo data. [`load`] can run
//! any number of times and any number at once: the second finds nothing to do.

mod demo;
mod error;
mod files;
mod migrations;
mod names;
mod pin;
mod users;

pub use error::LoadError;
pub use files::Files;
pub use names::{Names, NamesError, Store};
pub use pin::{Pin, PinError};
pub use users::Passwords;

use std::time::{Duration, Instant};

use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};
use tokio::time::timeout;

/// How long one loader waits for another on the same server, in seconds.
const LOCK_WAIT_SECONDS: i32 = 60;

/// How long a server may take to let us in. Something else than a database may be there and wait for us to speak.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to bring in.
#[derive(Debug, Clone)]
pub struct Library {
    /// What schemas and users are called.
    pub names: Names,
    /// The services' database passwords; every run sets them.
    pub passwords: Passwords,
    /// Whether tables that are still empty get the demo books and patrons.
    pub demo_data: bool,
    /// The demo librarian's PIN, if there is to be one.
    pub librarian_pin: Option<Pin>,
}

/// Brings the server at `admin_url` to what this version of the library knows, and returns a line for
/// each thing that had to be done; none when all was there.
///
/// `admin_url` is `mysql://user:password@host:port/` of an account that may create schemas and users.
///
/// # Errors
/// See [`LoadError`]. What was done before the error stays, and the next run goes on from there.
pub async fn load(admin_url: &str, library: &Library) -> Result<Vec<String>, LoadError> {
    load_from(&Files::built_in(), admin_url, library).await
}

/// As [`load`], with other `files` than those of this version.
///
/// # Errors
/// See [`LoadError`].
pub async fn load_from(
    files: &Files,
    admin_url: &str,
    library: &Library,
) -> Result<Vec<String>, LoadError> {
    let admin = admin_options(admin_url)?;
    let mut conn = connect(&admin).await?;
    let lock = format!("library loader {}", library.names.schema(Store::Catalog));
    let locked: Option<i64> =
        conn.exec_first("SELECT GET_LOCK(?, ?)", (&lock, LOCK_WAIT_SECONDS)).await?.flatten();
    if locked != Some(1) {
        return Err(LoadError::Busy { seconds: LOCK_WAIT_SECONDS });
    }

    let mut done = Vec::new();
    for store in Store::ALL {
        let schema = library.names.schema(store);
        conn.query_drop(format!(
            "CREATE DATABASE IF NOT EXISTS `{schema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
        ))
        .await?;
        done.extend(migrations::apply(&admin, &schema, files.migrations(store)).await?);
    }
    users::grant(&mut conn, library, files).await?;
    if library.demo_data {
        done.extend(demo::fill_empty_tables(&mut conn, &library.names, files).await?);
    }
    if let Some(pin) = &library.librarian_pin {
        done.extend(pin::set(&mut conn, &library.names, pin).await?);
    }
    // The lock goes with its session.
    conn.disconnect().await?;
    Ok(done)
}

/// Drops the schemas and users that `names` calls for, with all their data.
///
/// # Errors
/// See [`LoadError`].
pub async fn remove(admin_url: &str, names: &Names) -> Result<(), LoadError> {
    let mut conn = connect(&admin_options(admin_url)?).await?;
    for store in Store::ALL {
        conn.query_drop(format!("DROP DATABASE IF EXISTS `{}`", names.schema(store))).await?;
        conn.query_drop(format!("DROP USER IF EXISTS '{}'@'%'", names.user(store))).await?;
    }
    conn.disconnect().await?;
    Ok(())
}

/// Whether the server at `admin_url` answers and lets the account in.
///
/// # Errors
/// See [`LoadError`].
pub async fn reach(admin_url: &str) -> Result<(), LoadError> {
    connect(&admin_options(admin_url)?).await?.disconnect().await?;
    Ok(())
}

/// As [`reach`], but gives a server that does not answer yet `patience` to start.
///
/// # Errors
/// See [`LoadError`]. A server that answers and refuses is not asked again.
pub async fn await_server(admin_url: &str, patience: Duration) -> Result<(), LoadError> {
    let start = Instant::now();
    loop {
        match reach(admin_url).await {
            Err(LoadError::Unreachable { .. }) if start.elapsed() < patience => {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Asks the server at `admin_url` to shut down; it does so in its own time.
///
/// # Errors
/// See [`LoadError`].
pub async fn shut_down(admin_url: &str) -> Result<(), LoadError> {
    let mut conn = connect(&admin_options(admin_url)?).await?;
    match conn.query_drop("SHUTDOWN").await {
        // It may close the session before it answers.
        Ok(()) | Err(mysql_async::Error::Io(_) | mysql_async::Error::Driver(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The address in `admin_url`, without a schema: those are ours to name. `@@socket` is never asked for,
/// because another server on this machine could answer there.
fn admin_options(admin_url: &str) -> Result<Opts, LoadError> {
    let opts = Opts::from_url(admin_url).map_err(|e| LoadError::BadUrl(e.to_string()))?;
    Ok(OptsBuilder::from_opts(opts).prefer_socket(false).db_name(None::<String>).into())
}

async fn connect(admin: &Opts) -> Result<Conn, LoadError> {
    let server = format!("{}:{}", admin.ip_or_hostname(), admin.tcp_port());
    match timeout(PATIENCE, Conn::new(admin.clone())).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(mysql_async::Error::Server(e))) => {
            Err(LoadError::Refused { server, reason: e.message })
        }
        Ok(Err(other)) => Err(LoadError::Unreachable { server, reason: other.to_string() }),
        Err(_) => {
            Err(LoadError::Unreachable { server, reason: format!("no word within {PATIENCE:?}") })
        }
    }
}

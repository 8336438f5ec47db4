//! The command line of `library-db`, and the environment variables it reads. Passwords come only from the environment,
//! because every user of a machine can see command lines.

use std::{env, ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// Loads, backs up and restores the library's database in a MySQL-compatible server.
///
/// The environment names the server and an account that may create schemas and users: LIBRARY_ADMIN_URL
/// (mysql://user:password@host:port/), or LIBRARY_DB_HOST, LIBRARY_DB_PORT (3306), LIBRARY_DB_ADMIN_USER (root) and
/// LIBRARY_DB_ADMIN_PASSWORD.
#[derive(Parser)]
#[command(name = "library-db", version, verbatim_doc_comment)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Subcommand)]
pub enum Command {
    /// Create or upgrade the schemas and users, and fill empty tables with demo data
    ///
    /// Running it again changes nothing. The environment must have CATALOG_DB_PASSWORD, PATRONS_DB_PASSWORD and
    /// BORROWING_DB_PASSWORD for the services' users. LIBRARIAN_PIN, the demo librarian's PIN, is optional.
    #[command(verbatim_doc_comment)]
    Load(LoadArgs),
    /// Write a backup while the library runs
    Backup(BackupArgs),
    /// Restore a backup and set up the services' users; uses the same environment variables as `load`
    Restore(RestoreArgs),
    /// Check that a backup is complete and undamaged, without a database
    Verify {
        /// The backup, or a folder whose newest backup is checked
        file: PathBuf,
    },
    /// Wait until the server accepts the account
    Wait {
        /// The number of seconds to wait
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        seconds: u64,
    },
}

/// Options of `library-db load`.
#[derive(Args)]
pub struct LoadArgs {
    /// A folder with the layout of `mysql/` in the project, to use instead of the compiled-in files
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Do not load demo books and patrons
    #[arg(long)]
    pub no_demo_data: bool,
    #[command(flatten)]
    pub library: LibraryArgs,
}

/// Options of `library-db backup`.
#[derive(Args)]
pub struct BackupArgs {
    /// The file to write, or an existing folder for a file named by date, `library-2026-01-02T03-04-05Z.jsonl.gz`
    pub file: PathBuf,
    /// In a folder, delete backups older than this many days afterwards
    #[arg(long, value_name = "DAYS")]
    pub keep_days: Option<u64>,
    #[command(flatten)]
    pub library: LibraryArgs,
}

/// Options of `library-db restore`.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup, or a folder whose newest backup is restored
    pub file: PathBuf,
    /// Replace the data in the database, which is then lost
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub library: LibraryArgs,
}

/// Options that select the library and limit the wait for its server.
#[derive(Args)]
pub struct LibraryArgs {
    /// The number of seconds to wait for a server that is still starting
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub wait: u64,
    /// A suffix for the names of schemas and users, so that several libraries can share a server
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub suffix: String,
}

/// The administrator's URL, from LIBRARY_ADMIN_URL or built from its parts, which may contain any character.
pub fn admin_url() -> Result<String, String> {
    if let Some(url) = optional("LIBRARY_ADMIN_URL")? {
        return Ok(url);
    }
    let host = optional("LIBRARY_DB_HOST")?.ok_or(
        "no database address is given; set LIBRARY_ADMIN_URL, or LIBRARY_DB_HOST and LIBRARY_DB_ADMIN_PASSWORD (see \
         `library-db --help`)",
    )?;
    let port = optional("LIBRARY_DB_PORT")?.unwrap_or_else(|| "3306".to_owned());
    let user = optional("LIBRARY_DB_ADMIN_USER")?.unwrap_or_else(|| "root".to_owned());
    let password = required("LIBRARY_DB_ADMIN_PASSWORD")?;
    library_db::admin_url(&host, &port, &user, &password)
        .map_err(|error| format!("LIBRARY_DB_HOST or LIBRARY_DB_PORT is not valid: {error}"))
}

/// The value of an environment variable, without the line break at the end of many secret files. An empty value counts
/// as unset.
pub fn optional(name: &str) -> Result<Option<String>, String> {
    env::var_os(name).map_or(Ok(None), |value| read(name, value))
}

fn read(name: &str, value: OsString) -> Result<Option<String>, String> {
    let value = value.into_string().map_err(|_| format!("{name} is not UTF-8"))?;
    let value = value.trim_end_matches(['\r', '\n']);
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

/// The value of a required environment variable.
pub fn required(name: &str) -> Result<String, String> {
    optional(name)?.ok_or_else(|| format!("{name} is not set; set it in the environment"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_value_ends_before_its_line_break() {
        for (value, text) in
            [("p\n", "p"), ("p\r\n", "p"), ("p \n\n", "p "), ("p\nq", "p\nq"), (" p", " p")]
        {
            assert_eq!(read("X", value.into()), Ok(Some(text.to_owned())), "{value:?}");
        }
        for empty in ["", "\n", "\r\n"] {
            assert_eq!(read("X", empty.into()), Ok(None), "{empty:?}");
        }
    }

    #[test]
    fn a_value_that_is_not_utf8_is_named() {
        for bytes in [&b"caf\xe9"[..], b"\xff", b"\xc3", b"a\x80b\n"] {
            let error = read("LIBRARIAN_PIN", OsString::from_vec(bytes.to_vec())).unwrap_err();
            assert_eq!(error, "LIBRARIAN_PIN is not UTF-8");
        }
    }
}

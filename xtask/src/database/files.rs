//! The files of a server: their paths, their creation, and the end of the log.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{
    kind::{Program, ServerKind},
    process_user::ProcessUser,
};
use crate::{
    data_folder::DataFolder,
    system::{environment, process, programs, signals},
};

/// The folder for temporary tables. It is relative to the data files, because the server splits the option at colons,
/// and MariaDB's setup script splits it at spaces. No other server may share the folder, because MariaDB deletes all
/// temporary files in it when it starts.
const TEMPORARY_OPTION: &str = "--tmpdir=../tmp";

/// The folder of the server's data files. The rest of the data folder is ours.
pub fn data_files(data: &DataFolder) -> PathBuf {
    data.path().join("mysql")
}

/// The server's log.
pub fn log(data: &DataFolder) -> PathBuf {
    data.path().join("server.log")
}

/// All options of the server, which reads none of the machine's option files. The durability settings are MySQL's
/// defaults, which MariaDB does not share: a commit is on disk before it is acknowledged.
pub fn options(files: &Path, port: u16) -> Vec<OsString> {
    let mut options: Vec<OsString> = [
        "--no-defaults",
        "--bind-address=127.0.0.1",
        // Relative to the data files: a socket path is limited to 107 characters.
        "--socket=server.sock",
        "--pid-file=server.pid",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_ci",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-doublewrite=ON",
        "--sync-binlog=1",
        "--max-connections=500",
        TEMPORARY_OPTION,
    ]
    .map(OsString::from)
    .to_vec();
    options.push(option("--datadir=", files));
    options.push(format!("--port={port}").into());
    options
}

/// The option `name`, which ends with `=`, with a path as its value.
pub fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// Creates the system tables if there are none, in a temporary folder that is renamed when it is complete.
///
/// # Errors
/// If the setup fails; the message includes the end of the log.
pub fn initialize(program: &Program, user: &ProcessUser, data: &DataFolder) -> Result<()> {
    let (files, log) = (data_files(data), log(data));
    user.own_folder(&data.path().join("tmp"))?;
    if files.is_dir() {
        return user.own_all(&files);
    }
    let part = data.path().join("mysql.part");
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    user.own_folder(&part)?;
    let mut command = match program.kind {
        ServerKind::MariaDb => {
            let tool = programs::find("mariadb-install-db")
                .or_else(|| programs::find("mysql_install_db"))
                .context("`mariadb-install-db` is not installed; install the complete server package of MariaDB")?;
            let mut command = user.command(&tool);
            // No account accepts a password yet; the server's start creates the administrator.
            command.args([
                "--no-defaults",
                "--auth-root-authentication-method=socket",
                "--skip-test-db",
            ]);
            command
        }
        _ => {
            let mut command = user.command(&program.path);
            command.args(["--no-defaults", "--initialize-insecure"]);
            command
        }
    };
    command.arg(option("--datadir=", &part)).arg(TEMPORARY_OPTION);
    command.stdout(append(&log)?).stderr(append(&log)?);
    environment::restrict(&mut command, &[]);
    command.env_remove("TMPDIR");
    if let Err(error) = process::run(&mut command) {
        if signals::is_stop_requested() {
            bail!("stopped while the database was being set up");
        }
        bail!(
            "the server's setup failed: {error:#}. The end of its log, {}:
{}",
            log.display(),
            log_end(&log)
        );
    }
    fs::rename(&part, files)?;
    Ok(())
}

/// Opens a log to append to it.
///
/// # Errors
/// If it cannot be written to.
pub fn append(log: &Path) -> Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))
}

/// The errors at the end of a server's log, or its last lines if they contain no error.
pub fn log_end(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last: Vec<&str> = text.lines().rev().take(60).collect();
    let errors: Vec<&str> = last.iter().copied().filter(|line| line.contains("[ERROR]")).collect();
    let mut lines = if errors.is_empty() { last } else { errors };
    lines.truncate(12);
    lines.reverse();
    lines.join("\n")
}

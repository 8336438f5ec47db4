//! The kinds of database servers, and the server programs on this machine.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::programs;

/// The kind of server that created a data folder. A server of one kind cannot read the files of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerKind {
    /// `mariadbd`
    MariaDb,
    /// MySQL's `mysqld`
    MySql,
    /// The container of mysql/compose.yaml
    Compose,
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ServerKind::MariaDb => "MariaDB",
            ServerKind::MySql => "MySQL",
            ServerKind::Compose => "the MySQL container",
        })
    }
}

/// A server program on this machine.
pub struct Program {
    /// Its path
    pub path: PathBuf,
    /// Its kind
    pub kind: ServerKind,
}

impl Program {
    /// The program called `name`, if it is installed.
    pub fn find(name: &str) -> Option<Program> {
        let path = programs::find(name)?;
        let version = programs::version(&path.to_string_lossy())?;
        let kind =
            if version.contains("MariaDB") { ServerKind::MariaDb } else { ServerKind::MySql };
        Some(Program { path, kind })
    }
}

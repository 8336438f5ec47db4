//! The record of a data folder's server: the file `server.toml`.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::kind::ServerKind;
use crate::data_folder::DataFolder;

const FILE: &str = "server.toml";

/// The task that started a server. `up` stops a server that an `up` started, and keeps one that `db start` started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// `cargo xtask up`
    Up,
    /// `cargo xtask db start`
    DbStart,
}

/// The contents of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The kind of server. Data folders of version 0.1 have the alias.
    #[serde(alias = "flavour")]
    pub kind: ServerKind,
    /// Its port on 127.0.0.1
    pub port: u16,
    /// Its process, if it is not in a container
    pub pid: Option<u32>,
    /// The task that started it
    pub owner: Owner,
}

impl Record {
    /// Reads the record; `None` if no server was ever started on the data folder.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn read(data: &DataFolder) -> Result<Option<Record>> {
        data.read(FILE)
    }

    /// Writes the record.
    ///
    /// # Errors
    /// If the data folder cannot be written to.
    pub fn write(&self, data: &DataFolder) -> Result<()> {
        data.write(FILE, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_version_0_1_is_still_read() {
        let old = "flavour = \"mariadb\"\nport = 3310\npid = 7\nowner = \"db-start\"\n";
        let record: Record = toml::from_str(old).unwrap();
        assert_eq!((record.kind, record.port), (ServerKind::MariaDb, 3310));
        assert_eq!((record.pid, record.owner), (Some(7), Owner::DbStart));
    }
}

//! The format of a backup: gzip-compressed lines of JSON.
//!
//! ```text
//! {"library_backup":{"format":1,"library":"0.2.0","taken_at":"2026-01-02T03:04:05Z","server":"8.4.9","schemas":{"catalogdb":2}}}
//! {"table":{"name":"catalogdb.books","auto_increment":21,"columns":["id","title"]}}
//! ["1","Around the Wicket Gate"]
//! {"manifest":{"format":1,…,"tables":{"catalogdb.books":{"rows":1,"sha256":"…"}}}}
//! ```
//!
//! A value is a text or null. A column whose name ends in `#` holds bytes, as hexadecimal digits. Generated columns and
//! table definitions are omitted: a restore creates the tables with the migrations of the backup's version. The
//! manifest is the last line, so a truncated file has none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of this format.
pub(crate) const FORMAT: u32 = 1;

/// The first line of a backup, repeated in the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format
    pub format: u32,
    /// The version of the program that wrote the backup
    pub library: String,
    /// The moment of the snapshot, in UTC
    pub taken_at: String,
    /// The version of the server
    pub server: String,
    /// Each schema, by its name without suffix, and the version of its last migration
    pub schemas: BTreeMap<String, i32>,
}

/// The last line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The first line, repeated
    #[serde(flatten)]
    pub header: Header,
    /// Each table, as `schema.table`
    pub tables: BTreeMap<String, TableSummary>,
}

/// A table's entry in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    /// The number of rows
    pub rows: u64,
    /// The SHA-256 of the table's lines, including their ends
    pub sha256: String,
}

/// The line before a table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// `schema.table`
    pub(crate) name: String,
    /// The next id, so that ids are never reused; `None` if the server assigns none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auto_increment: Option<u64>,
    /// The columns. A `#` at the end marks one that holds bytes.
    pub(crate) columns: Vec<String>,
}

/// A line that is not a row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The first line
    LibraryBackup(Header),
    /// The beginning of a table
    Table(Table),
    /// The last line
    Manifest(Manifest),
}

/// A row's values in the order of the columns.
pub(crate) type Row = Vec<Option<String>>;

//! Reads all schemas in one transaction and writes them as a backup.

use std::{collections::BTreeMap, io::Write};

use mysql_async::{Conn, Value, prelude::Queryable};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::format::{FORMAT, Header, Line, Manifest, Row, Table, TableSummary};
use crate::{
    Error, Names, Store,
    schema::HISTORY,
    schema::{Column, columns, is_loaded, tables},
};

/// An error of reading the database or of writing the backup.
pub(super) enum SnapshotError {
    Database(Error),
    Io(std::io::Error),
}

impl From<Error> for SnapshotError {
    fn from(error: Error) -> Self {
        SnapshotError::Database(error)
    }
}

impl From<mysql_async::Error> for SnapshotError {
    fn from(error: mysql_async::Error) -> Self {
        SnapshotError::Database(error.into())
    }
}

impl From<std::io::Error> for SnapshotError {
    fn from(error: std::io::Error) -> Self {
        SnapshotError::Io(error)
    }
}

/// Writes a snapshot of the schemas called `names` to `output`. Concurrent changes don't affect it.
pub(super) async fn write(
    conn: &mut Conn,
    names: &Names,
    output: &mut impl Write,
) -> Result<Manifest, SnapshotError> {
    for store in Store::ALL {
        let schema = names.schema(store);
        if !is_loaded(conn, &schema).await? {
            return Err(Error::NotLoaded { schema }.into());
        }
    }
    conn.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
    let header = header(conn, names).await?;
    write_line(output, None, &Line::LibraryBackup(header.clone()))?;
    let mut summaries = BTreeMap::new();
    for store in Store::ALL {
        let schema = names.schema(store);
        for table in tables(conn, &schema).await?.into_iter().filter(|table| table != HISTORY) {
            let name = format!("{}.{table}", store.schema());
            let summary = write_table(conn, &schema, &table, name.clone(), output).await?;
            summaries.insert(name, summary);
        }
    }
    conn.query_drop("COMMIT").await?;
    let manifest = Manifest { header, tables: summaries };
    write_line(output, None, &Line::Manifest(manifest.clone()))?;
    Ok(manifest)
}

async fn header(conn: &mut Conn, names: &Names) -> Result<Header, SnapshotError> {
    let now = "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ'), VERSION()";
    let (taken_at, server): (String, String) = conn.query_first(now).await?.unwrap_or_default();
    let mut schemas = BTreeMap::new();
    for store in Store::ALL {
        let history = format!("SELECT MAX(version) FROM `{}`.{HISTORY}", names.schema(store));
        let version: Option<Option<i32>> = conn.query_first(history).await?;
        schemas.insert(store.schema().to_owned(), version.flatten().unwrap_or_default());
    }
    let library = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Header { format: FORMAT, library, taken_at, server, schemas })
}

async fn write_table(
    conn: &mut Conn,
    schema: &str,
    table: &str,
    name: String,
    output: &mut impl Write,
) -> Result<TableSummary, SnapshotError> {
    let columns = columns(conn, schema, table).await?;
    let line = Table {
        name,
        auto_increment: auto_increment(conn, schema, table).await?,
        columns: columns.iter().map(Column::marked).collect(),
    };
    write_line(output, None, &Line::Table(line))?;
    let values: Vec<String> = columns.iter().map(Column::as_text).collect();
    let mut rows =
        conn.query_iter(format!("SELECT {} FROM `{schema}`.`{table}`", values.join(", "))).await?;
    let (mut count, mut digest) = (0, Sha256::new());
    while let Some(row) = rows.next().await? {
        let values = row.unwrap().into_iter().map(text).collect::<Result<Row, Error>>()?;
        write_line(output, Some(&mut digest), &values)?;
        count += 1;
    }
    Ok(TableSummary { rows: count, sha256: hex(&digest.finalize()) })
}

/// The next id of a table whose ids the server assigns. Not from `information_schema`, where MySQL caches it.
async fn auto_increment(
    conn: &mut Conn,
    schema: &str,
    table: &str,
) -> Result<Option<u64>, SnapshotError> {
    let create: Option<(String, String)> =
        conn.query_first(format!("SHOW CREATE TABLE `{schema}`.`{table}`")).await?;
    let create = create.map(|(_, create)| create).unwrap_or_default();
    let (_, after) = create.rsplit_once(" AUTO_INCREMENT=").unwrap_or_default();
    Ok(after.split(' ').next().and_then(|number| number.parse().ok()))
}

/// A value in the text protocol.
fn text(value: Value) -> Result<Option<String>, Error> {
    match value {
        Value::NULL => Ok(None),
        Value::Bytes(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Error::Database("a text in the database is not UTF-8".to_owned())),
        other => Ok(Some(other.as_sql(true).trim_matches('\'').to_owned())),
    }
}

fn write_line(
    output: &mut impl Write,
    digest: Option<&mut Sha256>,
    line: &impl Serialize,
) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    if let Some(digest) = digest {
        digest.update(&bytes);
    }
    output.write_all(&bytes)
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Column {
    /// The column's name in a backup.
    fn marked(&self) -> String {
        if self.is_binary { format!("{}#", self.name) } else { self.name.clone() }
    }

    /// The SQL expression for the column's values as text.
    fn as_text(&self) -> String {
        if self.is_binary { format!("HEX(`{}`)", self.name) } else { format!("`{}`", self.name) }
    }
}

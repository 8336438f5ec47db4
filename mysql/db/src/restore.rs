//! Restores a backup. The old data stays in use until one statement replaces it.
//!
//! The backup is loaded into temporary schemas at the backup's version and migrated there. Then one RENAME TABLE moves
//! the old tables out and the new ones in. A restore that fails or is killed leaves either the old data or the restored
//! data in use. The app may keep running.

use std::path::Path;

use mysql_async::{Conn, Params, Value, prelude::Queryable};

use crate::{
    Error, Files, Library, Names, Progress, Stage, Store,
    backup::{Header, Item, Reader, Table, verify},
    load::{load_locked, lock},
    migrations, preconditions,
    schema::HISTORY,
    schema::{Column, columns, create_schema, drop_schema, tables},
    server::Server,
    users,
};

/// The tables that have a row in a library without data.
const BOOKKEEPING: [&str; 2] = [HISTORY, "epochs"];

/// The limits of one INSERT.
const MAX_ROWS: usize = 500;
const MAX_BYTES: usize = 256 << 10;

/// Restores the backup in `file` to the server at `admin_url`, and sets up the services' users of `library`. Refuses to
/// replace existing data unless `replace` is set.
///
/// Schemas that are not in the backup are empty afterwards. Does not load demo data.
///
/// # Errors
/// See [`Error`]. The stage of `progress` says what has changed.
pub async fn restore(
    admin_url: &str,
    library: &Library,
    file: &Path,
    replace: bool,
    progress: &Progress,
) -> Result<(), Error> {
    let files = Files::built_in();
    let manifest = verify(file).await?;
    check_versions(&files, &manifest.header)?;

    let server = Server::from_url(admin_url)?;
    let mut conn = server.connect().await?;
    lock(&mut conn, &library.names).await?;
    preconditions::check_server(&mut conn).await?;
    preconditions::check_schemas(&mut conn, &library.names).await?;
    users::check_accounts(&mut conn, &library.names).await?;
    let held = tables_with_rows(&mut conn, &library.names).await?;
    if !held.is_empty() && !replace {
        return Err(Error::NotEmpty { tables: held.join(", ") });
    }

    let (beside, old) = (library.names.beside("_restore"), library.names.beside("_before"));
    remove_leftovers(&mut conn, &files, &beside).await?;
    remove_leftovers(&mut conn, &files, &old).await?;
    let outcome = async {
        fill(&server, &mut conn, &files, &beside, file).await?;
        for store in Store::ALL {
            create_schema(&mut conn, &library.names.schema(store)).await?;
            create_schema(&mut conn, &old.schema(store)).await?;
        }
        exchange(&mut conn, &library.names, &beside, &old, progress).await
    }
    .await;
    let cleaned = async {
        for schema in
            Store::ALL.map(|store| [beside.schema(store), old.schema(store)]).as_flattened()
        {
            drop_schema(&mut conn, schema).await?;
        }
        Ok(())
    }
    .await;
    outcome.and(cleaned)?;
    progress.change(format!("restored the backup of {}", manifest.header.taken_at));
    let library = Library { demo_data: false, ..library.clone() };
    load_locked(&server, &mut conn, &files, &library, progress).await?;
    conn.disconnect().await?;
    Ok(())
}

/// Refuses schemas and versions that this program does not know.
fn check_versions(files: &Files, header: &Header) -> Result<(), Error> {
    for (schema, version) in &header.schemas {
        let store = Store::ALL.into_iter().find(|store| store.schema() == schema);
        let Some(store) = store else {
            return Err(Error::UnknownBackup(format!(
                "it holds the schema {schema}, which version {} of the library wrote and this version does not know",
                header.library
            )));
        };
        if !files.migrations(store).iter().any(|migration| migration.version() == *version) {
            return Err(Error::UnknownBackup(format!(
                "its schema {schema} has version {version}, which version {} of the library wrote and this version does \
                 not know; use that version",
                header.library
            )));
        }
    }
    Ok(())
}

/// The tables with data.
async fn tables_with_rows(conn: &mut Conn, names: &Names) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for store in Store::ALL {
        let schema = names.schema(store);
        for table in tables(conn, &schema).await? {
            let row: Option<i64> =
                conn.query_first(format!("SELECT 1 FROM `{schema}`.`{table}` LIMIT 1")).await?;
            if row.is_some() && !BOOKKEEPING.contains(&table.as_str()) {
                found.push(table);
            }
        }
    }
    Ok(found)
}

/// Drops the temporary schemas of a killed restore.
async fn remove_leftovers(conn: &mut Conn, files: &Files, names: &Names) -> Result<(), Error> {
    for store in Store::ALL {
        let schema = names.schema(store);
        let found = tables(conn, &schema).await?;
        let ours = files.table_names(store);
        let is_ours = |table: &String| table == HISTORY || ours.contains(&table.as_str());
        if let Some(foreign) = found.iter().find(|table| !is_ours(table)) {
            return Err(Error::ForeignSchema { schema, tables: foreign.clone() });
        }
        drop_schema(conn, &schema).await?;
    }
    Ok(())
}

/// Creates the schemas called `names` at the backup's versions, fills them, and migrates them to this version.
async fn fill(
    server: &Server,
    conn: &mut Conn,
    files: &Files,
    names: &Names,
    file: &Path,
) -> Result<(), Error> {
    let quiet = Progress::silent();
    let mut reader = Reader::open(file)?;
    for store in Store::ALL {
        let schema = names.schema(store);
        create_schema(conn, &schema).await?;
        let version = reader.header().schemas.get(store.schema()).copied();
        migrations::apply(server, store, &schema, files.migrations(store), version, &quiet).await?;
    }
    conn.query_drop("SET SESSION foreign_key_checks = 0").await?;
    let mut batch: Option<Batch> = None;
    loop {
        match reader.next().await? {
            Item::Table(table) => {
                if let Some(mut done) = batch.take() {
                    done.finish(conn).await?;
                }
                batch = Some(Batch::begin(conn, names, table).await?);
            }
            Item::Row(row) => {
                if let Some(batch) = &mut batch {
                    batch.add(conn, row).await?;
                }
            }
            Item::End(_) => break,
        }
    }
    if let Some(mut done) = batch.take() {
        done.finish(conn).await?;
    }
    conn.query_drop("SET SESSION foreign_key_checks = 1").await?;
    for store in Store::ALL {
        let schema = names.schema(store);
        migrations::apply(server, store, &schema, files.migrations(store), None, &quiet).await?;
    }
    Ok(())
}

/// The rows of a table for the next INSERT.
struct Batch {
    table: String,
    columns: Vec<Column>,
    auto_increment: Option<u64>,
    values: Vec<Value>,
    bytes: usize,
}

impl Batch {
    async fn begin(conn: &mut Conn, names: &Names, table: Table) -> Result<Batch, Error> {
        let unknown =
            |what: &str| Error::UnknownBackup(format!("its version of the schema has no {what}"));
        let (schema, name) = table.name.split_once('.').unwrap_or_default();
        let store = Store::ALL
            .into_iter()
            .find(|store| store.schema() == schema)
            .ok_or_else(|| unknown(&format!("table {}", table.name)))?;
        let schema = names.schema(store);
        let existing = columns(conn, &schema, name).await?;
        if existing.is_empty() {
            return Err(unknown(&format!("table {}", table.name)));
        }
        let mut chosen = Vec::new();
        for column in &table.columns {
            let (column_name, is_binary) = match column.strip_suffix('#') {
                Some(name) => (name, true),
                None => (column.as_str(), false),
            };
            let found = existing
                .iter()
                .find(|found| found.name == column_name && found.is_binary == is_binary)
                .ok_or_else(|| unknown(&format!("column {column_name} in {}", table.name)))?;
            chosen.push(found.clone());
        }
        let table_name = format!("`{schema}`.`{name}`");
        // A migration may have inserted rows.
        conn.query_drop(format!("DELETE FROM {table_name}")).await?;
        Ok(Batch {
            table: table_name,
            columns: chosen,
            auto_increment: table.auto_increment,
            values: Vec::new(),
            bytes: 0,
        })
    }

    async fn add(&mut self, conn: &mut Conn, row: Vec<Option<String>>) -> Result<(), Error> {
        self.bytes += row.iter().flatten().map(String::len).sum::<usize>();
        self.values.extend(row.into_iter().map(Value::from));
        if self.bytes >= MAX_BYTES || self.values.len() >= MAX_ROWS * self.columns.len() {
            self.insert(conn).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, conn: &mut Conn) -> Result<(), Error> {
        if self.values.is_empty() {
            return Ok(());
        }
        let names: Vec<String> =
            self.columns.iter().map(|column| format!("`{}`", column.name)).collect();
        let placeholders: Vec<&str> = self
            .columns
            .iter()
            .map(|column| if column.is_binary { "UNHEX(?)" } else { "?" })
            .collect();
        let row = format!("({})", placeholders.join(", "));
        let rows = vec![row.as_str(); self.values.len() / self.columns.len()].join(", ");
        let insert = format!("INSERT INTO {} ({}) VALUES {rows}", self.table, names.join(", "));
        self.bytes = 0;
        let values = std::mem::take(&mut self.values);
        Ok(conn.exec_drop(insert, Params::Positional(values)).await?)
    }

    async fn finish(&mut self, conn: &mut Conn) -> Result<(), Error> {
        self.insert(conn).await?;
        if let Some(next) = self.auto_increment {
            conn.query_drop(format!("ALTER TABLE {} AUTO_INCREMENT = {next}", self.table)).await?;
        }
        Ok(())
    }
}

/// Moves the library's tables into the schemas `old` and those of `beside` into the library's, in one statement.
async fn exchange(
    conn: &mut Conn,
    library: &Names,
    beside: &Names,
    old: &Names,
    progress: &Progress,
) -> Result<(), Error> {
    let mut renames = Vec::new();
    for (from, to) in [(library, old), (beside, library)] {
        for store in Store::ALL {
            let (from, to) = (from.schema(store), to.schema(store));
            for table in tables(conn, &from).await? {
                renames.push(format!("`{from}`.`{table}` TO `{to}`.`{table}`"));
            }
        }
    }
    progress.enter(Stage::Exchanging);
    match conn.query_drop(format!("RENAME TABLE {}", renames.join(", "))).await {
        Ok(()) => {
            progress.enter(Stage::Exchanged);
            Ok(())
        }
        Err(error @ mysql_async::Error::Server(_)) => {
            progress.enter(Stage::Unchanged);
            Err(error.into())
        }
        Err(lost) => Err(Error::Database(format!("the connection was lost: {lost}"))),
    }
}

//! `cargo xtask restore`: puts the library's data back as a backup has them.
//!
//! Nothing is lost half-way: the backup goes into schemas of its own and is brought up to this version there. When
//! all of it is in, one statement takes the old tables away and puts the new ones in their place. So the app may
//! run meanwhile, and a restore that fails, or is killed, has changed nothing.

use std::{
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use loader::{Library, Names, Store};
use mysql_async::{Conn, prelude::Queryable};

use crate::{
    DataArgs,
    backup::{BackupFile, schema_used},
    data::DataFolder,
    database::{self, Account, Owner, Server, Way},
    progress::{say, step},
};

/// Options of `cargo xtask restore`.
#[derive(Args)]
pub struct RestoreArgs {
    /// What `cargo xtask backup` wrote
    file: PathBuf,
    /// Put the backup in the place of what the database holds, which is lost then
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    data: DataArgs,
    /// Restore into this server instead of our own: an administrator's URL, mysql://user:password@host:3306/
    #[arg(long, value_name = "URL", env = "LIBRARY_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Restores the backup; our own server is started for it where it does not run.
///
/// # Errors
/// When it can't; nothing was changed then, unless the error says otherwise.
pub async fn restore(args: &RestoreArgs) -> Result<()> {
    check(&args.file).await?;
    let data = DataFolder::open(&args.data.path())?;
    let library = database::library(&data, false)?;
    if let Some(url) = &args.database_url {
        loader::reach(url).await?;
        return into(url, &library, &args.file, args.replace).await;
    }
    if let Some(server) = Server::running(&data).await? {
        return into(&server.admin_url(), &library, &args.file, args.replace).await;
    }
    let server = Way::find_local(&data)?.start(&data, Owner::DbStart).await?;
    let outcome = into(&server.admin_url(), &library, &args.file, args.replace).await;
    let stopped = step("stopping the database", server.stop(&data)).await;
    outcome.and(stopped)
}

/// Refuses a file that is not a whole backup.
async fn check(file: &Path) -> Result<()> {
    step(&format!("checking {}", file.display()), async { BackupFile::check(file) }).await
}

/// Restores `file`, which was checked, into the server at `admin_url`, with the users of `library`.
///
/// # Errors
/// As [`restore`].
pub async fn into(admin_url: &str, library: &Library, file: &Path, replace: bool) -> Result<()> {
    let account = Account::from_url(admin_url)?;
    let mut session = account.session().await?;
    let alone: Option<Option<i64>> =
        session.query_first("SELECT GET_LOCK('library restore', 0)").await?;
    if alone.flatten() != Some(1) {
        bail!("another restore is at work on this server; try again when it is done");
    }
    let held = tables_with_rows(&mut session).await?;
    if !held.is_empty() && !replace {
        bail!(
            "the database is not empty, it holds {}; with --replace the backup takes their place, and they are lost",
            held.join(", ")
        );
    }
    let new = Names::with_suffix("_restore")?;
    let old = Names::with_suffix("_before")?;
    // What a killed restore left behind.
    remove(admin_url, [&new, &old]).await?;
    let outcome = async {
        step("bringing the backup in", fill(&mut session, &account, &new, file)).await?;
        let beside = Library { names: new.clone(), librarian_pin: None, ..library.clone() };
        loader::load(admin_url, &beside).await?;
        make_schemas(&mut session, &old).await?;
        make_schemas(&mut session, &Names::default()).await?;
        exchange(&mut session, &new, &old).await
    }
    .await;
    remove(admin_url, [&new, &old]).await?;
    outcome.context("nothing was restored, and the data are as they were")?;
    session.disconnect().await?;
    database::load_library(admin_url, library).await?;
    say("restored");
    Ok(())
}

/// The tables that hold something, apart from the migrations' own.
async fn tables_with_rows(session: &mut Conn) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for store in Store::ALL {
        let schema = store.schema();
        for table in tables(session, schema).await? {
            let row: Option<i64> =
                session.query_first(format!("SELECT 1 FROM `{schema}`.`{table}` LIMIT 1")).await?;
            if row.is_some() && table != "refinery_schema_history" {
                found.push(table);
            }
        }
    }
    Ok(found)
}

async fn tables(session: &mut Conn, schema: &str) -> Result<Vec<String>> {
    let select =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1";
    Ok(session.exec(select, (schema,)).await?)
}

async fn remove(admin_url: &str, names: [&Names; 2]) -> Result<()> {
    for names in names {
        loader::remove(admin_url, names).await?;
    }
    Ok(())
}

async fn make_schemas(session: &mut Conn, names: &Names) -> Result<()> {
    for store in Store::ALL {
        let schema = names.schema(store);
        session
            .query_drop(format!(
                "CREATE DATABASE IF NOT EXISTS `{schema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
            ))
            .await?;
    }
    Ok(())
}

/// Sends the backup's lines to the database's client, each schema's to the one of the same place in `names`.
async fn fill(session: &mut Conn, account: &Account, names: &Names, file: &Path) -> Result<()> {
    make_schemas(session, names).await?;
    let mut complaints = tempfile::tempfile()?;
    let mut client = account
        .client()?
        // Only SQL: no line can make the client itself do anything.
        .args(["--batch", "--binary-mode"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(complaints.try_clone()?)
        .spawn()
        .context("can't start the database's client")?;
    let sent = match client.stdin.take() {
        Some(mut stdin) => send(file, names, &mut stdin),
        None => Ok(()),
    };
    let status = client.wait()?;
    if !status.success() {
        complaints.rewind()?;
        let said = io::read_to_string(complaints)?;
        bail!("the database refused what is in {}: {}", file.display(), said.trim());
    }
    sent.with_context(|| format!("{} can't be sent to the database", file.display()))
}

fn send(file: &Path, names: &Names, to: &mut impl Write) -> Result<()> {
    let (mut schema, mut table, mut computed) = (String::new(), String::new(), Vec::new());
    for line in BackupFile::open(file)?.lines() {
        let mut line = line?;
        if let Some(used) = schema_used(&line) {
            let store = Store::ALL.into_iter().find(|store| store.schema() == used);
            schema = names.schema(store.context("it holds another schema")?);
            line = format!("USE `{schema}`;").into_bytes();
        } else if is_for_another_place(&line) {
            // An empty line keeps the numbers that the client gives in its errors.
            line.clear();
        } else if let Some(created) = table_created(&line) {
            created.clone_into(&mut table);
        } else if let Some((plain, definition)) = computed_column(&line) {
            computed.push(format!("ALTER TABLE `{schema}`.`{table}` MODIFY COLUMN {definition};"));
            line = plain.into_bytes();
        }
        line.push(b'\n');
        to.write_all(&line)?;
    }
    for statement in computed {
        writeln!(to, "{statement}")?;
    }
    Ok(())
}

/// The table whose columns come in the lines after this one.
fn table_created(line: &[u8]) -> Option<&str> {
    let table = line.strip_prefix(b"CREATE TABLE `")?.strip_suffix(b"` (")?;
    std::str::from_utf8(table).ok()
}

/// Of a column that the database computes and stores: its line without that, and its definition. mariadb-dump writes the
/// values of such columns as well, which MySQL refuses; so they are ordinary ones until all rows are in.
fn computed_column(line: &[u8]) -> Option<(String, &str)> {
    let line = std::str::from_utf8(line).ok().filter(|line| line.starts_with("  `"))?;
    let (column, how) = line.split_once(" GENERATED ALWAYS AS (")?;
    let definition = line.trim().trim_end_matches(',');
    let comma = if how.ends_with(',') { "," } else { "" };
    how.contains(") STORED").then(|| (format!("{column}{comma}"), definition))
}

/// Whether a line makes the schemas under their own names, or speaks to MariaDB's client alone.
fn is_for_another_place(line: &[u8]) -> bool {
    line.starts_with(b"CREATE DATABASE ") || line.starts_with(b"/*M!999999\\-")
}

/// Puts the tables of `new` in the library's place, and those that are there into `old`, all in one statement.
async fn exchange(session: &mut Conn, new: &Names, old: &Names) -> Result<()> {
    let library = Names::default();
    let mut renames = Vec::new();
    for (from, to) in [(&library, old), (new, &library)] {
        for store in Store::ALL {
            let (from, to) = (from.schema(store), to.schema(store));
            for table in tables(session, &from).await? {
                renames.push(format!("`{from}`.`{table}` TO `{to}`.`{table}`"));
            }
        }
    }
    Ok(session.query_drop(format!("RENAME TABLE {}", renames.join(", "))).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_the_database_computes_is_an_ordinary_one_until_all_rows_are_in() {
        // As mariadb-dump writes it.
        let backup = "USE `borrowdb`;\n\
            CREATE TABLE `loans` (\n  `id` int NOT NULL,\n  `isOpen` tinyint GENERATED ALWAYS AS (if(1,1,2)) STORED,\n\
            \x20 KEY `k` (`isOpen`)\n);\n\
            INSERT INTO `loans` VALUES\n(1,1);\n";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), backup).unwrap();
        let mut sent = Vec::new();
        send(file.path(), &Names::with_suffix("_restore").unwrap(), &mut sent).unwrap();
        let wanted = "USE `borrowdb_restore`;\n\
            CREATE TABLE `loans` (\n  `id` int NOT NULL,\n  `isOpen` tinyint,\n  KEY `k` (`isOpen`)\n);\n\
            INSERT INTO `loans` VALUES\n(1,1);\n\
            ALTER TABLE `borrowdb_restore`.`loans` MODIFY COLUMN `isOpen` tinyint GENERATED ALWAYS AS (if(1,1,2)) STORED;\n";
        assert_eq!(String::from_utf8(sent).unwrap(), wanted);
    }
}

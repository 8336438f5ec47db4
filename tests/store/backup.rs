//! `library-db backup`, `restore` and `verify`: the contents of a backup, the effects of a restore, and killed
//! restores.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use library_db::{
    Error, Files, Progress, Store,
    backup::{self, TableSummary},
};
use mysql_async::prelude::Queryable;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::Rng;
use tempfile::TempDir;
use tests::{TestDatabase, free_port, from_xtask};

use crate::program::{fail, library_db, older_files, run};

#[tokio::test]
async fn a_restore_brings_back_every_row_and_never_reuses_an_id() {
    let database = with_loans(10).await;
    let mut patrons = database.admin(Store::Patrons).await;
    patrons
        .query_drop("INSERT INTO patrons (id, firstName, lastName, patronNum, role) VALUES (8, 'Zoë ''\\\\ 📚', '', 'Äpfel-7', 'user')")
        .await
        .unwrap();
    let session = "INSERT INTO sessions VALUES (UNHEX(REPEAT('00FF', 16)), 8, '2026-01-02 03:04:05', '2026-01-02 03:04:05')";
    patrons.query_drop(session).await.unwrap();
    let mut borrowing = database.admin(Store::Borrowing).await;
    borrowing.query_drop("DELETE FROM loans WHERE id = 10").await.unwrap();
    let folder = Folder::new();
    let before = folder.back_up(&database, "before").await;

    borrowing.query_drop("DELETE FROM loans WHERE id < 5").await.unwrap();
    patrons.query_drop("UPDATE patrons SET firstName = 'Changed'").await.unwrap();
    restore(&database, &folder.file("before")).await.unwrap();

    assert_eq!(folder.back_up(&database, "after").await, before);
    borrowing.query_drop(loan(11)).await.unwrap();
    let newest: Option<i64> = borrowing.query_first("SELECT MAX(id) FROM loans").await.unwrap();
    assert_eq!(newest, Some(11), "10 was another loan's id");
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn only_the_owner_can_read_a_backup_and_an_existing_file_is_kept() {
    let database = TestDatabase::loaded().await;
    let folder = Folder::new();
    let file = folder.file("backup");
    let printed = run(library_db("backup", &database).arg(&file));
    assert!(printed.contains("catalogdb.books: 20 rows"), "{printed}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let error = fail(library_db("backup", &database).arg(&file));
    assert!(error.contains("the file exists"), "{error}");

    let checked =
        run(Command::new(from_xtask("LIBRARY_TEST_DB")).env_clear().arg("verify").arg(&file));
    assert!(checked.ends_with("is complete and undamaged\n"), "{checked}");
}

#[tokio::test]
async fn a_folder_gets_dated_backups_and_loses_old_ones() {
    let database = TestDatabase::loaded().await;
    let folder = Folder::new();
    for (name, days) in [("library-a.jsonl.gz", 16), ("library-b.jsonl.gz", 13), ("mine.gz", 90)] {
        let path = folder.0.path().join(name);
        let file = fs::File::create(path).unwrap();
        let age = Duration::from_secs(days * 86_400);
        file.set_modified(std::time::SystemTime::now() - age).unwrap();
    }
    run(library_db("backup", &database).arg("--keep-days=14").arg(folder.0.path()));
    let mut names: Vec<String> = fs::read_dir(folder.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names[0].starts_with("library-2") && names[0].ends_with("Z.jsonl.gz"), "{names:?}");
    assert_eq!(names[1..], ["library-b.jsonl.gz", "mine.gz"]);
    fs::remove_file(folder.0.path().join("library-b.jsonl.gz")).unwrap();

    let restored = run(library_db("restore", &database).arg("--replace").arg(folder.0.path()));
    assert!(restored.contains(&names[0]) && restored.ends_with("done\n"), "{restored}");
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_migrated() {
    let older = older_files();
    let files = Files::read(older.path()).unwrap();
    let database = TestDatabase::empty();
    library_db::load_from(&files, &database.admin_url(), &database.library, &Progress::silent())
        .await
        .unwrap();
    database.admin(Store::Borrowing).await.query_drop(loan(1)).await.unwrap();
    let folder = Folder::new();
    folder.back_up(&database, "older").await;

    let newer = TestDatabase::loaded().await;
    restore(&newer, &folder.file("older")).await.unwrap();
    let mut borrowing = newer.admin(Store::Borrowing).await;
    let loans: Vec<(i64, Option<i64>)> =
        borrowing.query("SELECT bookId, patronId FROM loans").await.unwrap();
    assert_eq!(loans, [(1, Some(1))]);
    let applied = newer.load().await.unwrap();
    assert!(applied.iter().all(|done| done.ends_with("of the first day")), "{applied:?}");
}

#[tokio::test]
async fn a_backup_without_one_of_the_schemas_leaves_it_empty() {
    let database = with_loans(3).await;
    let folder = Folder::new();
    let before = folder.back_up(&database, "all").await;
    folder.rewrite("all", "some", |text| {
        let (start, rest) = text.split_once("{\"table\":{\"name\":\"borrowdb").unwrap();
        let (_, manifest) = rest.rsplit_once("\n{\"manifest\"").unwrap();
        let mut manifest: serde_json::Value =
            serde_json::from_str(&format!("{{\"manifest\"{manifest}")).unwrap();
        let tables = manifest["manifest"]["tables"].as_object_mut().unwrap();
        tables.retain(|name, _| !name.starts_with("borrowdb"));
        manifest["manifest"]["schemas"].as_object_mut().unwrap().remove("borrowdb");
        let start = start.replacen("\"borrowdb\":3,", "", 1);
        format!("{start}{manifest}\n")
    });
    restore(&database, &folder.file("some")).await.unwrap();
    let after = folder.back_up(&database, "after").await;
    assert_eq!(after["catalogdb.books"], before["catalogdb.books"]);
    assert_eq!(after["borrowdb.loans"].rows, 0);
}

#[tokio::test]
async fn a_damaged_byte_anywhere_is_found_without_a_database() {
    let database = TestDatabase::loaded().await;
    let folder = Folder::new();
    folder.back_up(&database, "whole").await;
    let whole = fs::read(folder.file("whole")).unwrap();
    let text = text_of(&whole);
    let broken = folder.file("broken");
    // The first ten bytes of gzip contain a time and flags, which do not affect the data.
    for at in (10..whole.len()).step_by(7) {
        fs::write(&broken, &whole[..at]).unwrap();
        assert!(backup::verify(&broken).await.is_err(), "cut off at {at} of {}", whole.len());
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&broken, &damaged).unwrap();
        // Between the parts of the compressed stream are a few bits that nothing reads.
        let is_found = backup::verify(&broken).await.is_err();
        assert!(is_found || text_of(&damaged) == text, "damaged at {at} of {}", whole.len());
    }
    assert!(backup::verify(&folder.file("whole")).await.is_ok());
}

#[tokio::test]
async fn a_restore_killed_at_any_moment_leaves_the_old_data_or_the_restored_data() {
    let database = with_loans(400).await;
    let folder = Folder::new();
    let restored = folder.back_up(&database, "restored").await;
    database.admin(Store::Catalog).await.query_drop("UPDATE books SET count = 7").await.unwrap();
    database
        .admin(Store::Borrowing)
        .await
        .query_drop("DELETE FROM loans WHERE id > 100")
        .await
        .unwrap();
    let old = folder.back_up(&database, "old").await;

    let begin = Instant::now();
    restore(&database, &folder.file("restored")).await.unwrap();
    let whole = begin.elapsed();
    let mut outcomes = [0, 0];
    for round in 0..10 {
        restore(&database, &folder.file("old")).await.unwrap();
        let mut command = library_db("restore", &database);
        command.arg("--replace").arg(folder.file("restored"));
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(whole.mul_f64(rand::rng().random_range(0.0..1.2)));
        process.kill().unwrap();
        process.wait().unwrap();
        let found = folder.back_up(&database, &format!("round{round}")).await;
        assert!(found == old || found == restored, "a mix: {found:?}");
        outcomes[usize::from(found == restored)] += 1;
    }
    println!(
        "{} times the old data, {} times the restored, within {whole:?}",
        outcomes[0], outcomes[1]
    );
    restore(&database, &folder.file("restored")).await.unwrap();
    assert_eq!(folder.back_up(&database, "end").await, restored);
    let select = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE ?";
    let pattern = format!("%{}\\_%", database.library.names.schema(Store::Catalog));
    let leftovers: Vec<String> = database.server().await.exec(select, (pattern,)).await.unwrap();
    assert_eq!(leftovers, Vec::<String>::new());
}

#[tokio::test]
async fn sigterm_ends_a_wait_at_once_with_a_message() {
    let database = TestDatabase::empty();
    let address = format!("mysql://root@127.0.0.1:{}/", free_port());
    for (subcommand, sentence) in [
        ("load", "stopped by SIGTERM: nothing was changed"),
        ("backup", "stopped by SIGTERM: no backup was written"),
    ] {
        let mut command = library_db(subcommand, &database);
        if subcommand == "backup" {
            command.arg("/nonexistent/file");
        }
        let (code, said) = stopped(command.env("LIBRARY_ADMIN_URL", &address));
        assert_eq!(code, Some(143), "{said}");
        assert!(said.contains(sentence), "{said}");
    }
}

/// Sends SIGTERM to a program that waits for a database. Returns its exit code and error output.
fn stopped(command: &mut Command) -> (Option<i32>, String) {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // When it prints that it is waiting, its signal handlers are installed.
    let mut line = [0; 7];
    process.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    assert_eq!(&line, b"waiting");
    let begin = Instant::now();
    kill(Pid::from_raw(process.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A loaded library with `count` loans of `count` patrons.
async fn with_loans(count: i64) -> TestDatabase {
    let database = TestDatabase::loaded().await;
    let mut borrowing = database.admin(Store::Borrowing).await;
    for number in 1..=count {
        borrowing.query_drop(loan(number)).await.unwrap();
    }
    database
}

fn loan(number: i64) -> String {
    format!(
        "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
         VALUES (1, {number}, '2026-03-01', '2026-03-15', {number}, 1)"
    )
}

async fn restore(database: &TestDatabase, file: &Path) -> Result<(), Error> {
    let url = database.admin_url();
    library_db::restore(&url, &database.library, file, true, &Progress::silent()).await
}

/// A folder of backups.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(format!("{name}.jsonl.gz"))
    }

    /// Writes a backup and returns its summary of each table.
    async fn back_up(&self, database: &TestDatabase, name: &str) -> BTreeMap<String, TableSummary> {
        let (url, names) = (database.admin_url(), &database.library.names);
        let written = backup::write_file(&url, names, &self.file(name)).await.unwrap();
        written.manifest.tables
    }

    /// Writes a changed copy of a backup.
    fn rewrite(&self, from: &str, to: &str, change: impl FnOnce(&str) -> String) {
        let text = text_of(&fs::read(self.file(from)).unwrap());
        let file = fs::File::create(self.file(to)).unwrap();
        let mut encoder = GzEncoder::new(file, Compression::default());
        encoder.write_all(change(&text).as_bytes()).unwrap();
        encoder.finish().unwrap();
    }
}

/// The uncompressed backup.
fn text_of(backup: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(backup).read_to_string(&mut text).unwrap();
    text
}

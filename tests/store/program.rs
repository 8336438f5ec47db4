//! `library-db load`, the program that the Job on a cluster runs: its environment, output and exit code.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{TestDatabase, free_port, from_xtask, project};

#[tokio::test]
async fn an_empty_database_is_loaded_and_a_loaded_one_is_not_changed() {
    let database = TestDatabase::empty();
    let first = run(&mut loader(&database));
    assert!(first.contains("catalogdb") && first.contains("20 demo books"), "{first}");
    assert!(first.ends_with("done\n"), "{first}");
    let second = run(&mut loader(&database));
    assert!(second.ends_with("up to date: nothing to do\n"), "{second}");
    // The passwords come from the environment.
    database.service(Store::Catalog).await.query_drop("SELECT * FROM books").await.unwrap();
}

#[tokio::test]
async fn a_database_of_an_older_version_is_upgraded_with_its_data() {
    let database = TestDatabase::empty();
    let older = older_files();
    run(loader(&database).arg("--files").arg(older.path()));
    let mut borrowing = database.admin(Store::Borrowing).await;
    let insert = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
                  VALUES (1, 10, '2026-03-01', '2026-03-15', 1, 1)";
    borrowing.query_drop(insert).await.unwrap();

    // From files instead of the compiled-in ones.
    let upgrade = run(loader(&database).arg("--files").arg(project().join("mysql")));
    for step in
        ["V2__acquired_and_withdrawn", "V4__valid_texts", "V2__sessions", "V2__withdrawn_copies"]
    {
        assert!(upgrade.contains(step), "{step}: {upgrade}");
    }
    assert!(!upgrade.contains("V1__"), "{upgrade}");
    let loans: Vec<(i64, i64)> =
        borrowing.query("SELECT bookId, patronId FROM loans WHERE isOpen = 1").await.unwrap();
    assert_eq!(loans, [(1, 10)]);
    assert!(run(&mut loader(&database)).ends_with("nothing to do\n"));
}

#[tokio::test]
async fn an_older_loader_does_not_change_the_data_of_a_newer_version() {
    let database = TestDatabase::loaded().await;
    let older = older_files();
    let complaint = fail(loader(&database).arg("--files").arg(older.path()));
    assert!(complaint.contains("a newer version created it. Nothing was changed"), "{complaint}");
}

#[tokio::test]
async fn a_run_that_stopped_before_recording_its_migrations_is_completed() {
    let database = TestDatabase::loaded().await;
    for store in Store::ALL {
        let mut session = database.admin(store).await;
        session.query_drop("DELETE FROM refinery_schema_history WHERE version >= 2").await.unwrap();
    }
    let again = run(&mut loader(&database));
    assert_eq!(again.matches("V2__").count(), 3, "{again}");
    assert!(run(&mut loader(&database)).ends_with("nothing to do\n"));
}

#[test]
fn a_wrong_password_is_reported_at_once_and_never_printed() {
    let database = TestDatabase::empty();
    let (host, port) = database.address();
    let mut loader = loader(&database);
    loader
        .env_remove("LIBRARY_ADMIN_URL")
        .env("LIBRARY_DB_HOST", host)
        .env("LIBRARY_DB_PORT", port.to_string())
        .env("LIBRARY_DB_ADMIN_PASSWORD", "not/the@pass:word");
    // A wrong password is not retried.
    let complaint = fail(loader.arg("--wait=3600"));
    assert!(complaint.contains("refused the login"), "{complaint}");
    assert!(complaint.contains("Check user and password"), "{complaint}");
    assert!(!complaint.contains("pass:word") && !complaint.contains("pass%3Aword"), "{complaint}");
}

#[test]
fn missing_settings_are_named() {
    let database = TestDatabase::empty();
    let complaint = fail(loader(&database).env_remove("PATRONS_DB_PASSWORD"));
    assert!(complaint.contains("PATRONS_DB_PASSWORD is not set"), "{complaint}");
    let complaint = fail(loader(&database).env_remove("LIBRARY_ADMIN_URL"));
    assert!(complaint.contains("set LIBRARY_ADMIN_URL, or LIBRARY_DB_HOST"), "{complaint}");
    let complaint = fail(loader(&database).env("LIBRARIAN_PIN", "123"));
    assert!(complaint.contains("LIBRARIAN_PIN: a PIN has 6 to 64"), "{complaint}");
    let nowhere = format!("mysql://root:secret@127.0.0.1:{}/", free_port());
    let complaint = fail(loader(&database).env("LIBRARY_ADMIN_URL", nowhere).arg("--wait=0"));
    assert!(complaint.contains("no database responds at 127.0.0.1"), "{complaint}");
    assert!(!complaint.contains("secret"), "{complaint}");
}

/// `library-db load` with the names and passwords of `database`, and no other environment.
pub fn loader(database: &TestDatabase) -> Command {
    library_db("load", database)
}

/// Another subcommand, with the same environment.
pub fn library_db(subcommand: &str, database: &TestDatabase) -> Command {
    let library = &database.library;
    let suffix = library.names.schema(Store::Catalog);
    let mut command = Command::new(from_xtask("LIBRARY_TEST_DB"));
    command
        .env_clear()
        .env("LIBRARY_ADMIN_URL", from_xtask("LIBRARY_TEST_DATABASE_URL"))
        .env("CATALOG_DB_PASSWORD", &library.passwords.catalog)
        .env("PATRONS_DB_PASSWORD", &library.passwords.patrons)
        .env("BORROWING_DB_PASSWORD", &library.passwords.borrowing)
        .args([subcommand, "--suffix"])
        .arg(suffix.strip_prefix(Store::Catalog.schema()).unwrap());
    command
}

/// The output of a run that succeeds.
pub fn run(command: &mut Command) -> String {
    let output = output(command);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The error message of a run that fails.
pub fn fail(command: &mut Command) -> String {
    let output = output(command);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The first version's mysql/: the first migration of each schema.
pub fn older_files() -> tempfile::TempDir {
    let (mysql, older) = (project().join("mysql"), tempfile::tempdir().unwrap());
    let copy =
        |from: PathBuf, to: &Path| fs::copy(&from, to.join(from.file_name().unwrap())).unwrap();
    for store in Store::ALL {
        let folder = older.path().join(store.schema());
        fs::create_dir(&folder).unwrap();
        for file in fs::read_dir(mysql.join(store.schema())).unwrap() {
            let file = file.unwrap();
            if file.file_name().to_string_lossy().starts_with("V1__") {
                copy(file.path(), &folder);
            }
        }
    }
    copy(mysql.join("catalog_demo.csv"), older.path());
    copy(mysql.join("patrons_demo.csv"), older.path());
    // Without the grants, most of which are on tables that did not exist yet.
    let users = fs::read_to_string(mysql.join("users.sql")).unwrap();
    let is_user = |line: &&str| line.starts_with("CREATE USER") || line.starts_with("ALTER USER");
    let users: Vec<&str> = users.lines().filter(is_user).collect();
    assert_eq!(users.len(), 6, "{users:?}");
    fs::write(older.path().join("users.sql"), users.join("\n")).unwrap();
    fs::write(older.path().join("users_demo.sql"), "").unwrap();
    older
}

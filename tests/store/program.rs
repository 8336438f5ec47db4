//! `library-loader`, the program that the Job on a cluster runs: by its environment, its words and its exit code.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use loader::Store;
use mysql_async::prelude::Queryable;
use tests::{TestDatabase, free_port, from_xtask, project};

#[tokio::test]
async fn a_fresh_database_is_loaded_and_a_loaded_one_left_alone() {
    let database = TestDatabase::empty();
    let first = run(&mut loader(&database));
    assert!(first.contains("catalogdb") && first.contains("20 demo books"), "{first}");
    assert!(first.ends_with("done\n"), "{first}");
    let second = run(&mut loader(&database));
    assert!(second.ends_with("all was there: nothing to do\n"), "{second}");
    // The passwords are those of the environment.
    database.service(Store::Catalog).await.query_drop("SELECT * FROM books").await.unwrap();
}

#[tokio::test]
async fn what_an_older_version_made_is_brought_up_to_date_with_its_data() {
    let database = TestDatabase::empty();
    let older = older_files();
    run(loader(&database).arg("--files").arg(older.path()));
    let mut borrowing = database.admin(Store::Borrowing).await;
    let insert = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
                  VALUES (1, 10, '2026-03-01', '2026-03-15', 1, 1)";
    borrowing.query_drop(insert).await.unwrap();

    // As the cluster has them: from files, not from what is compiled in.
    let upgrade = run(loader(&database).arg("--files").arg(project().join("mysql")));
    for step in ["V2__acquired_and_withdrawn", "V2__sessions", "V2__withdrawn_copies"] {
        assert!(upgrade.contains(step), "{step}: {upgrade}");
    }
    assert!(!upgrade.contains("V1__"), "{upgrade}");
    let loans: Vec<(i64, i64)> =
        borrowing.query("SELECT bookId, patronId FROM loans WHERE isOpen = 1").await.unwrap();
    assert_eq!(loans, [(1, 10)]);
    assert!(run(&mut loader(&database)).ends_with("nothing to do\n"));
}

#[tokio::test]
async fn a_version_that_is_too_old_leaves_the_data_alone() {
    let database = TestDatabase::loaded().await;
    let older = older_files();
    let complaint = fail(loader(&database).arg("--files").arg(older.path()));
    assert!(complaint.contains("was made by a newer one. Nothing was changed"), "{complaint}");
}

#[tokio::test]
async fn a_run_that_fell_before_it_noted_what_it_did_is_finished() {
    let database = TestDatabase::loaded().await;
    for store in Store::ALL {
        let mut session = database.admin(store).await;
        session.query_drop("DELETE FROM refinery_schema_history WHERE version = 2").await.unwrap();
    }
    let again = run(&mut loader(&database));
    assert_eq!(again.matches("V2__").count(), 3, "{again}");
    assert!(run(&mut loader(&database)).ends_with("nothing to do\n"));
}

#[test]
fn a_wrong_password_is_said_at_once_and_never_shown() {
    let database = TestDatabase::empty();
    let (host, port) = database.address();
    let mut loader = loader(&database);
    loader
        .env_remove("LIBRARY_ADMIN_URL")
        .env("LIBRARY_DB_HOST", host)
        .env("LIBRARY_DB_PORT", port.to_string())
        .env("LIBRARY_DB_ADMIN_PASSWORD", "not/the@pass:word");
    // Waiting would not help.
    let complaint = fail(loader.arg("--wait=3600"));
    assert!(complaint.contains("refused the login"), "{complaint}");
    assert!(complaint.contains("Check user and password"), "{complaint}");
    assert!(!complaint.contains("pass:word") && !complaint.contains("pass%3Aword"), "{complaint}");
}

#[test]
fn what_is_missing_is_named() {
    let database = TestDatabase::empty();
    let complaint = fail(loader(&database).env_remove("PATRONS_DB_PASSWORD"));
    assert!(complaint.contains("PATRONS_DB_PASSWORD is not set"), "{complaint}");
    let complaint = fail(loader(&database).env_remove("LIBRARY_ADMIN_URL"));
    assert!(complaint.contains("set LIBRARY_ADMIN_URL, or LIBRARY_DB_HOST"), "{complaint}");
    let complaint = fail(loader(&database).env("LIBRARIAN_PIN", "123"));
    assert!(complaint.contains("LIBRARIAN_PIN: a PIN has 6 to 64"), "{complaint}");
    let nowhere = format!("mysql://root:secret@127.0.0.1:{}/", free_port());
    let complaint = fail(loader(&database).env("LIBRARY_ADMIN_URL", nowhere).arg("--wait=0"));
    assert!(complaint.contains("no database answers at 127.0.0.1"), "{complaint}");
    assert!(!complaint.contains("secret"), "{complaint}");
}

/// The program with everything it needs for the names and passwords of `database`, and nothing else in its environment.
fn loader(database: &TestDatabase) -> Command {
    let library = &database.library;
    let suffix = library.names.schema(Store::Catalog);
    let mut command = Command::new(from_xtask("LIBRARY_TEST_LOADER"));
    command
        .env_clear()
        .env("LIBRARY_ADMIN_URL", from_xtask("LIBRARY_TEST_DATABASE_URL"))
        .env("CATALOG_DB_PASSWORD", &library.passwords.catalog)
        .env("PATRONS_DB_PASSWORD", &library.passwords.patrons)
        .env("BORROWING_DB_PASSWORD", &library.passwords.borrowing)
        .arg("--suffix")
        .arg(suffix.strip_prefix(Store::Catalog.schema()).unwrap());
    command
}

/// What a run says that ends well.
fn run(command: &mut Command) -> String {
    let output = output(command);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a run complains of that fails.
fn fail(command: &mut Command) -> String {
    let output = output(command);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// mysql/ as the first version had it: of each schema, the first migration.
fn older_files() -> tempfile::TempDir {
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
    // Without what they may do: much of that is on tables which there were not yet.
    let users = fs::read_to_string(mysql.join("users.sql")).unwrap();
    let is_user = |line: &&str| line.starts_with("CREATE USER") || line.starts_with("ALTER USER");
    let users: Vec<&str> = users.lines().filter(is_user).collect();
    assert_eq!(users.len(), 6, "{users:?}");
    fs::write(older.path().join("users.sql"), users.join("\n")).unwrap();
    older
}

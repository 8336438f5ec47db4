//! Objects of other applications on the server: they are named in the refusal and not changed.

use std::fs;

use library_db::{Error, Store};
use mysql_async::prelude::Queryable;
use tests::{TestDatabase, project};

use crate::program::{fail, loader};

const SCHEMAS: &str = "SELECT schema_name FROM information_schema.schemata WHERE schema_name = ?";

#[tokio::test]
async fn a_schema_with_other_tables_is_refused_and_not_changed() {
    let database = TestDatabase::empty();
    let schema = database.library.names.schema(Store::Catalog);
    let mut server = database.server().await;
    for statement in [
        format!("CREATE DATABASE `{schema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"),
        format!("CREATE TABLE `{schema}`.books (id INT PRIMARY KEY, name VARCHAR(20))"),
        format!("INSERT INTO `{schema}`.books VALUES (1, 'mine')"),
    ] {
        server.query_drop(statement).await.unwrap();
    }
    let error = database.load().await.unwrap_err();
    assert!(matches!(&error, Error::ForeignSchema { .. }), "{error}");
    assert!(
        error.to_string().contains(&schema) && error.to_string().contains("(books)"),
        "{error}"
    );
    let tables: Vec<String> = server.query(format!("SHOW TABLES IN `{schema}`")).await.unwrap();
    assert_eq!(tables, ["books"]);
    let other = database.library.names.schema(Store::Patrons);
    let others: Vec<String> = server.exec(SCHEMAS, (other,)).await.unwrap();
    assert_eq!(others, Vec::<String>::new(), "nothing else was created");
}

#[tokio::test]
async fn a_schema_with_another_collation_is_refused_with_the_remedy() {
    let database = TestDatabase::empty();
    let schema = database.library.names.schema(Store::Patrons);
    let mut server = database.server().await;
    server.query_drop(format!("CREATE DATABASE `{schema}` CHARACTER SET latin1")).await.unwrap();
    let error = database.load().await.unwrap_err().to_string();
    assert!(error.contains(&schema) && error.contains("latin1_swedish_ci"), "{error}");
    let (_, cure) = error.split_once("Run: ").unwrap();
    server.query_drop(cure).await.unwrap();
    database.load().await.unwrap();
}

#[tokio::test]
async fn an_account_that_takes_precedence_is_named() {
    let database = TestDatabase::empty();
    let user = database.library.names.user(Store::Borrowing);
    let mut server = database.server().await;
    for password in ["another", database.library.passwords.of(Store::Borrowing)] {
        let (_, at) = connected_account(&mut server).await;
        let create = format!("CREATE USER '{user}'@'{at}' IDENTIFIED BY '{}'", escaped(password));
        server.query_drop(create).await.unwrap();
        let error = database.load().await.unwrap_err();
        let said = error.to_string();
        server.query_drop(format!("DROP USER '{user}'@'{at}'")).await.unwrap();
        assert!(matches!(error, Error::ServiceLogin { service: "borrowing", .. }), "{said}");
        assert!(
            said.contains(&format!("'{user}'@'{at}'")) && said.contains("Drop or rename"),
            "{said}"
        );
    }
    database.load().await.unwrap();
}

#[tokio::test]
async fn an_account_with_other_rights_is_not_changed() {
    let database = TestDatabase::empty();
    let user = database.library.names.user(Store::Catalog);
    let mut server = database.server().await;
    server.query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'theirs'")).await.unwrap();
    server.query_drop(format!("GRANT SELECT ON mysql.* TO '{user}'@'%'")).await.unwrap();
    let error = database.load().await.unwrap_err();
    assert!(matches!(error, Error::ForeignAccount { .. }), "{error}");
    assert!(error.to_string().contains("GRANT SELECT ON `mysql`.*"), "{error}");
}

#[tokio::test]
async fn an_expired_or_locked_account_of_ours_works_again_after_a_load() {
    let database = TestDatabase::loaded().await;
    let user = database.library.names.user(Store::Patrons);
    let mut server = database.server().await;
    server
        .query_drop(format!("ALTER USER '{user}'@'%' REQUIRE SSL PASSWORD EXPIRE ACCOUNT LOCK"))
        .await
        .unwrap();
    assert_eq!(database.load().await.unwrap(), [format!("{user}: set the password")]);
    database.service(Store::Patrons).await.query_drop("SELECT * FROM patrons").await.unwrap();
}

#[tokio::test]
async fn an_administrator_without_enough_rights_is_an_error() {
    let database = TestDatabase::empty();
    let user = format!("weak{}", database.library.names.user(Store::Catalog));
    let mut server = database.server().await;
    server
        .query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'weak-Password-1'"))
        .await
        .unwrap();
    let (host, port) = database.address();
    let url = format!("mysql://{user}:weak-Password-1@{host}:{port}/");
    let error = fail(loader(&database).env("LIBRARY_ADMIN_URL", url));
    server.query_drop(format!("DROP USER '{user}'@'%'")).await.unwrap();
    assert!(error.contains("lacks a right") && error.contains("GRANT OPTION"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[tokio::test]
async fn an_invalid_csv_row_is_reported_and_nothing_is_loaded() {
    let database = TestDatabase::empty();
    let folder = tempfile::tempdir().unwrap();
    copy(&project().join("mysql"), folder.path());
    let file = folder.path().join("catalog_demo.csv");
    let text = fs::read_to_string(&file).unwrap().replacen("7,\"St.", "-7,\"St.", 1);
    fs::write(&file, text).unwrap();
    let error = fail(loader(&database).arg("--files").arg(folder.path()));
    assert!(
        error.contains("catalog_demo.csv, line 8, column id must be a whole number"),
        "{error}"
    );
    let schema = database.library.names.schema(Store::Catalog);
    let found: Vec<String> = database.server().await.exec(SCHEMAS, (schema,)).await.unwrap();
    assert_eq!(found, Vec::<String>::new());
}

/// The administrator's account as the server selected it, and this machine's host name as the server sees it.
async fn connected_account(server: &mut mysql_async::Conn) -> (String, String) {
    let user: Option<String> = server.query_first("SELECT USER()").await.unwrap();
    let (name, host) = user.as_deref().and_then(|user| user.rsplit_once('@')).unwrap();
    (name.to_owned(), host.to_owned())
}

fn escaped(password: &str) -> String {
    password.replace('\\', "\\\\").replace('\'', "''")
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() && entry.file_name() != "db" {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else if entry.path().is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

//! The loader runs any number of times, goes on after a fall, and keeps off data it does not know.

use loader::{LoadError, Store};
use mysql_async::prelude::Queryable;
use tests::TestDatabase;

#[tokio::test]
async fn a_first_run_brings_everything_and_a_second_changes_nothing() {
    let database = TestDatabase::empty();
    let first = database.load().await.unwrap();
    assert_eq!(first.len(), EVERYTHING, "{first:?}");
    let before = database.checksums().await;

    let second = database.load().await.unwrap();
    assert_eq!(second, Vec::<String>::new());
    assert_eq!(database.checksums().await, before);
}

#[tokio::test]
async fn four_loaders_at_once_do_the_work_of_one() {
    let database = TestDatabase::empty();
    let (a, b, c, d) =
        tokio::join!(database.load(), database.load(), database.load(), database.load());
    let done: usize = [a, b, c, d].into_iter().map(|outcome| outcome.unwrap().len()).sum();
    assert_eq!(done, EVERYTHING);
}

#[tokio::test]
async fn the_demo_data_are_the_twenty_books_and_six_patrons_with_a_librarian() {
    let database = TestDatabase::loaded().await;
    let mut catalog = database.admin(Store::Catalog).await;
    let book: (i64, String, String, i32) = catalog
        .query_first("SELECT id, title, author, count FROM books WHERE id = 7")
        .await
        .unwrap()
        .unwrap();
    let augustine = "St. Augustine, Florida's Colonial Capital";
    assert_eq!(book, (7, augustine.to_owned(), "Van Campen, J. T.".to_owned(), 2));

    let mut patrons = database.admin(Store::Patrons).await;
    let roles: Vec<(String, i64)> = patrons
        .query("SELECT role, COUNT(*) FROM patrons GROUP BY role ORDER BY role")
        .await
        .unwrap();
    assert_eq!(roles, [("librarian".to_owned(), 1), ("user".to_owned(), 6)]);
}

#[tokio::test]
async fn a_table_with_rows_is_never_filled_again() {
    let database = TestDatabase::loaded().await;
    let mut catalog = database.admin(Store::Catalog).await;
    catalog.query_drop("DELETE FROM books WHERE id <> 3").await.unwrap();
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
    let left: Vec<i64> = catalog.query("SELECT id FROM books").await.unwrap();
    assert_eq!(left, [3]);
}

#[tokio::test]
async fn without_demo_data_the_tables_stay_empty() {
    let mut database = TestDatabase::empty();
    database.library.demo_data = false;
    database.load().await.unwrap();
    let mut catalog = database.admin(Store::Catalog).await;
    let books: Option<i64> = catalog.query_first("SELECT COUNT(*) FROM books").await.unwrap();
    assert_eq!(books, Some(0));
}

#[tokio::test]
async fn a_run_that_fell_half_way_is_finished_by_the_next() {
    let database = TestDatabase::loaded().await;
    let mut borrowing = database.admin(Store::Borrowing).await;
    borrowing.query_drop(LOAN).await.unwrap();
    let before = database.checksums().await;
    // Everything was made, but the fall came before the last migration of each schema, or any of them, was noted.
    for noted in ["version < 2", "FALSE"] {
        for store in Store::ALL {
            let mut session = database.admin(store).await;
            let fall = format!("DELETE FROM refinery_schema_history WHERE NOT ({noted})");
            session.query_drop(fall).await.unwrap();
        }
        let done = database.load().await.unwrap();
        assert_eq!(done.len(), if noted == "FALSE" { 6 } else { 3 }, "{done:?}");
        assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
        let after = database.checksums().await;
        let data = |sums: &[(String, Option<u64>)]| {
            let mut sums = sums.to_vec();
            sums.retain(|(table, _)| !table.ends_with("refinery_schema_history"));
            sums
        };
        assert_eq!(data(&after), data(&before), "no row is lost or changed");
    }
}

#[tokio::test]
async fn data_of_the_first_version_are_brought_along() {
    let database = TestDatabase::empty();
    // The first schemas, as the first version of the library made them, with rows in them.
    for (store, file) in [
        (Store::Catalog, "catalogdb/V1__books.sql"),
        (Store::Patrons, "patronsdb/V1__patrons.sql"),
        (Store::Borrowing, "borrowdb/V1__loans.sql"),
    ] {
        let schema = database.library.names.schema(store);
        let mut server = database.server().await;
        server
            .query_drop(format!(
                "CREATE DATABASE `{schema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
            ))
            .await
            .unwrap();
        let mut session = database.admin(store).await;
        let sql = std::fs::read_to_string(tests::project().join("mysql").join(file)).unwrap();
        session.query_drop(sql).await.unwrap();
    }
    let mut catalog = database.admin(Store::Catalog).await;
    catalog.query_drop("INSERT INTO books VALUES (7, 'T', 'A', 2, '')").await.unwrap();
    let mut patrons = database.admin(Store::Patrons).await;
    patrons.query_drop("INSERT INTO patrons VALUES (1, 'P', 'D', 'CARD', 'user')").await.unwrap();
    let mut borrowing = database.admin(Store::Borrowing).await;
    borrowing.query_drop(LOAN).await.unwrap();

    let done = database.load().await.unwrap();
    assert_eq!(done.len(), 6, "two steps of each schema, and no demo data among others': {done:?}");
    let book: (i64, i32, i32) =
        catalog.query_first("SELECT id, count, withdrawn FROM books").await.unwrap().unwrap();
    assert_eq!(book, (7, 2, 0));
    let loan: (i64, Option<i64>, Option<i32>) = borrowing
        .query_first("SELECT bookId, patronId, patronSlot FROM loans")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(loan, (7, Some(1), Some(1)));
    let role: Option<String> = patrons.query_first("SELECT role FROM patrons").await.unwrap();
    assert_eq!(role.as_deref(), Some("user"));
}

#[tokio::test]
async fn a_librarian_s_pin_is_set_once_and_changed_when_it_is_another() {
    let mut database = TestDatabase::with_librarian().await;
    let mut patrons = database.admin(Store::Patrons).await;
    let mut hash = async || -> Option<String> {
        patrons.query_first("SELECT hash FROM pins WHERE patronId = 7").await.unwrap()
    };
    let first = hash().await.unwrap();
    assert!(first.starts_with("$argon2id$") && !first.contains(tests::PIN), "{first}");
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
    assert_eq!(hash().await.unwrap(), first);
    database.library.librarian_pin = Some(loader::Pin::new("314159").unwrap());
    assert_eq!(database.load().await.unwrap().len(), 1);
    assert_ne!(hash().await.unwrap(), first);
}

/// The steps of a first run: two migrations of each of three schemas, and two demo tables.
const EVERYTHING: usize = 8;

const LOAN: &str = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
    VALUES (7, 1, '2026-03-01', '2026-03-15', 1, 1)";

#[tokio::test]
async fn data_of_a_newer_version_are_refused_and_left_alone() {
    let database = TestDatabase::loaded().await;
    let mut catalog = database.admin(Store::Catalog).await;
    catalog
        .query_drop(
            "INSERT INTO refinery_schema_history VALUES (99, 'shelves', '2099-01-01T00:00:00Z', '1')",
        )
        .await
        .unwrap();
    let before = database.checksums().await;

    let error = database.load().await.unwrap_err();
    assert!(matches!(&error, LoadError::NewerSchema { version: 99, .. }), "{error}");
    assert!(error.to_string().contains("V99 `shelves`"), "{error}");
    assert_eq!(database.checksums().await, before);
}

#[tokio::test]
async fn a_wrong_password_is_said_without_repeating_it() {
    let (host, port) = TestDatabase::empty().address();
    let url = format!("mysql://root:not-the-password@{host}:{port}/");
    let error = loader::reach(&url).await.unwrap_err();
    assert!(matches!(error, LoadError::Refused { .. }), "{error}");
    assert!(!error.to_string().contains("not-the-password"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let port = tests::free_port();
    let error = loader::reach(&format!("mysql://root:secret@127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(error, LoadError::Unreachable { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port}")) && !text.contains("secret"), "{text}");
}

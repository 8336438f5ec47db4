//! The loader runs any number of times, goes on after a fall, and keeps off data it does not know.

use loader::{LoadError, Store};
use mysql_async::prelude::Queryable;
use tests::TestDatabase;

#[tokio::test]
async fn a_first_run_brings_everything_and_a_second_changes_nothing() {
    let database = TestDatabase::empty();
    let first = database.load().await.unwrap();
    assert_eq!(first.len(), 5, "three schemas and two demo tables: {first:?}");
    let before = checksums(&database).await;

    let second = database.load().await.unwrap();
    assert_eq!(second, Vec::<String>::new());
    assert_eq!(checksums(&database).await, before);
}

#[tokio::test]
async fn four_loaders_at_once_do_the_work_of_one() {
    let database = TestDatabase::empty();
    let (a, b, c, d) =
        tokio::join!(database.load(), database.load(), database.load(), database.load());
    let done: usize = [a, b, c, d].into_iter().map(|outcome| outcome.unwrap().len()).sum();
    assert_eq!(done, 5);
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
    // The table was made, but the fall came before the migration was noted.
    borrowing.query_drop("DELETE FROM refinery_schema_history").await.unwrap();
    let done = database.load().await.unwrap();
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
}

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
    let before = checksums(&database).await;

    let error = database.load().await.unwrap_err();
    assert!(matches!(&error, LoadError::NewerSchema { version: 99, .. }), "{error}");
    assert!(error.to_string().contains("V99 `shelves`"), "{error}");
    assert_eq!(checksums(&database).await, before);
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

/// What is in every table of the three schemas, as the server sums it up.
async fn checksums(database: &TestDatabase) -> Vec<(String, Option<u64>)> {
    let mut sums = Vec::new();
    for store in Store::ALL {
        let mut session = database.admin(store).await;
        let tables: Vec<String> = session.query("SHOW TABLES").await.unwrap();
        for table in tables {
            let sum =
                session.query_first(format!("CHECKSUM TABLE {table}")).await.unwrap().unwrap();
            sums.push(sum);
        }
    }
    assert_eq!(sums.len(), 7, "four tables and three histories");
    sums
}

//! The loader is idempotent, continues after a crash, and does not change data of newer versions.

use std::fs;

use library_db::{Error, Files, Progress, Store};
use mysql_async::prelude::Queryable;
use tests::{TestDatabase, project};

use crate::program::older_files;

#[tokio::test]
async fn a_first_run_creates_everything_and_a_second_changes_nothing() {
    let database = TestDatabase::empty();
    let first = database.load().await.unwrap();
    assert_eq!(first.len(), everything(), "{first:?}");
    let before = database.checksums().await;

    let second = database.load().await.unwrap();
    assert_eq!(second, Vec::<String>::new());
    assert_eq!(database.checksums().await, before);
}

#[tokio::test]
async fn four_concurrent_loads_do_the_work_of_one() {
    let database = TestDatabase::empty();
    let (a, b, c, d) =
        tokio::join!(database.load(), database.load(), database.load(), database.load());
    let done: usize = [a, b, c, d].into_iter().map(|outcome| outcome.unwrap().len()).sum();
    assert_eq!(done, everything());
}

#[tokio::test]
async fn the_demo_data_has_twenty_books_six_patrons_and_a_librarian() {
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
async fn every_table_has_a_primary_key_also_where_servers_demand_one() {
    let database = TestDatabase::empty();
    let mut server = database.server().await;
    // MySQL's setting, and MariaDB's.
    let find = "SHOW GLOBAL VARIABLES WHERE variable_name IN \
                ('sql_require_primary_key', 'innodb_force_primary_key')";
    let (setting, value): (String, String) = server.query_first(find).await.unwrap().unwrap();
    server.query_drop(format!("SET GLOBAL {setting} = ON")).await.unwrap();
    let loaded = database.load().await;
    server.query_drop(format!("SET GLOBAL {setting} = {value}")).await.unwrap();
    loaded.unwrap();
    for store in Store::ALL {
        let without: Vec<String> = server
            .exec(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name NOT IN \
                 (SELECT table_name FROM information_schema.table_constraints \
                  WHERE table_schema = ? AND constraint_type = 'PRIMARY KEY')",
                (database.library.names.schema(store), database.library.names.schema(store)),
            )
            .await
            .unwrap();
        assert_eq!(without, Vec::<String>::new(), "{store:?}");
    }
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
async fn a_library_that_was_loaded_before_the_first_day_was_kept_gets_it() {
    let database = TestDatabase::loaded().await;
    let mut catalog = database.admin(Store::Catalog).await;
    let mut patrons = database.admin(Store::Patrons).await;
    catalog.query_drop("DELETE FROM demo_books").await.unwrap();
    patrons.query_drop("DELETE FROM demo_patrons").await.unwrap();
    patrons.query_drop("DELETE FROM patrons WHERE id = 6").await.unwrap();
    assert_eq!(database.load().await.unwrap().len(), 2);
    let books: Option<i64> = catalog.query_first("SELECT COUNT(*) FROM demo_books").await.unwrap();
    assert_eq!(books, Some(20));
    let kept: Vec<i64> = patrons.query("SELECT id FROM demo_patrons ORDER BY id").await.unwrap();
    assert_eq!(kept, [1, 2, 3, 4, 5, 7], "a patron who is gone has no first day");
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_search_text_of_an_earlier_version_is_written_again() {
    let database = TestDatabase::loaded().await;
    let mut catalog = database.admin(Store::Catalog).await;
    let mut patrons = database.admin(Store::Patrons).await;
    // As an earlier version wrote them: with a Hebrew geresh, and with an Arabic tatweel.
    for (id, title, text) in [(1, "צ׳רלי", "צ׳רלי piper"), (2, "محـمد", "محـمد a")]
    {
        let update = "UPDATE books SET title = ?, searchText = ? WHERE id = ?";
        catalog.exec_drop(update, (title, text, id)).await.unwrap();
    }
    patrons.exec_drop("UPDATE patrons SET searchText = ? WHERE id = 1", ("ka՚b",)).await.unwrap();
    assert_eq!(database.load().await.unwrap().len(), 1, "two books are indexed");
    let texts: Vec<String> =
        catalog.query("SELECT searchText FROM books WHERE id < 3 ORDER BY id").await.unwrap();
    assert!(texts[0].starts_with("צ'רלי ") && texts[1].starts_with("محمد "), "{texts:?}");
    let select = "SELECT COUNT(*) FROM patrons WHERE searchText IS NULL AND id = 1";
    let left: Option<i64> = patrons.query_first(select).await.unwrap();
    assert_eq!(left, Some(1), "the service writes it before the next search");
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
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
async fn a_run_that_crashed_is_completed_by_the_next() {
    let database = TestDatabase::loaded().await;
    let mut borrowing = database.admin(Store::Borrowing).await;
    borrowing.query_drop(LOAN).await.unwrap();
    let before = database.checksums().await;
    // All migrations were applied, but the run stopped before it recorded some or all of them.
    for recorded in ["version < 2", "FALSE"] {
        for store in Store::ALL {
            let mut session = database.admin(store).await;
            let delete = format!("DELETE FROM refinery_schema_history WHERE NOT ({recorded})");
            session.query_drop(delete).await.unwrap();
        }
        let done = database.load().await.unwrap();
        let kept = if recorded == "FALSE" { 0 } else { Store::ALL.len() };
        assert_eq!(done.len(), migrations() - kept, "{done:?}");
        assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
        let after = database.checksums().await;
        assert_eq!(after, before, "no row is lost or changed");
    }
}

#[tokio::test]
async fn data_of_the_first_version_is_migrated() {
    let mut database = TestDatabase::empty();
    database.library.demo_data = false;
    let older = older_files();
    let files = Files::read(older.path()).unwrap();
    let progress = Progress::silent();
    library_db::load_from(&files, &database.admin_url(), &database.library, &progress)
        .await
        .unwrap();
    // The checksums that version 0.1.0 recorded.
    for (store, checksum) in [
        (Store::Catalog, "4251438844508380937"),
        (Store::Patrons, "17965222635801825401"),
        (Store::Borrowing, "9020272982264323083"),
    ] {
        let update = format!("UPDATE refinery_schema_history SET checksum = '{checksum}'");
        database.admin(store).await.query_drop(update).await.unwrap();
    }
    let mut catalog = database.admin(Store::Catalog).await;
    catalog.query_drop("INSERT INTO books VALUES (7, 'T', 'A', 2, '')").await.unwrap();
    let mut patrons = database.admin(Store::Patrons).await;
    patrons.query_drop("INSERT INTO patrons VALUES (1, 'P', 'D', 'CARD', 'user')").await.unwrap();
    let mut borrowing = database.admin(Store::Borrowing).await;
    borrowing.query_drop(LOAN).await.unwrap();

    let done = database.load().await.unwrap();
    let applied = done.iter().filter(|line| line.contains(": applied V")).count();
    assert_eq!(applied, migrations() - Store::ALL.len(), "{done:?}");
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
async fn the_librarian_s_pin_is_set_once_and_changed_when_it_differs() {
    let mut database = TestDatabase::with_librarian().await;
    let mut patrons = database.admin(Store::Patrons).await;
    let mut hash = async || -> Option<String> {
        patrons.query_first("SELECT hash FROM pins WHERE patronId = 7").await.unwrap()
    };
    let first = hash().await.unwrap();
    assert!(first.starts_with("$argon2id$") && !first.contains(tests::PIN), "{first}");
    assert_eq!(database.load().await.unwrap(), Vec::<String>::new());
    assert_eq!(hash().await.unwrap(), first);
    database.library.librarian_pin = Some(library_db::Pin::new("314159").unwrap());
    assert_eq!(database.load().await.unwrap().len(), 1);
    assert_ne!(hash().await.unwrap(), first);
}

/// The number of migrations of all schemas, one file each.
fn migrations() -> usize {
    let files =
        |store: Store| fs::read_dir(project().join("mysql").join(store.schema())).unwrap().count();
    Store::ALL.into_iter().map(files).sum()
}

/// The changes of a first run: the migrations, three users, two demo tables, and the search index.
fn everything() -> usize {
    migrations() + 6
}

const LOAN: &str = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
    VALUES (7, 1, '2026-03-01', '2026-03-15', 1, 1)";

#[tokio::test]
async fn data_of_a_newer_version_is_refused_and_not_changed() {
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
    assert!(matches!(&error, Error::NewerSchema { version: 99, .. }), "{error}");
    assert!(error.to_string().contains("V99 `shelves`"), "{error}");
    assert_eq!(database.checksums().await, before);
}

#[tokio::test]
async fn a_wrong_password_is_reported_without_printing_it() {
    let (host, port) = TestDatabase::empty().address();
    let url = format!("mysql://root:not-the-password@{host}:{port}/");
    let error = library_db::check_connection(&url).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(!error.to_string().contains("not-the-password"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_named() {
    let port = tests::free_port();
    let error = library_db::check_connection(&format!("mysql://root:secret@127.0.0.1:{port}/"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port}")) && !text.contains("secret"), "{text}");
}

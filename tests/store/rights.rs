//! Each service's database user can do what its service needs, and nothing else.

use loader::Store;
use mysql_async::{Error, prelude::Queryable};
use tests::TestDatabase;

/// MySQL's error numbers for a statement, a schema or a column that the user may not touch.
const DENIED: [u16; 4] = [1142, 1044, 1143, 1227];

#[tokio::test]
async fn each_service_reads_its_own_table() {
    let database = TestDatabase::loaded().await;
    for (store, table) in TABLES {
        let mut session = database.service(store).await;
        session.query_drop(format!("SELECT * FROM {table}")).await.unwrap();
    }
}

#[tokio::test]
async fn no_service_sees_another_s_schema() {
    let database = TestDatabase::loaded().await;
    for (own, _) in TABLES {
        let mut session = database.service(own).await;
        for (other, table) in TABLES.into_iter().filter(|(other, _)| *other != own) {
            let schema = database.library.names.schema(other);
            assert_denied(&mut session, &format!("SELECT * FROM `{schema}`.{table}")).await;
        }
    }
}

#[tokio::test]
async fn no_service_changes_what_it_only_reads() {
    let database = TestDatabase::loaded().await;
    let mut catalog = database.service(Store::Catalog).await;
    for statement in [
        "INSERT INTO books (id, title, author, count, thumbnailUrl) VALUES (9, 'a', 'b', 1, '')",
        "INSERT INTO books (title, author, count, thumbnailUrl, withdrawn) VALUES ('a', 'b', 1, '', 1)",
        "UPDATE books SET title = 'another'",
        "UPDATE books SET addedWith = NULL",
        "DELETE FROM books",
        "DROP TABLE books",
        "CREATE TABLE more (id INT)",
        "DELETE FROM refinery_schema_history",
    ] {
        assert_denied(&mut catalog, statement).await;
    }
    let mut patrons = database.service(Store::Patrons).await;
    for statement in [
        "UPDATE patrons SET role = 'librarian'",
        "INSERT INTO patrons (firstName, lastName, patronNum, role) VALUES ('a', 'b', 'c', 'librarian')",
        "DELETE FROM patrons",
        "INSERT INTO pins (patronId, hash) VALUES (1, 'mine')",
        "UPDATE pins SET hash = 'mine'",
        "DELETE FROM pins",
        "UPDATE sessions SET patronId = 7",
        "UPDATE sessions SET begunAt = UTC_TIMESTAMP()",
        "UPDATE attempts SET slot = slot + 100",
    ] {
        assert_denied(&mut patrons, statement).await;
    }
}

#[tokio::test]
async fn the_ledger_can_be_written_but_not_rewritten() {
    let database = TestDatabase::loaded().await;
    let mut borrowing = database.service(Store::Borrowing).await;
    for statement in [
        "UPDATE loans SET patronId = 2",
        "UPDATE loans SET dateOut = dateDue, returnedAt = NULL",
        "TRUNCATE TABLE loans",
        "ALTER TABLE loans DROP KEY one_open_loan_per_copy",
    ] {
        assert_denied(&mut borrowing, statement).await;
    }
}

const TABLES: [(Store, &str); 3] =
    [(Store::Catalog, "books"), (Store::Patrons, "patrons"), (Store::Borrowing, "loans")];

async fn assert_denied(session: &mut mysql_async::Conn, statement: &str) {
    match session.query_drop(statement).await {
        Err(Error::Server(error)) if DENIED.contains(&error.code) => {}
        other => panic!("{statement}: {other:?}"),
    }
}

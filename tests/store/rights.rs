//! Each service's database user has the privileges its service needs, and no others.

use library_db::Store;
use mysql_async::{Error, prelude::Queryable};
use tests::TestDatabase;

/// Error codes for a denied statement, schema, table or column.
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
async fn no_service_reads_another_service_s_schema() {
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
async fn no_service_changes_data_it_only_reads() {
    let mut database = TestDatabase::empty();
    database.library.demo_data = false;
    database.load().await.unwrap();
    let mut catalog = database.service(Store::Catalog).await;
    for statement in [
        "INSERT INTO books (id, title, author, count, thumbnailUrl) VALUES (9, 'a', 'b', 1, '')",
        "INSERT INTO books (title, author, count, thumbnailUrl, withdrawn) VALUES ('a', 'b', 1, '', 1)",
        "UPDATE books SET id = id + 100",
        "UPDATE books SET addedWith = NULL",
        "UPDATE book_words SET word = 'another'",
        "DELETE FROM word_endings",
        "UPDATE requests SET bookId = 1",
        "DELETE FROM requests",
        "INSERT INTO demo_books (id, title, author, count, thumbnailUrl) VALUES (9, 'a', 'b', 1, '')",
        "UPDATE epochs SET number = 7",
        "TRUNCATE TABLE books",
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
        "UPDATE patrons SET id = id + 100",
        "UPDATE pins SET patronId = 1",
        "DELETE FROM pins",
        "UPDATE sessions SET patronId = 7",
        "UPDATE sessions SET begunAt = UTC_TIMESTAMP()",
        "UPDATE attempts SET slot = slot + 100",
        "DELETE FROM demo_patrons",
        "UPDATE epochs SET number = 7",
    ] {
        assert_denied(&mut patrons, statement).await;
    }
}

#[tokio::test]
async fn a_demonstration_can_be_reset_and_its_first_day_can_not_be_changed() {
    let database = TestDatabase::with_librarian().await;
    let mut catalog = database.service(Store::Catalog).await;
    for statement in [
        "UPDATE demo_books SET count = 3",
        "DELETE FROM demo_books",
        "DELETE FROM epochs",
        "UPDATE epochs SET id = 2",
        "UPDATE books SET id = id + 100",
    ] {
        assert_denied(&mut catalog, statement).await;
    }
    let mut patrons = database.service(Store::Patrons).await;
    for statement in [
        "UPDATE demo_patrons SET role = 'librarian'",
        "DELETE FROM demo_patrons",
        "INSERT INTO patrons (id, firstName, lastName, patronNum) VALUES (9, 'a', 'b', 'c')",
        "INSERT INTO patrons (firstName, lastName, patronNum, role) VALUES ('a', 'b', 'c', 'librarian')",
        "UPDATE patrons SET role = 'librarian'",
        "DELETE FROM pins",
    ] {
        assert_denied(&mut patrons, statement).await;
    }
    // Foreign keys keep the demo patrons, and a librarian with a PIN.
    let mut admin = database.admin(Store::Patrons).await;
    for statement in [
        "INSERT INTO patrons VALUES (8, 'a', 'b', 'c', 'librarian', DEFAULT, NULL, NULL)",
        "INSERT INTO pins VALUES (8, 'hash')",
        "INSERT INTO patrons VALUES (9, 'a', 'b', 'd', 'user', DEFAULT, NULL, NULL)",
    ] {
        admin.query_drop(statement).await.unwrap();
    }
    for id in 1..=8 {
        let deleted = patrons.query_drop(format!("DELETE FROM patrons WHERE id = {id}")).await;
        // ER_ROW_IS_REFERENCED_2
        assert!(matches!(&deleted, Err(Error::Server(error)) if error.code == 1451), "{deleted:?}");
    }
    patrons.query_drop("DELETE FROM patrons WHERE id = 9").await.unwrap();
    let mut borrowing = database.service(Store::Borrowing).await;
    for statement in ["DELETE FROM epochs", "UPDATE loans SET patronId = 2"] {
        assert_denied(&mut borrowing, statement).await;
    }
}

#[tokio::test]
async fn the_borrowing_service_cannot_alter_the_history_of_loans() {
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

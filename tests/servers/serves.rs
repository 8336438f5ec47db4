//! Suitable settings: an acknowledged change is committed, and a refused one leaves nothing behind.

use library_db::{Progress, Store, backup};
use mysql_async::{Conn, Opts, prelude::Queryable};
use serde_json::json;
use tests::{Client, MariaDb, PIN, TestApp, TestDatabase, borrow};

#[tokio::test]
async fn without_autocommit() {
    serves(&["--autocommit=0"]).await;
}

#[tokio::test]
async fn with_chained_transactions() {
    serves(&["--completion-type=CHAIN", "--autocommit=0"]).await;
}

#[tokio::test]
async fn with_sessions_released_after_a_commit() {
    serves(&["--completion-type=RELEASE"]).await;
}

#[tokio::test]
async fn with_ansi_quotes() {
    serves(&["--sql-mode=ANSI"]).await;
}

#[tokio::test]
async fn with_the_oracle_mode() {
    serves(&["--sql-mode=ORACLE"]).await;
}

#[tokio::test]
async fn without_backslash_escapes() {
    serves(&["--sql-mode=NO_BACKSLASH_ESCAPES"]).await;
}

#[tokio::test]
async fn with_empty_strings_as_null() {
    serves(&["--sql-mode=EMPTY_STRING_IS_NULL"]).await;
}

#[tokio::test]
async fn without_a_strict_mode() {
    serves(&["--sql-mode="]).await;
}

#[tokio::test]
async fn with_every_strict_mode() {
    serves(&["--sql-mode=TRADITIONAL,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH,IGNORE_SPACE"])
        .await;
}

#[tokio::test]
async fn with_safe_updates() {
    // It has no command-line option.
    serves_after(&[], "SET GLOBAL sql_safe_updates = 1").await;
}

#[tokio::test]
async fn with_settings_for_every_new_session() {
    // It runs for the services' accounts, but not for an administrator's.
    serves(&[
        "--init-connect=SET autocommit = 0, sql_mode = 'ANSI', time_zone = '+05:00', NAMES latin1",
    ])
    .await;
}

#[tokio::test]
async fn with_serializable_transactions() {
    serves(&["--transaction-isolation=SERIALIZABLE"]).await;
}

#[tokio::test]
async fn with_read_only_transactions() {
    serves(&["--transaction-read-only=1", "--transaction-isolation=READ-UNCOMMITTED"]).await;
}

#[tokio::test]
async fn with_latin1_for_every_client() {
    serves(&["--character-set-server=latin1", "--skip-character-set-client-handshake"]).await;
}

#[tokio::test]
async fn with_another_unicode_collation() {
    serves(&["--character-set-server=utf8mb3", "--collation-server=utf8mb3_turkish_ci"]).await;
}

#[tokio::test]
async fn in_another_time_zone() {
    serves(&["--default-time-zone=+13:00", "--explicit-defaults-for-timestamp=0"]).await;
}

#[tokio::test]
async fn with_a_binary_log_of_rows() {
    serves(&["--log-bin=binlog", "--binlog-format=ROW", "--binlog-row-image=MINIMAL"]).await;
}

#[tokio::test]
async fn with_a_mixed_binary_log() {
    serves(&["--log-bin=binlog", "--binlog-format=MIXED"]).await;
}

#[tokio::test]
async fn with_myisam_as_the_default_engine() {
    serves(&["--default-storage-engine=MyISAM", "--innodb-default-row-format=redundant"]).await;
}

#[tokio::test]
async fn with_lower_case_table_names() {
    serves(&["--lower-case-table-names=1"]).await;
}

#[tokio::test]
async fn with_the_ids_of_one_of_several_primaries() {
    serves(&[
        "--auto-increment-increment=7",
        "--auto-increment-offset=3",
        "--innodb-autoinc-lock-mode=0",
    ])
    .await;
}

#[tokio::test]
async fn with_short_timeouts() {
    serves(&[
        "--wait-timeout=2",
        "--interactive-timeout=2",
        "--lock-wait-timeout=1",
        "--innodb-lock-wait-timeout=1",
    ])
    .await;
}

#[tokio::test]
async fn with_instant_schema_changes_only() {
    serves(&["--alter-algorithm=INSTANT", "--old-mode="]).await;
}

/// The server of the other suites, which may come from `--database-url`.
#[tokio::test]
async fn the_named_server() {
    lends(TestDatabase::with_librarian().await).await;
}

async fn serves(options: &[&str]) {
    serves_after(options, "DO 0").await;
}

/// Loads and uses the library on a server with `options`, after running `statement`.
async fn serves_after(options: &[&str], statement: &str) {
    let server = MariaDb::start(options);
    let mut conn = Conn::new(Opts::from_url(&server.admin_url()).unwrap()).await.unwrap();
    conn.query_drop(statement).await.unwrap();
    conn.disconnect().await.unwrap();
    let database = TestDatabase::with_librarian_at(&server.admin_url()).await;
    assert_eq!(
        database.load().await.unwrap(),
        Vec::<String>::new(),
        "a second load finds nothing to do"
    );
    lends(database).await;
}

/// A short version of the rest and store suites: other sessions see committed changes, and refusals leave nothing
/// behind.
async fn lends(database: TestDatabase) {
    let app = TestApp::start_on(database, &[]);
    assert_eq!(app.get("/catdb").json()["books"].as_array().unwrap().len(), 20);
    assert_eq!(
        app.send_json("POST", "/borrow", &borrow(7, 1)).json(),
        json!({"transaction": true})
    );
    let again = app.send_json("POST", "/borrow", &borrow(7, 1)).json();
    assert_eq!(again["reason"], "already_borrowed", "{again}");
    let loans = app.get("/borrowdb/patron/1").json()["transactions"].clone();
    assert_eq!((&loans[0][1], &loans[1]), (&json!(7), &json!(null)));

    let book = json!({"book": {"title": "Back\\slash 📚 'ö' \"q\"", "author": "Żółć", "count": 1}});
    let added = app.send_json("POST", "/catdb/books", &book);
    assert_eq!(added.status, 201, "{added:?}");
    let id = added.json()["book"][0][0].as_i64().unwrap();
    let found = app.get(&format!("/catdb/{id}")).json()["book"][0].clone();
    assert_eq!((&found[1], &found[2]), (&book["book"]["title"], &book["book"]["author"]));
    assert_eq!(app.get("/catdb/title/back%5Cslash").json()["books"][0][0], json!(id));

    one_of_many_gets_the_only_copy(&app, id);
    let returned = app.send_json("DELETE", "/borrow", &borrow(7, 1)).json();
    assert_eq!(returned["transaction"], true, "{returned}");
    assert_eq!(app.get("/borrowdb/patron/1").json()["transactions"], json!(null));

    let details = json!({"login": {
        "first_name": "Marian", "last_name": "Quillfeather", "number": "INKANDPAPER7", "pin": PIN
    }});
    let login = app.send_json("POST", "/patdb/sessions", &details);
    assert_eq!(login.status, 201, "{login:?}");
    restored(&app.database).await;
}

/// Of 20 requests at once for a book's only copy, one succeeds. Takes the book back.
fn one_of_many_gets_the_only_copy(app: &TestApp, book: i64) {
    let patron = |number: usize| 1 + i64::try_from(number % 7).unwrap();
    let winners: Vec<i64> = std::thread::scope(|scope| {
        let requests = (0..20).map(|number| {
            let client: Client = (**app).clone();
            scope.spawn(move || {
                let patron = patron(number);
                let answer = client.send_json("POST", "/borrow", &borrow(book, patron));
                assert!(matches!(answer.status, 200 | 201), "{answer:?}");
                (answer.status == 201).then_some(patron)
            })
        });
        let requests: Vec<_> = requests.collect();
        requests.into_iter().filter_map(|request| request.join().unwrap()).collect()
    });
    let [winner] = winners[..] else { panic!("{winners:?} got the only copy") };
    let returned = app.send_json("DELETE", "/borrow", &borrow(book, winner)).json();
    assert_eq!(returned["transaction"], true, "{returned}");
}

/// A backup contains the committed data, and a restore brings it back while the app runs.
async fn restored(database: &TestDatabase) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.jsonl.gz");
    let (url, names) = (database.admin_url(), &database.library.names);
    let before = backup::write_file(&url, names, &file).await.unwrap().manifest.tables;
    assert_eq!((before["catalogdb.books"].rows, before["borrowdb.loans"].rows), (21, 2));
    assert_eq!((before["patronsdb.pins"].rows, before["patronsdb.sessions"].rows), (1, 1));
    library_db::restore(&url, &database.library, &file, true, &Progress::silent()).await.unwrap();
    let again = folder.path().join("again.jsonl.gz");
    assert_eq!(backup::write_file(&url, names, &again).await.unwrap().manifest.tables, before);
    let mut session = database.service(Store::Catalog).await;
    session.query_drop("SELECT * FROM books").await.unwrap();
}

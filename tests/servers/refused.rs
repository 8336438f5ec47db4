//! Unsuitable settings: a load changes nothing, and names the setting, its value and the remedy.

use mysql_async::{Conn, Opts, prelude::Queryable};
use tests::{MariaDb, TestDatabase};

#[tokio::test]
async fn a_binary_log_of_statements() {
    refuses(
        &["--log-bin=binlog", "--binlog-format=STATEMENT"],
        "binlog_format is STATEMENT",
        "binlog_format = ROW",
    )
    .await;
}

#[tokio::test]
async fn a_read_only_server() {
    refuses(&["--read-only=1"], "read_only is ON", "read_only = OFF").await;
}

#[tokio::test]
async fn a_server_in_recovery_mode() {
    refuses(
        &["--innodb-force-recovery=1"],
        "innodb_force_recovery is 1",
        "innodb_force_recovery = 0",
    )
    .await;
}

#[tokio::test]
async fn commits_that_a_crash_loses() {
    refuses(
        &["--innodb-flush-log-at-trx-commit=0"],
        "innodb_flush_log_at_trx_commit is 0",
        "innodb_flush_log_at_trx_commit = 1",
    )
    .await;
}

#[tokio::test]
async fn packets_that_are_too_small() {
    refuses(
        &["--max-allowed-packet=16384"],
        "max_allowed_packet is 16384",
        "max_allowed_packet = ",
    )
    .await;
}

#[tokio::test]
async fn limits_on_the_rows_of_a_query() {
    refuses(&["--max-join-size=1000"], "max_join_size is 1000", "max_join_size = DEFAULT").await;
}

#[tokio::test]
async fn a_server_without_prepared_statements() {
    refuses(
        &["--max-prepared-stmt-count=0"],
        "max_prepared_stmt_count is 0",
        "max_prepared_stmt_count = 16382",
    )
    .await;
}

#[tokio::test]
async fn an_enforced_engine_without_transactions() {
    refuses(
        &["--enforce-storage-engine=MyISAM"],
        "enforce_storage_engine is MyISAM",
        "enforce_storage_engine = InnoDB",
    )
    .await;
}

#[tokio::test]
async fn a_server_without_accounts() {
    refuses(
        &["--skip-grant-tables"],
        "the server runs with --skip-grant-tables",
        "Restart it without",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_demands_tls() {
    let server = MariaDb::start(&["--require-secure-transport=1"]);
    let error = library_db::check_connection(&server.admin_url()).await.unwrap_err().to_string();
    assert!(error.contains("TLS (require_secure_transport)"), "{error}");
}

/// Checks that a load on a server with `options` is refused with `named` and `cure`.
async fn refuses(options: &[&str], named: &str, cure: &str) {
    let server = MariaDb::start(options);
    let error = TestDatabase::at(&server.admin_url()).load().await.unwrap_err().to_string();
    assert!(error.contains(named) && error.contains(cure), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    let mut conn = Conn::new(Opts::from_url(&server.admin_url()).unwrap()).await.unwrap();
    let schemas: Vec<String> = conn
        .query(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name REGEXP 'db_t'",
        )
        .await
        .unwrap();
    assert_eq!(schemas, Vec::<String>::new(), "nothing was created");
}

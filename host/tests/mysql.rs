//! Components and a real MySQL-compatible server. `LIBRARY_TEST_DATABASE_URL` names it, with a user
//! who may create schemas.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are the failure")]
mod runtime;

use std::{
    collections::BTreeMap,
    env,
    net::TcpListener,
    process,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use mysql_async::{Conn, Opts, prelude::Queryable};
use runtime::{App, PROBE, Runtime};

/// A schema of the test's own, and a way to it beside the component's.
struct Schema {
    name: String,
    admin: String,
    url: String,
    executor: tokio::runtime::Runtime,
}

impl Schema {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let admin = env::var("LIBRARY_TEST_DATABASE_URL").expect(
            "LIBRARY_TEST_DATABASE_URL must be the URL of a MySQL-compatible server and its administrator",
        );
        let name = format!("host_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut url = url::Url::parse(&admin).expect("LIBRARY_TEST_DATABASE_URL is a URL");
        url.set_path(&name);
        let executor = tokio::runtime::Runtime::new().unwrap();
        let schema = Self { name, admin, url: url.into(), executor };
        schema.run(&format!("CREATE DATABASE {} CHARACTER SET utf8mb4", schema.name));
        schema
    }

    /// Runs a statement as the administrator; gives the first column.
    fn run(&self, statement: &str) -> Vec<String> {
        self.executor.block_on(async {
            let mut connection = Conn::new(Opts::from_url(&self.admin).unwrap()).await.unwrap();
            let rows = connection.query(statement).await.unwrap();
            connection.disconnect().await.unwrap();
            rows
        })
    }

    fn is_mariadb(&self) -> bool {
        self.run("SELECT VERSION()").concat().contains("MariaDB")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.run(&format!("DROP DATABASE {}", self.name));
    }
}

fn start(arguments: &[&str]) -> Runtime {
    App::new(&format!("{PROBE}allowed_outbound_hosts = [\"mysql://*:*\"]\n")).start(arguments)
}

/// What a component gets for each of the statements, all on one session.
fn sql(runtime: &Runtime, url: &str, statements: &[&str]) -> Vec<String> {
    let response = runtime.post("/sql", &format!("{url}\n{}", statements.join("\n")));
    assert_eq!(response.status, 200, "{}", runtime.log());
    response.body.lines().map(str::to_owned).collect()
}

#[test]
fn columns_become_the_values_spin_makes_of_them() {
    let schema = Schema::new();
    let runtime = start(&[]);
    let create = "!CREATE TABLE t (
        i1 TINYINT, u1 TINYINT UNSIGNED, b BOOLEAN, i2 SMALLINT, u2 SMALLINT UNSIGNED, i3 MEDIUMINT,
        u3 MEDIUMINT UNSIGNED, i4 INT, u4 INT UNSIGNED, i8 BIGINT, u8 BIGINT UNSIGNED, f FLOAT, d DOUBLE,
        c CHAR(3), v VARCHAR(9), t TEXT, l LONGTEXT, e ENUM('x', 'y'), s SET('x', 'y'),
        vb VARCHAR(9) COLLATE utf8mb4_bin, n BINARY(2), vn VARBINARY(2), bl BLOB, lb LONGBLOB)"
        .replace('\n', " ");
    let insert = "!INSERT INTO t VALUES (-128, 255, TRUE, -32768, 65535, -8388608, 16777215, -2147483648, \
        4294967295, -9223372036854775808, 18446744073709551615, 1.5, -2.25, 'abc', 'dö📚', 'text', 'long', \
        'y', 'x,y', 'bin', X'00FF', X'01', X'02', X'03')";
    let answers = sql(
        &runtime,
        &schema.url,
        &[
            &create,
            insert,
            "SELECT * FROM t",
            "!DELETE FROM t",
            "!INSERT INTO t (i1) VALUES (NULL)",
            "SELECT i1, v, bl FROM t",
        ],
    );
    let expected = [
        ("Int8", "Int8(-128)"),
        ("Uint8", "Uint8(255)"),
        ("Int8", "Int8(1)"),
        ("Int16", "Int16(-32768)"),
        ("Uint16", "Uint16(65535)"),
        ("Int32", "Int32(-8388608)"),
        ("Uint32", "Uint32(16777215)"),
        ("Int32", "Int32(-2147483648)"),
        ("Uint32", "Uint32(4294967295)"),
        ("Int64", "Int64(-9223372036854775808)"),
        ("Uint64", "Uint64(18446744073709551615)"),
        ("Floating32", "Floating32(1.5)"),
        ("Floating64", "Floating64(-2.25)"),
        ("Str", "Str(\"abc\")"),
        ("Str", "Str(\"dö📚\")"),
        ("Str", "Str(\"text\")"),
        ("Str", "Str(\"long\")"),
        ("Str", "Str(\"y\")"),
        ("Str", "Str(\"x,y\")"),
        ("Binary", "Binary([98, 105, 110])"),
        ("Binary", "Binary([0, 255])"),
        ("Binary", "Binary([1])"),
        ("Binary", "Binary([2])"),
        ("Binary", "Binary([3])"),
    ];
    let types = expected.map(|(kind, _)| format!("DbDataType::{kind}")).join(", ");
    let values = expected.map(|(_, value)| format!("DbValue::{value}")).join(", ");
    assert_eq!(answers[..2], ["Ok(())", "Ok(())"]);
    assert_eq!(answers[2], format!("[{types}] [[{values}]]"));
    assert!(
        answers[5].ends_with("[[DbValue::DbNull, DbValue::DbNull, DbValue::DbNull]]"),
        "{answers:?}"
    );
}

#[test]
fn a_value_without_a_counterpart_fails_the_query() {
    let schema = Schema::new();
    let runtime = start(&[]);
    let expressions = [
        "CAST('2026-01-02' AS DATE)",
        "CAST('2026-01-02 03:04:05' AS DATETIME)",
        "CAST('03:04:05' AS TIME)",
        "CAST(1.5 AS DECIMAL(5,2))",
        "SUM(1)",
        "ST_GeomFromText('POINT(1 1)')",
    ];
    for expression in expressions {
        let (value, null) =
            (format!("SELECT {expression} AS x"), format!("SELECT IF(1, NULL, {expression})"));
        // The session is of use afterwards.
        let answers = sql(&runtime, &schema.url, &[&value, &null, "SELECT 'on'"]);
        assert!(
            answers[0].starts_with("Error::ValueConversionFailed(\"Cannot convert value"),
            "{answers:?}"
        );
        assert!(answers[0].contains("in column x data type"), "{answers:?}");
        assert!(answers[1].ends_with("[[DbValue::DbNull]]"), "{expression}: {answers:?}");
        assert!(answers[2].ends_with("[[DbValue::Str(\"on\")]]"), "{expression}: {answers:?}");
    }
}

#[test]
fn parameters_arrive_as_they_are() {
    let schema = Schema::new();
    let runtime = start(&[]);
    let expected = "[[DbValue::Int64(1), DbValue::Int64(-128), DbValue::Int64(-32768), \
        DbValue::Int64(-2147483648), DbValue::Int64(-9223372036854775808), DbValue::Uint64(255), \
        DbValue::Uint64(65535), DbValue::Uint64(4294967295), DbValue::Uint64(18446744073709551615), \
        DbValue::Floating64(1.5), DbValue::Floating64(-2.25), DbValue::Str(\"döner '; 📚\"), \
        DbValue::Binary([0, 255]), DbValue::DbNull]]";
    assert_eq!(runtime.post("/parameters", &schema.url).body, expected);
}

#[test]
fn what_the_server_refuses_has_its_code() {
    let schema = Schema::new();
    let runtime = start(&[]);
    let answers = sql(
        &runtime,
        &schema.url,
        &[
            "!CREATE TABLE t (id INT, UNIQUE KEY the_key (id))",
            "!INSERT INTO t VALUES (1)",
            "!INSERT INTO t VALUES (1)",
            "SELECT nonsense",
            "!START TRANSACTION",
            "SELECT 1 + ?",
        ],
    );
    assert!(
        answers[2]
            .starts_with("Err(Error::QueryFailed(\"Server(ServerError { code: 1062, message: ")
            && answers[2].contains("the_key")
            && answers[2].ends_with("state: \\\"23000\\\" })\"))"),
        "{answers:?}"
    );
    assert!(
        answers[3].starts_with("Error::QueryFailed(\"Server(ServerError { code: 1054"),
        "{answers:?}"
    );
    assert!(answers[5].starts_with("Error::QueryFailed(\"Driver("), "{answers:?}");
    match schema.is_mariadb() {
        true => assert_eq!(answers[4], "Ok(())", "MariaDB can prepare it"),
        false => assert!(answers[4].contains("code: 1295"), "{answers:?}"),
    }
}

#[test]
fn affected_rows_and_ids_are_asked_for_on_the_same_session() {
    let schema = Schema::new();
    let runtime = start(&[]);
    let answers = sql(
        &runtime,
        &schema.url,
        &[
            "!CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, n INT)",
            "!INSERT INTO t (n) VALUES (5), (5)",
            "SELECT ROW_COUNT()",
            "SELECT LAST_INSERT_ID()",
            "!UPDATE t SET n = 5",
            "SELECT ROW_COUNT()",
            "INSERT INTO t (n) VALUES (6)",
        ],
    );
    assert!(answers[2].ends_with("[[DbValue::Int64(2)]]"), "{answers:?}");
    assert!(answers[3].ends_with("[[DbValue::Uint64(1)]]"), "{answers:?}");
    assert!(answers[5].ends_with("[[DbValue::Int64(0)]]"), "{answers:?}");
    assert_eq!(answers[6], "[] []");
}

#[test]
fn a_session_from_the_pool_is_like_a_fresh_one() {
    let schema = Schema::new();
    schema.run(&format!("CREATE TABLE {}.t (id INT)", schema.name));
    // With one session the second request can only have the first one's.
    let runtime = start(&["--max-mysql-sessions", "1"]);
    let look = [
        "SELECT CONNECTION_ID()",
        "SELECT CAST(COUNT(*) AS SIGNED), DATABASE(), @mark, LAST_INSERT_ID(), IS_FREE_LOCK('mark') FROM t",
        "SHOW SESSION VARIABLES",
        "SELECT * FROM scratch",
        "SELECT CHARSET('x'), COLLATION('x'), 'ö📚'",
    ];
    let fresh = sql(&runtime, &schema.url, &look);
    let foreign_database = if schema.is_mariadb() { "!USE information_schema" } else { "SELECT 1" };
    let marks = sql(
        &runtime,
        &schema.url,
        &[
            "!SET @mark = 1",
            "!SET NAMES latin1",
            "!SET SESSION sql_mode = '', time_zone = '+03:00', max_execution_time = 0, lock_wait_timeout = 7",
            "!SET SESSION time_zone = '+03:00', lock_wait_timeout = 7, transaction_isolation = 'SERIALIZABLE'",
            "!SET SESSION time_zone = '+03:00', lock_wait_timeout = 7, tx_isolation = 'SERIALIZABLE'",
            "!SET SESSION sql_mode = ''",
            "!CREATE TEMPORARY TABLE scratch (id INT)",
            "SELECT LAST_INSERT_ID(77)",
            "SELECT GET_LOCK('mark', 0)",
            "!SET autocommit = 0",
            "!INSERT INTO t VALUES (1)",
            foreign_database,
        ],
    );
    assert!(marks[10].contains("Ok(())"), "{marks:?}");
    let pooled = sql(&runtime, &schema.url, &look);
    assert_eq!(pooled[0], fresh[0], "the same session");
    assert_eq!(pooled[1], fresh[1]);
    assert!(pooled[3].contains("code: 1146"), "no temporary table: {}", pooled[3]);
    assert_eq!(pooled[4], fresh[4]);
    let (fresh, pooled) = (session_variables(&fresh[2]), session_variables(&pooled[2]));
    assert!(fresh.len() > 100, "{fresh:?}");
    for (name, value) in &fresh {
        assert_eq!(pooled.get(name), Some(value), "{name}");
    }
}

/// Name and value of each variable, but for those that are different each time.
fn session_variables(shown: &str) -> BTreeMap<&str, &str> {
    let volatile = [
        "timestamp",
        "pseudo_thread_id",
        "rand_seed1",
        "rand_seed2",
        "error_count",
        "warning_count",
        "in_transaction",
        "last_gtid",
        "gtid_",
        "system_time",
        "statement_id",
    ];
    let pairs = shown.split("], [").filter_map(|row| {
        let mut texts =
            row.split("DbValue::Str(\"").skip(1).map(|rest| rest.split("\")").next().unwrap_or(""));
        Some((texts.next()?, texts.next()?))
    });
    pairs.filter(|(name, _)| !volatile.iter().any(|prefix| name.starts_with(prefix))).collect()
}

#[test]
fn a_transaction_ends_with_its_request() {
    let schema = Schema::new();
    schema.run(&format!("CREATE TABLE {}.t (id INT PRIMARY KEY)", schema.name));
    let runtime = start(&["--request-deadline", "2", "--max-mysql-sessions", "1"]);
    let open = ["!SET autocommit = 0", "!INSERT INTO t VALUES (1)"];
    sql(&runtime, &schema.url, &open);
    // Cut off in the middle of a statement.
    let body = [&[schema.url.as_str()], &open[..], &["SELECT SLEEP(60)"]].concat().join("\n");
    assert_eq!(runtime.post("/sql", &body).status, 500);
    let count = ["SELECT COUNT(*) FROM t"];
    assert!(sql(&runtime, &schema.url, &count)[0].ends_with("[[DbValue::Int64(0)]]"));
}

#[test]
fn who_finds_all_sessions_taken_waits() {
    let schema = Schema::new();
    let runtime = start(&["--max-mysql-sessions", "2"]);
    thread::scope(|scope| {
        for _ in 0..12 {
            let (runtime, url) = (&runtime, &schema.url);
            scope.spawn(move || {
                let answer = sql(runtime, url, &["SELECT SLEEP(0.1), 'done'"]);
                assert!(answer[0].contains("done"), "{answer:?}");
            });
        }
    });
    let most = schema.run(&format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '{}'",
        schema.name
    ));
    assert!(most.concat().parse::<u32>().unwrap() <= 2, "{most:?}");
    assert_eq!(runtime.post("/open?2", &schema.url).body, "2 open");
}

#[test]
fn sessions_the_server_has_ended_are_replaced() {
    let schema = Schema::new();
    let runtime = start(&["--max-mysql-sessions", "1"]);
    let id = ["SELECT CAST(CONNECTION_ID() AS SIGNED)"];
    let before = sql(&runtime, &schema.url, &id);
    let number: String = before[0]
        .chars()
        .skip_while(|char| *char != ']')
        .filter(char::is_ascii_digit)
        .skip(2)
        .collect();
    schema.run(&format!("KILL {number}"));
    let listed = format!("SELECT id FROM information_schema.processlist WHERE id = {number}");
    while !schema.run(&listed).is_empty() {}
    let after = sql(&runtime, &schema.url, &id);
    assert!(after[0].contains("DbValue::Int64(") && after != before, "{after:?}");
}

#[test]
fn servers_that_cannot_be_had_are_said_and_passwords_are_not() {
    let schema = Schema::new();
    let app = App::new(&format!("{PROBE}allowed_outbound_hosts = [\"mysql://127.0.0.1:*\"]\n"));
    let runtime = app.start(&[]);
    let mut wrong = url::Url::parse(&schema.url).unwrap();
    wrong.set_password(Some("hunter2")).unwrap();
    wrong.set_host(Some("127.0.0.1")).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("mysql://u:hunter2@{}/d", silent.local_addr().unwrap());
    for (url, said) in [
        (wrong.as_str(), "code: 1045"),
        (&format!("mysql://u:hunter2@{nobody}/d"), "Io("),
        (&silent, "no answer within 3 seconds"),
        ("mysql://u:hunter2@db.example/d", "address mysql://db.example is not permitted"),
        ("mysql://u:hunter2@127.0.0.1/d?ssl-mode=required", "does not implement"),
        ("mysql://u:p@127.0.0.1/d?hunter2", "an option that does not exist"),
        ("mysql://u:hunter2", "not a URL of the form"),
        ("hunter2", "not a URL of the form"),
    ] {
        let start = Instant::now();
        let answer = runtime.post("/sql", url).body;
        assert!(
            answer.starts_with("Error::ConnectionFailed(") && answer.contains(said),
            "{url}: {answer}"
        );
        assert!(!answer.contains("hunter2"), "{answer}");
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
    let log = runtime.log();
    assert!(log.contains("add 'mysql://db.example' to its allowed_outbound_hosts"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
    let answers =
        sql(&runtime, &schema.url.replace("localhost", "127.0.0.1"), &["SELECT 'still here'"]);
    assert!(answers[0].contains("still here"), "{answers:?}");
}

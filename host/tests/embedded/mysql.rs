//! Statements of components on a MySQL-compatible server: values, parameters and errors.

use std::{net::TcpListener, time::Instant};

use crate::runtime::{
    App, PROBE,
    mysql::{Schema, sql, start},
};

#[test]
fn column_types_map_to_spins_value_types() {
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
fn a_value_without_an_equivalent_fails_the_query() {
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
        // The session still works afterwards.
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
fn parameters_arrive_unchanged() {
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
fn an_error_after_the_columns_is_the_drivers_sentence_as_in_spin() {
    let schema = Schema::new();
    let runtime = start(&[]);
    // The server evaluates the subquery row by row, when it has sent the columns.
    let query =
        "SELECT a.id, (SELECT b.id FROM t AS b WHERE b.id >= a.id) FROM t AS a ORDER BY a.id DESC";
    let answers = sql(
        &runtime,
        &schema.url,
        &[
            "!CREATE TABLE t (id INT PRIMARY KEY)",
            "!INSERT INTO t VALUES (1), (2), (3)",
            query,
            "SELECT 'on'",
        ],
    );
    assert!(
        answers[2].starts_with("Error::Other(\"Server error: `ERROR 1242 (21000): Subquery"),
        "{answers:?}"
    );
    assert!(answers[3].ends_with("[[DbValue::Str(\"on\")]]"), "{answers:?}");
}

#[test]
fn server_errors_have_their_code() {
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
fn row_count_and_insert_id_work_on_one_session() {
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
fn connection_errors_have_a_reason_and_no_password() {
    let schema = Schema::new();
    let app = App::new(&format!("{PROBE}allowed_outbound_hosts = [\"mysql://127.0.0.1:*\"]\n"));
    let runtime = app.start(&[]);
    let mut wrong = url::Url::parse(&schema.url).unwrap();
    wrong.set_password(Some("hunter2")).unwrap();
    wrong.set_host(Some("127.0.0.1")).unwrap();
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("mysql://u:hunter2@{}/d", silent.local_addr().unwrap());
    for (url, reason) in [
        (wrong.as_str(), "code: 1045"),
        (&format!("mysql://u:hunter2@{unused}/d"), "Io("),
        (&silent, "no answer within 3 seconds"),
        ("mysql://u:hunter2@db.example/d", "address mysql://db.example is not permitted"),
        ("mysql://u:hunter2@127.0.0.1/d?ssl-mode=required", "does not implement"),
        ("mysql://u:p@127.0.0.1/d?hunter2", "an unknown option"),
        ("mysql://u:hunter2", "not a URL of the form"),
        ("hunter2", "not a URL of the form"),
    ] {
        let start = Instant::now();
        let answer = runtime.post("/sql", url).body;
        assert!(
            answer.starts_with("Error::ConnectionFailed(") && answer.contains(reason),
            "{url}: {answer}"
        );
        assert!(!answer.contains("hunter2"), "{answer}");
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
    let log = runtime.wait_for("add 'mysql://db.example' to its allowed_outbound_hosts");
    assert!(!log.contains("hunter2"), "{log}");
    let answers =
        sql(&runtime, &schema.url.replace("localhost", "127.0.0.1"), &["SELECT 'still here'"]);
    assert!(answers[0].contains("still here"), "{answers:?}");
}

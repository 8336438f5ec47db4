//! The sessions of components with a MySQL-compatible server: pooled, reset, limited and replaced.

use std::{collections::BTreeMap, thread};

use crate::runtime::mysql::{Schema, sql, start};

#[test]
fn a_pooled_session_behaves_like_a_new_one() {
    let schema = Schema::new();
    schema.run(&format!("CREATE TABLE {}.t (id INT)", schema.name));
    // With one session, the second request must reuse the first one's.
    let runtime = start(&["--max-mysql-sessions", "1"]);
    let queries = [
        "SELECT CONNECTION_ID()",
        "SELECT CAST(COUNT(*) AS SIGNED), DATABASE(), @mark, LAST_INSERT_ID(), IS_FREE_LOCK('mark') FROM t",
        "SHOW SESSION VARIABLES",
        "SELECT * FROM scratch",
        "SELECT CHARSET('x'), COLLATION('x'), 'ö📚'",
    ];
    let fresh = sql(&runtime, &schema.url, &queries);
    let foreign_database = if schema.is_mariadb() { "!USE information_schema" } else { "SELECT 1" };
    let changes = sql(
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
    assert!(changes[10].contains("Ok(())"), "{changes:?}");
    let pooled = sql(&runtime, &schema.url, &queries);
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

#[test]
fn a_session_with_settings_serves_the_next_request_that_makes_them() {
    let schema = Schema::new();
    schema.run(&format!(
        "CREATE TABLE {}.t (id INT AUTO_INCREMENT PRIMARY KEY, n INT, session BIGINT DEFAULT (CONNECTION_ID()))",
        schema.name
    ));
    let runtime = start(&[]);
    let settings = "!SET SESSION autocommit = 0, time_zone = '+03:00'";
    for _ in 0..5 {
        let insert = [settings, "!INSERT INTO t (n) VALUES (1)", "SELECT ROW_COUNT()", "!COMMIT"];
        let answers = sql(&runtime, &schema.url, &insert);
        assert!(answers[2].ends_with("[[DbValue::Int64(1)]]"), "{answers:?}");
    }
    let count = |what: &str| {
        schema.run(&format!("SELECT CAST(COUNT({what}) AS CHAR) FROM {}.t", schema.name))
    };
    assert_eq!((count("*"), count("DISTINCT session")), (vec!["5".into()], vec!["1".into()]));

    // It shows nothing of the earlier requests.
    let seen = [settings, "SELECT LAST_INSERT_ID()", "SELECT @@time_zone"];
    let answers = sql(&runtime, &schema.url, &seen);
    assert!(answers[1].ends_with("[[DbValue::Uint64(0)]]"), "{answers:?}");
    assert!(answers[2].contains("+03:00"), "{answers:?}");
    // Uncommitted changes end with the request.
    sql(&runtime, &schema.url, &[settings, "!INSERT INTO t (n) VALUES (2)"]);
    sql(&runtime, &schema.url, &[settings, "!COMMIT"]);
    assert_eq!(count("*"), ["5"]);
    // Requests without the settings get a session without them.
    let answers = sql(&runtime, &schema.url, &["SELECT @@time_zone"]);
    assert!(!answers[0].contains("+03:00"), "{answers:?}");
}

/// Names and values of the variables that do not change by themselves.
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
fn reads_keep_their_session_and_its_prepared_statements() {
    let schema = Schema::new();
    let runtime = start(&["--max-mysql-sessions", "1"]);
    for _ in 0..10 {
        sql(&runtime, &schema.url, &["SELECT 1 + 1", "SELECT 'text'"]);
    }
    let status = ["SHOW SESSION STATUS LIKE 'Com_stmt_prepare'"];
    let answers = sql(&runtime, &schema.url, &status);
    let count = answers[0].rsplit("Str(\"").next().unwrap().split('"').next().unwrap();
    assert_eq!(count, "3", "two reads and this query: {answers:?}");
}

#[test]
fn a_transaction_ends_with_its_request() {
    let schema = Schema::new();
    schema.run(&format!("CREATE TABLE {}.t (id INT PRIMARY KEY)", schema.name));
    let runtime = start(&["--request-deadline", "2", "--max-mysql-sessions", "1"]);
    let open = ["!SET autocommit = 0", "!INSERT INTO t VALUES (1)"];
    sql(&runtime, &schema.url, &open);
    // The deadline passes during a statement.
    let body = [&[schema.url.as_str()], &open[..], &["SELECT SLEEP(60)"]].concat().join("\n");
    assert_eq!(runtime.post("/sql", &body).status, 504);
    let count = ["SELECT COUNT(*) FROM t"];
    assert!(sql(&runtime, &schema.url, &count)[0].ends_with("[[DbValue::Int64(0)]]"));
}

#[test]
fn requests_wait_for_a_free_session() {
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
fn sessions_closed_by_the_server_are_replaced() {
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

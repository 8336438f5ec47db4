//! The service without a database, and with a database that other requests change concurrently.

use http::header::RETRY_AFTER;
use service_kit::{
    database::DatabaseError,
    testing::{Reply, ScriptedDatabase, TestEnvironment, lost, newest_migration, request},
};
use spin_sdk::mysql::DbValue;

use super::*;

fn duplicate(constraint: &str) -> Reply {
    Err(DatabaseError::Duplicate { constraint: constraint.into(), message: String::new() })
}

const DONE: Reply = Ok(Vec::new());

/// A row of the snapshot for book 7 and patron 5.
fn open_loan(book: i64, patron: i64, copy: i32, slot: i32, due: &str) -> Vec<DbValue> {
    let (copy, slot) = (DbValue::Int32(copy), DbValue::Int32(slot));
    vec![DbValue::Int64(book), DbValue::Int64(patron), copy, slot, DbValue::Str(due.into())]
}

fn inserted(id: u64) -> Reply {
    Ok(vec![vec![DbValue::Uint64(id)]])
}

fn send(
    request: &Request<Body>,
    database: Result<&ScriptedDatabase, DatabaseError>,
) -> (u16, String) {
    let mut environment = TestEnvironment::new(database);
    environment.variables = vec![("demo_mode", "true".into())];
    let response = answer(request, &environment);
    let status = response.status().as_u16();
    assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
    (status, String::from_utf8(response.into_body()).unwrap())
}

const LEND: &str = r#"{"borrow": {"book_id": 7, "patron_id": 5, "date_out": "2026-02-20", "date_due": "2026-03-06",
    "limits": {"patron_exists": true, "copies": 2, "loans": 4, "block_when_overdue": true}}}"#;

fn keyed(body: &str) -> Request<Body> {
    let mut request = request("POST", "/borrowdb", body);
    request.headers_mut().insert("idempotency-key", "k-1".parse().unwrap());
    request
}

#[test]
fn every_route_is_503_without_the_database() {
    let pair =
        r#"{"return": {"book_id": 7, "patron_id": 5}, "renew": {"book_id": 7, "patron_id": 5}}"#;
    for (method, target, body) in [
        ("GET", "/borrowdb", ""),
        ("GET", "/borrowdb/?limit=5&after=7", ""),
        ("GET", "/borrowdb/7", ""),
        ("GET", "/borrowdb/patron/5", ""),
        ("GET", "/borrowdb/due/2026-03-06", ""),
        ("GET", "/borrowdb/count/7", ""),
        ("GET", "/borrowdb/counts", ""),
        ("GET", "/borrowdb/counts?books=1,2,3", ""),
        ("GET", "/borrowdb/shelf?books=1,2&patron=7", ""),
        ("GET", "/borrowdb/shelf?patron=7", ""),
        ("GET", "/borrowdb/copies/7", ""),
        ("GET", "/borrowdb/open?overdue=true&patrons=1,2&books=3&limit=5&after=7&total=true", ""),
        ("GET", "/borrowdb/figures?on=2026-03-06&days=366", ""),
        ("POST", "/borrowdb/withdraw", r#"{"withdraw": {"book_id": 7, "limits": {"copies": 2}}}"#),
        ("POST", "/borrowdb/reset", r#"{"reset": {}}"#),
        ("GET", "/borrowdb/demo", ""),
        ("PUT", "/borrowdb/demo", r#"{"demo": {"epoch": 1}}"#),
        ("DELETE", "/borrowdb/history/5", ""),
        ("GET", "/borrowdb/overdue", ""),
        ("GET", "/borrowdb/overdue?on=2026-03-06", ""),
        ("GET", "/borrowdb/history/5?limit=1", ""),
        ("GET", "/borrowdb/healthz", ""),
        ("POST", "/borrowdb", LEND),
        ("POST", "/borrowdb/renew", pair),
        ("DELETE", "/borrowdb", pair),
    ] {
        let request = request(method, target, body);
        assert_eq!(send(&request, Err(lost())).0, 503, "{method} {target}");
        assert_eq!(send(&request, Ok(&ScriptedDatabase::new([]))).0, 503, "{method} {target}");
    }
}

#[test]
fn an_invalid_request_is_refused_without_the_database() {
    let many = format!("/borrowdb/counts?books={}", vec!["1"; 1001].join(","));
    for (target, status) in [
        ("/borrowdb/abc", 404),
        ("/borrowdb/patron/x", 404),
        ("/borrowdb/patron", 404),
        ("/borrowdb/count/x", 404),
        ("/borrowdb/open?on=garbage", 400),
        ("/borrowdb/open?total=1", 400),
        ("/borrowdb/history/1.5", 404),
        ("/borrowdb/renew", 404),
        ("/borrowdb/1/2", 404),
        ("/borrowdb/due/2026-02-29", 400),
        ("/borrowdb/due/tomorrow", 400),
        ("/borrowdb/overdue?on=2026-2-1", 400),
        ("/borrowdb/overdue?on=", 400),
        ("/borrowdb/counts?books=", 400),
        ("/borrowdb/counts?books=1,,2", 400),
        ("/borrowdb/counts?books=1,x", 400),
        (&many, 400),
        ("/borrowdb/copies/x", 404),
        ("/borrowdb/open?overdue=yes", 400),
        ("/borrowdb/open?after=-1", 400),
        ("/borrowdb/open?after=1&before=2", 400),
        ("/borrowdb/history/5?before=x", 400),
        ("/borrowdb/open?patrons=", 400),
        ("/borrowdb/open?limit=1001", 400),
        ("/borrowdb/figures?days=367", 400),
        ("/borrowdb/figures?on=2026-02-30", 400),
        ("/borrowdb/shelf", 400),
        ("/borrowdb/shelf?books=", 400),
        ("/borrowdb/shelf?patron=0", 400),
        ("/borrowdb?limit=0", 400),
        ("/borrowdb/history/5?after=x", 400),
    ] {
        assert_eq!(send(&request("GET", target, ""), Err(lost())).0, status, "{target}");
    }
    for (method, target) in
        [("PUT", "/borrowdb"), ("POST", "/borrowdb/7"), ("DELETE", "/borrowdb/7")]
    {
        assert_eq!(send(&request(method, target, LEND), Err(lost())).0, 404, "{method} {target}");
    }
}

#[test]
fn an_invalid_body_is_400_with_the_path() {
    for (from, to, named) in [
        ("\"borrow\"", "\"lend\"", "`borrow`"),
        ("\"book_id\": 7", "\"book_id\": 0", "`borrow.book_id`"),
        ("\"patron_id\": 5", "\"patron\": 5", "`borrow.patron_id`"),
        ("\"2026-02-20\"", "\"2026-02-30\"", "`borrow.date_out`"),
        ("\"2026-03-06\"", "20260306", "`borrow.date_due`"),
        ("\"2026-03-06\"", "\"2026-02-19\"", "`borrow.date_due`"),
        ("\"copies\": 2, ", "", "`borrow.limits.copies`"),
        ("\"copies\": 2", "\"copies\": -2", "`borrow.limits.copies`"),
        ("\"loans\": 4", "\"loans\": null", "`borrow.limits.loans`"),
        ("\"patron_exists\": true", "\"patron_exists\": 1", "`borrow.limits.patron_exists`"),
    ] {
        let body = LEND.replacen(from, to, 1);
        assert_ne!(body, LEND, "{from}");
        let (status, answer) = send(&request("POST", "/borrowdb", &body), Err(lost()));
        assert_eq!(status, 400, "{to}");
        assert!(answer.contains(named), "{to}: {answer}");
    }
    let mut invalid = keyed(LEND);
    invalid.headers_mut().insert("idempotency-key", "a b".parse().unwrap());
    assert!(send(&invalid, Err(lost())).1.contains("`Idempotency-Key`"));
}

#[test]
fn a_loan_is_one_read_and_one_insert() {
    let snapshot = Ok(vec![open_loan(7, 9, 1, 1, "2026-03-01")]);
    let script = ScriptedDatabase::new([snapshot, DONE, inserted(12), DONE]);
    let answer = send(&request("POST", "/borrowdb", LEND), Ok(&script));
    assert_eq!(answer, (201, r#"{"transaction":12,"withdrawn":0}"#.into()));
    assert_eq!(script.verbs(), ["SET", "SELECT", "INSERT", "SELECT", "COMMIT"]);
}

#[test]
fn a_loan_with_facts_of_another_epoch_is_not_written() {
    let lend = LEND.replace("\"copies\": 2", "\"copies\": 2, \"epoch\": 6");
    assert_ne!(lend, LEND);
    let epoch = |number| Ok(vec![vec![DbValue::Int32(number)]]);
    let script = ScriptedDatabase::new([epoch(7), DONE]);
    let (status, answer) = send(&request("POST", "/borrowdb", &lend), Ok(&script));
    assert_eq!((status, answer.contains("is being reset")), (503, true), "{answer}");
    assert_eq!(script.verbs(), ["SET", "SELECT", "ROLLBACK"]);
    // Not recorded under a key: sent again, it may be lent.
    let script = ScriptedDatabase::new([DONE, DONE, epoch(7), DONE]);
    assert_eq!(send(&keyed(&lend), Ok(&script)).0, 503);
    assert_eq!(script.verbs(), ["SELECT", "SET", "INSERT", "SELECT", "ROLLBACK"]);
    let script = ScriptedDatabase::new([epoch(6), DONE, DONE, inserted(12), DONE]);
    assert_eq!(send(&request("POST", "/borrowdb", &lend), Ok(&script)).0, 201);
    assert!(script.statements()[1].contains("LOCK IN SHARE MODE"), "{:?}", script.statements());
}

#[test]
fn after_a_conflict_the_decision_is_made_again() {
    let both_out = vec![open_loan(7, 8, 1, 1, "2026-03-01"), open_loan(7, 9, 2, 1, "2026-03-01")];
    let script = [DONE, duplicate("one_open_loan_per_copy"), DONE, Ok(both_out), DONE];
    let script = ScriptedDatabase::new(script);
    let (status, answer) = send(&request("POST", "/borrowdb", LEND), Ok(&script));
    assert_eq!(status, 409);
    assert!(answer.contains(r#""reason":"no_copy_left""#), "{answer}");
    assert_eq!(script.verbs(), ["SET", "SELECT", "INSERT", "ROLLBACK", "SELECT", "COMMIT"]);
}

#[test]
fn a_withdrawn_copy_is_not_lent() {
    let withdrawn = |copy| {
        let never = DbValue::Str("9999-12-31".into());
        vec![DbValue::Int64(7), DbValue::DbNull, DbValue::Int32(copy), DbValue::DbNull, never]
    };
    let one_left = ScriptedDatabase::new([Ok(vec![withdrawn(2)]), DONE, inserted(12), DONE]);
    assert_eq!(send(&request("POST", "/borrowdb", LEND), Ok(&one_left)).0, 201);
    let none_left = ScriptedDatabase::new([Ok(vec![withdrawn(2), withdrawn(1)]), DONE]);
    let (status, answer) = send(&request("POST", "/borrowdb", LEND), Ok(&none_left));
    assert_eq!((status, answer.contains("no_copy_left")), (409, true), "{answer}");
}

#[test]
fn a_loan_is_not_overdue_on_its_due_date() {
    for (due, status) in [("2026-02-19", 409), ("2026-02-20", 201)] {
        let snapshot = Ok(vec![open_loan(3, 5, 1, 1, due)]);
        let script = ScriptedDatabase::new([snapshot, DONE, inserted(12), DONE]);
        assert_eq!(send(&request("POST", "/borrowdb", LEND), Ok(&script)).0, status, "{due}");
    }
}

#[test]
fn with_a_key_the_answer_is_written_in_the_transaction_of_the_loan() {
    // Replies for: no expired key, the session settings, the key, the snapshot, the loan and its id, the answer, the
    // commit.
    let script = ScriptedDatabase::new([DONE, DONE, DONE, DONE, inserted(12), DONE, DONE]);
    assert_eq!(send(&keyed(LEND), Ok(&script)).0, 201);
    assert_eq!(
        script.verbs(),
        ["SELECT", "SET", "INSERT", "SELECT", "INSERT", "SELECT", "UPDATE", "COMMIT"]
    );
}

#[test]
fn a_transaction_is_retried_as_a_whole() {
    let lost_race = [DONE, DONE, DONE, duplicate("one_open_loan_per_slot"), DONE];
    let again = [DONE, DONE, DONE, inserted(12), DONE, DONE];
    let script = ScriptedDatabase::new(lost_race.into_iter().chain(again));
    assert_eq!(send(&keyed(LEND), Ok(&script)).0, 201);
    assert_eq!(
        script.verbs()[2..],
        [
            "INSERT", "SELECT", "INSERT", "ROLLBACK", "INSERT", "SELECT", "INSERT", "SELECT",
            "UPDATE", "COMMIT"
        ]
    );
}

#[test]
fn a_lost_response_to_commit_is_not_a_success() {
    let script = ScriptedDatabase::new([DONE, DONE, DONE, DONE, inserted(12), DONE, Err(lost())]);
    assert_eq!(send(&keyed(LEND), Ok(&script)).0, 503);
}

/// A key's record: request, answer, age.
fn recorded(fingerprint: &str, age: &str) -> [Reply; 3] {
    let text = |text: &str| DbValue::Str(text.into());
    let answer = text(r#"{"transaction":12}"#);
    let row = vec![text(fingerprint), DbValue::Int32(201), answer, text(age)];
    [DONE, duplicate("PRIMARY"), Ok(vec![row])]
}

#[test]
fn the_same_request_again_gets_the_first_answer() {
    let script = ScriptedDatabase::new(recorded("lend 7 5", "valid").into_iter().chain([DONE]));
    // After midnight, the lending service sends later dates.
    let later = LEND.replace("2026-02-20", "2026-02-21").replace("2026-03-06", "2026-03-07");
    assert_eq!(send(&keyed(&later), Ok(&script)), (201, r#"{"transaction":12}"#.into()));
    assert_eq!(script.verbs()[2..], ["INSERT", "SELECT", "COMMIT"]);
}

#[test]
fn another_request_with_the_key_is_409_until_a_day_has_passed() {
    for fingerprint in ["lend 7 6", "lend 8 5", "renew 7 5", "lend 7 5 2026-02-20 2026-03-06"] {
        let script =
            ScriptedDatabase::new(recorded(fingerprint, "valid").into_iter().chain([DONE]));
        let (status, answer) = send(&keyed(LEND), Ok(&script));
        assert_eq!(status, 409, "{fingerprint}");
        assert!(!answer.contains("reason"), "{answer}");
    }
    let rest = [DONE, DONE, DONE, inserted(13), DONE, DONE];
    let script = ScriptedDatabase::new(recorded("lend 7 6", "expired").into_iter().chain(rest));
    assert_eq!(
        send(&keyed(LEND), Ok(&script)),
        (201, r#"{"transaction":13,"withdrawn":0}"#.into())
    );
}

#[test]
fn a_session_is_opened_once_for_each_request() {
    let database = ScriptedDatabase::new([DONE]);
    let environment = TestEnvironment::new(Ok(&database));
    let response = answer(&request("GET", "/borrowdb", ""), &environment);
    assert_eq!(response.body(), br#"{"transactions":null}"#);
    assert_eq!(environment.sessions.get(), 1);
}

#[test]
fn an_out_of_range_id_gets_an_empty_answer() {
    for number in ["0", "-1", "9223372036854775808", "-99999999999999999999"] {
        for (target, expected) in [
            ("/borrowdb/", r#"{"transaction":null}"#),
            ("/borrowdb/count/", r#"{"transactions":[[0]]}"#),
            ("/borrowdb/patron/", r#"{"transactions":null}"#),
            ("/borrowdb/history/", r#"{"transactions":null}"#),
            ("/borrowdb/copies/", r#"{"copies":[]}"#),
        ] {
            let target = format!("{target}{number}");
            let answer = send(&request("GET", &target, ""), Err(lost()));
            assert_eq!(answer, (200, expected.into()), "{target}");
        }
    }
}

#[test]
fn every_endpoint_of_the_contract_is_answered() {
    for route in contract::borrowing::ROUTES {
        let path = route.path.replace("{date}", "2026-03-06");
        let segments = path.split('/').map(|part| if part.starts_with('{') { "7" } else { part });
        let path = segments.collect::<Vec<_>>().join("/");
        let (_, answer) = send(&request(route.method.as_str(), &path, "{}"), Err(lost()));
        assert!(!answer.contains("no endpoint"), "{route:?}: {answer}");
    }
}

#[test]
fn health_reads_and_writes() {
    let health = request("GET", "/borrowdb/healthz", "");
    let version = |number| Ok(vec![vec![DbValue::Int32(number)]]);
    let current = || version(store::SCHEMA_VERSION);
    let database = ScriptedDatabase::new([current(), DONE, DONE, DONE]);
    assert_eq!(send(&health, Ok(&database)), (200, r#"{"status":"ok"}"#.into()));
    assert_eq!(database.verbs(), ["SELECT", "SELECT", "SET", "INSERT", "ROLLBACK"]);

    let older = ScriptedDatabase::new([version(store::SCHEMA_VERSION - 1)]);
    let (status, answer) = send(&health, Ok(&older));
    assert!(status == 503 && answer.contains("not set up yet"), "{status} {answer}");
    for (error, cause) in [
        (DatabaseError::ReadOnly("--read-only".into()), "accepts no changes"),
        (DatabaseError::Full("table is full".into()), "no space left"),
        (DatabaseError::internal("crashed"), "failed"),
    ] {
        let database = ScriptedDatabase::new([current(), DONE, Err(error), DONE]);
        let (status, answer) = send(&health, Ok(&database));
        assert_eq!(status, 503);
        assert!(answer.contains(cause), "{answer}");
    }
}

#[test]
fn the_schema_version_is_that_of_the_newest_migration() {
    assert_eq!(store::SCHEMA_VERSION, newest_migration("borrowdb"));
}

#[test]
fn a_reached_limit_states_the_numbers() {
    let mut rows: Vec<_> = (1..=4).map(|n| open_loan(n, 5, 1, n as i32, "2026-03-01")).collect();
    rows.push(vec![
        DbValue::Int64(7),
        DbValue::DbNull,
        DbValue::Int32(2),
        DbValue::DbNull,
        DbValue::Str("9999-12-31".into()),
    ]);
    let database = ScriptedDatabase::new([Ok(rows), DONE]);
    let (status, answer) = send(&request("POST", "/borrowdb", LEND), Ok(&database));
    assert_eq!(status, 409);
    assert!(answer.contains("The patron has 4 of 4 books."), "{answer}");
    assert!(answer.contains(r#""withdrawn":1"#), "{answer}");
}

#[test]
fn a_renewal_writes_the_due_date_of_the_rules() {
    let renew = request("POST", "/borrowdb/renew", r#"{"renew": {"book_id": 7, "patron_id": 5}}"#);
    let open = |renewals| {
        let text = |text: &str| DbValue::Str(text.into());
        let (out, due) = (text("1970-01-01"), text("1970-01-15"));
        let ids = [DbValue::Int64(12), DbValue::Int64(7), DbValue::Int64(5)];
        Ok(vec![ids.into_iter().chain([out, due, DbValue::Int32(renewals)]).collect()])
    };
    let changed = |rows| Ok(vec![vec![DbValue::Int64(rows)]]);
    let script = [open(0), DONE, changed(0), DONE, open(1), DONE, changed(1), DONE];
    let database = ScriptedDatabase::new(script);
    let renewed = r#"{"transaction":12,"date_due":"1970-01-29"}"#;
    assert_eq!(send(&renew, Ok(&database)), (201, renewed.into()), "after another renewal");

    let database = ScriptedDatabase::new([open(2), DONE]);
    let (status, answer) = send(&renew, Ok(&database));
    assert_eq!((status, answer.contains("renewal_limit")), (409, true), "{answer}");
}

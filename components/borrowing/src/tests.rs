//! What the service says before it has a database, and what it does with one that others write to as well.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use spin_sdk::mysql::{DbValue, ParameterValue, RowSet};

use super::*;

type Reply = Result<Vec<Vec<DbValue>>, DatabaseError>;

/// A database that gives these replies one after another, then none; and notes what it was told.
#[derive(Default)]
struct Script {
    replies: RefCell<VecDeque<Reply>>,
    told: RefCell<Vec<String>>,
}

impl Script {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self { replies: RefCell::new(replies.into_iter().collect()), told: RefCell::default() }
    }

    /// The first word of each statement.
    fn verbs(&self) -> Vec<String> {
        let told = self.told.borrow();
        told.iter().map(|sql| sql.split(' ').next().unwrap_or_default().to_owned()).collect()
    }
}

impl Database for &Script {
    fn query(&self, sql: &str, _: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        // How long to wait for locks is no part of any story here.
        if sql.starts_with("SET SESSION innodb_lock_wait_timeout") {
            return Ok(RowSet { columns: Vec::new(), rows: Vec::new() });
        }
        self.told.borrow_mut().push(sql.to_owned());
        let rows = self.replies.borrow_mut().pop_front().unwrap_or_else(|| Err(lost()))?;
        Ok(RowSet { columns: Vec::new(), rows })
    }
}

fn lost() -> DatabaseError {
    DatabaseError::Unreachable("Io(refused)".into())
}

fn overtaken(constraint: &str) -> Reply {
    Err(DatabaseError::Duplicate { constraint: constraint.into(), message: String::new() })
}

const DONE: Reply = Ok(Vec::new());

/// An open loan as the standing of book 7 and patron 5 has it.
fn open_loan(book: i64, patron: i64, copy: i32, slot: i32, due: &str) -> Vec<DbValue> {
    let (copy, slot) = (DbValue::Int32(copy), DbValue::Int32(slot));
    vec![DbValue::Int64(book), DbValue::Int64(patron), copy, slot, DbValue::Str(due.into())]
}

fn inserted(id: u64) -> Reply {
    Ok(vec![vec![DbValue::Uint64(id)]])
}

fn request(method: &str, target: &str, body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(target);
    let request = request.header(CONTENT_TYPE, "application/json");
    request.body(Body::Whole(body.into())).unwrap()
}

fn tell(request: &Request<Body>, database: Result<&Script, DatabaseError>) -> (u16, String) {
    let response = answer(request, || database, SystemTime::UNIX_EPOCH);
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
fn every_route_that_needs_the_database_says_503_without_one() {
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
        assert_eq!(tell(&request, Err(lost())).0, 503, "{method} {target}");
        assert_eq!(tell(&request, Ok(&Script::default())).0, 503, "{method} {target}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_without_asking_the_database() {
    let many = format!("/borrowdb/counts?books={}", vec!["1"; 1001].join(","));
    for (target, status) in [
        ("/borrowdb/abc", 404),
        ("/borrowdb/0", 404),
        ("/borrowdb/9223372036854775808", 404),
        ("/borrowdb/patron/x", 404),
        ("/borrowdb/patron", 404),
        ("/borrowdb/count/-1", 404),
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
        ("/borrowdb/open?after=0", 400),
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
        assert_eq!(tell(&request("GET", target, ""), Err(lost())).0, status, "{target}");
    }
    for (method, target) in
        [("PUT", "/borrowdb"), ("POST", "/borrowdb/7"), ("DELETE", "/borrowdb/7")]
    {
        assert_eq!(tell(&request(method, target, LEND), Err(lost())).0, 404, "{method} {target}");
    }
}

#[test]
fn a_bad_body_is_400_and_the_mistake_is_named() {
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
        let (status, answer) = tell(&request("POST", "/borrowdb", &body), Err(lost()));
        assert_eq!(status, 400, "{to}");
        assert!(answer.contains(named), "{to}: {answer}");
    }
    let mut unfit = keyed(LEND);
    unfit.headers_mut().insert("idempotency-key", "a b".parse().unwrap());
    assert!(tell(&unfit, Err(lost())).1.contains("`Idempotency-Key`"));
}

#[test]
fn a_loan_is_one_look_and_one_insert() {
    let script = Script::new([Ok(vec![open_loan(7, 9, 1, 1, "2026-03-01")]), DONE, inserted(12)]);
    let answer = tell(&request("POST", "/borrowdb", LEND), Ok(&script));
    assert_eq!(answer, (201, r#"{"transaction":12}"#.into()));
    assert_eq!(script.verbs(), ["SELECT", "INSERT", "SELECT"]);
}

#[test]
fn who_is_overtaken_looks_again_and_may_be_refused_then() {
    let both_out = vec![open_loan(7, 8, 1, 1, "2026-03-01"), open_loan(7, 9, 2, 1, "2026-03-01")];
    let script = Script::new([DONE, overtaken("one_open_loan_per_copy"), Ok(both_out)]);
    let (status, answer) = tell(&request("POST", "/borrowdb", LEND), Ok(&script));
    assert_eq!(status, 409);
    assert!(answer.contains(r#""reason":"no_copy_left""#), "{answer}");
    assert_eq!(script.verbs(), ["SELECT", "INSERT", "SELECT"]);
}

#[test]
fn a_withdrawn_copy_is_not_lent() {
    let nobody = |copy| {
        let forever = DbValue::Str("9999-12-31".into());
        vec![DbValue::Int64(7), DbValue::DbNull, DbValue::Int32(copy), DbValue::DbNull, forever]
    };
    let one_left = Script::new([Ok(vec![nobody(2)]), DONE, inserted(12)]);
    assert_eq!(tell(&request("POST", "/borrowdb", LEND), Ok(&one_left)).0, 201);
    let none_left = Script::new([Ok(vec![nobody(2), nobody(1)])]);
    let (status, answer) = tell(&request("POST", "/borrowdb", LEND), Ok(&none_left));
    assert_eq!((status, answer.contains("no_copy_left")), (409, true), "{answer}");
}

#[test]
fn what_is_due_on_the_day_itself_is_not_overdue() {
    for (due, status) in [("2026-02-19", 409), ("2026-02-20", 201)] {
        let script = Script::new([Ok(vec![open_loan(3, 5, 1, 1, due)]), DONE, inserted(12)]);
        assert_eq!(tell(&request("POST", "/borrowdb", LEND), Ok(&script)).0, status, "{due}");
    }
}

#[test]
fn with_a_key_the_answer_is_written_in_the_transaction_of_the_loan() {
    // Nothing old, the two settings, the key, the standing, the loan and its id, the answer, the commit.
    let script = Script::new([DONE, DONE, DONE, DONE, DONE, DONE, inserted(12), DONE, DONE]);
    assert_eq!(tell(&keyed(LEND), Ok(&script)).0, 201);
    assert_eq!(
        script.verbs(),
        ["SELECT", "SET", "SET", "INSERT", "SELECT", "INSERT", "SELECT", "UPDATE", "COMMIT"]
    );
}

#[test]
fn an_overtaken_transaction_is_rolled_back_and_done_again_as_a_whole() {
    let lost_race = [DONE, DONE, DONE, DONE, DONE, overtaken("one_open_loan_per_slot"), DONE];
    let again = [DONE, DONE, DONE, inserted(12), DONE, DONE];
    let script = Script::new(lost_race.into_iter().chain(again));
    assert_eq!(tell(&keyed(LEND), Ok(&script)).0, 201);
    assert_eq!(
        script.verbs()[3..],
        [
            "INSERT", "SELECT", "INSERT", "ROLLBACK", "INSERT", "SELECT", "INSERT", "SELECT",
            "UPDATE", "COMMIT"
        ]
    );
}

#[test]
fn a_commit_whose_answer_is_lost_is_no_success() {
    let script = Script::new([DONE, DONE, DONE, DONE, DONE, DONE, inserted(12), DONE, Err(lost())]);
    assert_eq!(tell(&keyed(LEND), Ok(&script)).0, 503);
}

/// What is found under a key: the request, its answer, its age.
fn known(fingerprint: &str, age: &str) -> [Reply; 5] {
    let text = |text: &str| DbValue::Str(text.into());
    let answer = text(r#"{"transaction":12}"#);
    let row = vec![text(fingerprint), DbValue::Int32(201), answer, text(age)];
    [DONE, DONE, DONE, overtaken("PRIMARY"), Ok(vec![row])]
}

#[test]
fn the_same_request_again_gets_the_first_answer() {
    let script = Script::new(known("lend 7 5", "fresh").into_iter().chain([DONE]));
    // After midnight the lending service sends later days.
    let later = LEND.replace("2026-02-20", "2026-02-21").replace("2026-03-06", "2026-03-07");
    assert_eq!(tell(&keyed(&later), Ok(&script)), (201, r#"{"transaction":12}"#.into()));
    assert_eq!(script.verbs()[3..], ["INSERT", "SELECT", "COMMIT"]);
}

#[test]
fn another_request_with_the_key_is_409_until_a_day_has_passed() {
    for fingerprint in ["lend 7 6", "lend 8 5", "renew 7 5", "lend 7 5 2026-02-20 2026-03-06"] {
        let script = Script::new(known(fingerprint, "fresh").into_iter().chain([DONE]));
        let (status, answer) = tell(&keyed(LEND), Ok(&script));
        assert_eq!(status, 409, "{fingerprint}");
        assert!(!answer.contains("reason"), "{answer}");
    }
    let rest = [DONE, DONE, DONE, inserted(13), DONE, DONE];
    let script = Script::new(known("lend 7 6", "old").into_iter().chain(rest));
    assert_eq!(tell(&keyed(LEND), Ok(&script)), (201, r#"{"transaction":13}"#.into()));
}

#[test]
fn a_session_is_opened_once_for_each_request() {
    let opened = Cell::new(0);
    let script = Script::new([DONE]);
    let open = || {
        opened.set(opened.get() + 1);
        Ok(&script)
    };
    let response = answer(&request("GET", "/borrowdb", ""), open, SystemTime::UNIX_EPOCH);
    assert_eq!(response.body(), br#"{"transactions":null}"#);
    assert_eq!(opened.get(), 1);
}

//! What the service says before it has a database, and when the database is away or breaks.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use spin_sdk::mysql::{ParameterValue, RowSet};

use super::*;

/// A session that fails at the first statement.
struct Failing(DatabaseError);

impl Database for Failing {
    fn query(&self, _sql: &str, _binds: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        Err(self.0.clone())
    }
}

fn lost() -> DatabaseError {
    DatabaseError::Unreachable("Io(refused)".into())
}

fn ask(method: &str, target: &str) -> Request<Body> {
    Request::builder().method(method).uri(target).body(Body::Whole(Vec::new())).unwrap()
}

/// The answer to `GET target` while no database can be opened: its status and its body.
fn without_database(target: &str) -> (u16, String) {
    let response = answer(&ask("GET", target), || Err::<Failing, _>(lost()));
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json", "{target}");
    (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
}

#[test]
fn every_route_that_needs_the_database_says_503_without_one() {
    for target in [
        "/catdb",
        "/catdb/",
        "//catdb?limit=20&after=7&q=sea",
        "/catdb?limit=1000&unknown=ignored",
        "/catdb?sort=title&limit=20&before=7&total=true",
        "/catdb?sort=newest&ids=1,2,3&total=false",
        "/catdb/7",
        "/catdb//7/",
        "/catdb/author/Jansson",
        "/catdb/author/Jansson?limit=20&after=7",
        "/catdb/title/%25%5F%2F",
        "/catdb/figures",
        "/catdb/healthz",
    ] {
        for open in [Ok(Failing(lost())), Err(lost())] {
            let response = answer(&ask("GET", target), || open);
            assert_eq!(response.status(), 503, "{target}");
            assert!(response.headers().contains_key(RETRY_AFTER), "{target}");
        }
        let (_, body) = without_database(target);
        assert_eq!(
            body, r#"{"error":"Service Unavailable","detail":"the database cannot be reached"}"#,
            "{target}"
        );
    }
}

#[test]
fn what_cannot_be_there_is_404_without_asking_the_database() {
    for (target, detail) in [
        ("/catdb/abc", "there is no book with the id `abc`"),
        ("/catdb/0", "there is no book with the id `0`"),
        ("/catdb/-1", "there is no book with the id `-1`"),
        ("/catdb/9223372036854775808", "there is no book with the id `9223372036854775808`"),
        ("/catdb/author", "there is no book with the id `author`"),
        ("/catdb/7/copies", "there is nothing at `/catdb/7/copies`"),
        ("/catdb/title/a/b", "there is nothing at `/catdb/title/a/b`"),
        ("/", "there is nothing at `/`"),
    ] {
        let expected = format!(r#"{{"error":"Not found","detail":"{detail}"}}"#);
        assert_eq!(without_database(target), (404, expected), "{target}");
    }
}

#[test]
fn what_was_asked_for_comes_back_only_so_far() {
    let (status, body) = without_database(&format!("/catdb/{}", "9".repeat(5000)));
    assert_eq!(status, 404);
    assert!(body.len() < 200, "{body}");
}

#[test]
fn only_get_and_head_are_answered() {
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let response = answer(&ask(method, "/catdb"), || Err::<Failing, _>(lost()));
        assert_eq!(response.status(), 404, "{method}");
    }
    assert_eq!(answer(&ask("HEAD", "/catdb/0"), || Err::<Failing, _>(lost())).status(), 404);
    assert_eq!(answer(&ask("HEAD", "/catdb"), || Err::<Failing, _>(lost())).status(), 503);
}

#[test]
fn a_bad_query_or_path_is_400_and_names_what_is_wrong() {
    for (target, word) in [
        ("/catdb?limit=0", "`limit`"),
        ("/catdb?limit=1001", "`limit`"),
        ("/catdb?limit=", "`limit`"),
        ("/catdb?limit=ten", "`limit`"),
        ("/catdb?after=-1", "`after`"),
        ("/catdb/author/a?limit=0", "`limit`"),
        ("/catdb/title/a?after=x", "`after`"),
        ("/catdb?before=x", "`before`"),
        ("/catdb?after=3&before=5", "`before`"),
        ("/catdb?sort=count", "`sort`"),
        ("/catdb?sort=", "`sort`"),
        ("/catdb?total=yes", "`total`"),
        ("/catdb?ids=", "`ids`"),
        ("/catdb?ids=1,x", "`ids`"),
        ("/catdb?q=a&q=b", "`q`"),
        ("/catdb?q=%ff", "the query"),
        ("/catdb/title/%ff", "the path"),
    ] {
        let (status, body) = without_database(target);
        assert_eq!(status, 400, "{target}");
        assert!(body.contains(word), "{target}: {body}");
    }
}

#[test]
fn a_broken_database_shows_nothing_of_itself() {
    let broken = DatabaseError::Fault("catalogdb.books is marked as crashed".into());
    let response = answer(&ask("GET", "/catdb"), || Ok(Failing(broken)));
    assert_eq!(response.status(), 500);
    assert!(!String::from_utf8(response.into_body()).unwrap().contains("catalogdb"));
}

#[test]
fn a_change_that_makes_no_sense_is_named() {
    let send = |method: &str, target: &str, body: &str| {
        let request = Request::builder().method(method).uri(target);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::Whole(body.into())).unwrap();
        let response = answer(&request, || Err::<Failing, _>(lost()));
        (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
    };
    let long = "x".repeat(256);
    for (method, target, body, named) in [
        ("POST", "/catdb/books", r#"{"book":{"title":" ","author":"a","count":1}}"#, "book.title"),
        (
            "POST",
            "/catdb/books",
            &format!(r#"{{"book":{{"title":"t","author":"{long}","count":1}}}}"#),
            "book.author",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":10000}}"#,
            "book.count",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":1,"thumbnailUrl":"javascript:x"}}"#,
            "book.thumbnailUrl",
        ),
        ("PUT", "/catdb/books/7/copies", r#"{"copies":{"from":2}}"#, "copies.to"),
        ("PUT", "/catdb/books/7/copies", r#"{"copies":{"from":2,"to":1}}"#, "copies.to"),
        ("PUT", "/catdb/books/7/withdrawn", r#"{"withdrawn":-1}"#, "withdrawn"),
        ("PUT", "/catdb/books/7/withdrawn", r#"{"withdrawn":2147483648}"#, "withdrawn"),
    ] {
        let (status, answer) = send(method, target, body);
        assert_eq!(status, 400, "{method} {target} {body}");
        assert!(answer.contains(named), "{answer}");
    }
    let fine = r#"{"copies":{"from":2,"to":3}}"#;
    assert_eq!(send("PUT", "/catdb/books/x/copies", fine).0, 404);
    assert_eq!(send("PUT", "/catdb/books/7/copies", fine).0, 503);
}

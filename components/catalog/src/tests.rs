//! Answers that need no database, and answers while the database is unreachable or fails.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use service_kit::testing::{ScriptedDatabase, TestEnvironment, lost, newest_migration, request};
use spin_sdk::mysql::DbValue;

use super::*;

/// Status and body of the answer while the database is unreachable.
fn send(method: &str, target: &str, body: &str) -> (u16, String) {
    send_to(Err(lost()), method, target, body)
}

fn send_to(
    database: Result<&ScriptedDatabase, DatabaseError>,
    method: &str,
    target: &str,
    body: &str,
) -> (u16, String) {
    let mut environment = TestEnvironment::new(database);
    environment.variables = vec![("demo_mode", "true".into())];
    let response = answer(&request(method, target, body), &environment);
    let status = response.status().as_u16();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json", "{target}");
    assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503, "{target}");
    assert_eq!(environment.sessions.get() > 0, status >= 500, "{method} {target}");
    (status, String::from_utf8(response.into_body()).unwrap())
}

#[test]
fn every_route_answers_503_without_the_database() {
    const BOOK: &str = r#"{"book":{"title":"t","author":"a","count":1}}"#;
    const EDIT: &str = r#"{"book":{"from":{"title":"t","author":"a","thumbnailUrl":""},
        "to":{"title":"u","author":"a"}}}"#;
    for (method, target, body) in [
        ("GET", "/catdb", ""),
        ("GET", "//catdb/?limit=20&after=7&q=sea", ""),
        ("GET", "/catdb?limit=1000&unknown=ignored&author=Piper", ""),
        ("GET", "/catdb?sort=newest&ids=1,2,3&total=false&before=7", ""),
        ("HEAD", "/catdb", ""),
        ("GET", "/catdb//7/", ""),
        ("GET", "/catdb/author/Jansson?limit=20&after=7", ""),
        ("GET", "/catdb/title/%25%5F%2F", ""),
        ("GET", "/catdb/figures", ""),
        ("GET", "/catdb/healthz", ""),
        ("POST", "/catdb/books", BOOK),
        ("PUT", "/catdb/books/7", EDIT),
        ("DELETE", "/catdb/books/7", ""),
        ("PUT", "/catdb/books/7/copies", r#"{"copies":{"from":2,"to":3}}"#),
        ("PUT", "/catdb/books/7/withdrawn", r#"{"withdrawn":1}"#),
        ("GET", "/catdb/demo", ""),
        ("PUT", "/catdb/demo", r#"{"demo":{"epoch":1}}"#),
    ] {
        let expected =
            r#"{"error":"Service Unavailable","detail":"the database cannot be reached"}"#;
        assert_eq!(send(method, target, body), (503, expected.into()), "{method} {target}");
        let lost = ScriptedDatabase::new([]);
        assert_eq!(send_to(Ok(&lost), method, target, body).0, 503, "{method} {target}");
    }
}

#[test]
fn an_impossible_id_is_404_without_a_query() {
    for (method, target) in [
        ("GET", "/catdb/abc"),
        ("GET", "/catdb/0"),
        ("GET", "/catdb/-1"),
        ("GET", "/catdb/9223372036854775808"),
        ("GET", "/catdb/author"),
        ("GET", "/catdb/7/copies"),
        ("GET", "/catdb/title/a/b"),
        ("GET", "/"),
        ("POST", "/catdb"),
        ("DELETE", "/catdb/7"),
        ("PATCH", "/catdb/books/7"),
        ("BREW", "/catdb"),
        ("DELETE", "/catdb/books/x"),
    ] {
        let (status, body) = send(method, target, "");
        assert_eq!(status, 404, "{method} {target}");
        assert!(body.starts_with(r#"{"error":"Not found","detail":""#), "{body}");
    }
    let copies = r#"{"copies":{"from":2,"to":3}}"#;
    assert_eq!(send("PUT", "/catdb/books/x/copies", copies).0, 404);
    assert_eq!(send("PUT", "/catdb/books/0/copies", copies).0, 404);
    assert_eq!(send("DELETE", "/catdb/books/0", ""), (200, r#"{"removed":0}"#.into()));
}

#[test]
fn a_long_path_is_truncated_in_the_error() {
    let (status, body) = send("GET", &format!("/catdb/{}", "9".repeat(5000)), "");
    assert_eq!(status, 404);
    assert!(body.len() < 200, "{body}");
}

#[test]
fn an_invalid_query_or_path_is_400_and_named() {
    for (target, word) in [
        ("/catdb?limit=0", "`limit`"),
        ("/catdb?limit=1001", "`limit`"),
        ("/catdb?limit=", "`limit`"),
        ("/catdb?after=-1", "`after`"),
        ("/catdb/author/a?limit=0", "`limit`"),
        ("/catdb/title/a?after=x", "`after`"),
        ("/catdb?before=x", "`before`"),
        ("/catdb?after=3&before=5", "`before`"),
        ("/catdb?sort=count", "`sort`"),
        ("/catdb?total=yes", "`total`"),
        ("/catdb?ids=", "`ids`"),
        ("/catdb?ids=1,x", "`ids`"),
        ("/catdb?q=a&q=b", "`q`"),
        ("/catdb?author=a&author=b", "`author`"),
        ("/catdb?q=%ff", "the query"),
        ("/catdb/title/%ff", "the path"),
    ] {
        let (status, body) = send("GET", target, "");
        assert_eq!(status, 400, "{target}");
        assert!(body.contains(word), "{target}: {body}");
    }
}

#[test]
fn an_invalid_body_is_400_and_named() {
    let long = "x".repeat(256);
    let long = format!(r#"{{"book":{{"title":"t","author":"{long}","count":1}}}}"#);
    for (method, target, body, named) in [
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":" ","author":"a","count":1}}"#,
            "`book.title` must have at least one visible character",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"a\u202eb","author":"a","count":1}}"#,
            "U+202E",
        ),
        ("POST", "/catdb/books", r#"{"book":{"title":"a\nb","author":"a","count":1}}"#, "U+000A"),
        ("POST", "/catdb/books", r#"{"book":{"title":7,"author":"a","count":1}}"#, "book.title"),
        ("POST", "/catdb/books", &long, "`book.author` must have at most 255 characters"),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":10000}}"#,
            "book.count",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":null}}"#,
            "book.count",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":1,"thumbnailUrl":"javascript:x"}}"#,
            "book.thumbnailUrl",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":1,"thumbnailUrl":null}}"#,
            "book.thumbnailUrl",
        ),
        (
            "POST",
            "/catdb/books",
            r#"{"book":{"title":"t","author":"a","count":1,"refuse_duplicate":null}}"#,
            "book.refuse_duplicate",
        ),
        ("POST", "/catdb/books", r#"{"book":[]}"#, "`book` must be an object"),
        ("PUT", "/catdb/books/7", r#"{"book":{"to":{"title":"u","author":"a"}}}"#, "book.from"),
        ("PUT", "/catdb/books/7/copies", r#"{"copies":{"from":2}}"#, "copies.to"),
        ("PUT", "/catdb/books/7/copies", r#"{"copies":{"from":2,"to":1}}"#, "copies.to"),
        ("PUT", "/catdb/books/7/withdrawn", r#"{"withdrawn":-1}"#, "withdrawn"),
        ("PUT", "/catdb/books/7/withdrawn", r#"{"withdrawn":2147483648}"#, "withdrawn"),
        ("PUT", "/catdb/demo", r#"{"demo":{"epoch":-1}}"#, "demo.epoch"),
    ] {
        let (status, answer) = send(method, target, body);
        assert_eq!(status, 400, "{method} {target} {body}");
        assert!(answer.contains(named), "{answer}");
    }
}

#[test]
fn a_database_error_is_not_shown_to_the_client() {
    let broken = DatabaseError::Internal("catalogdb.books is marked as crashed".into());
    let broken = ScriptedDatabase::new([Err(broken)]);
    let (status, body) = send_to(Ok(&broken), "GET", "/catdb", "");
    assert_eq!(status, 500);
    assert!(!body.contains("catalogdb"), "{body}");
}

#[test]
fn a_slow_search_suggests_the_indexed_one() {
    let slow = ScriptedDatabase::new([Err(DatabaseError::TimedOut("1969".into()))]);
    let (status, body) = send_to(Ok(&slow), "GET", "/catdb/title/e", "");
    assert_eq!(status, 503);
    assert!(body.contains("/catdb?q="), "{body}");
}

#[test]
fn health_names_the_cause() {
    let read_only = DatabaseError::ReadOnly("1290".into());
    let version = vec![vec![DbValue::Int32(store::row::SCHEMA_VERSION)]];
    let read_only =
        ScriptedDatabase::new([Ok(version), Ok(Vec::new()), Err(read_only), Ok(Vec::new())]);
    let (status, body) = send_to(Ok(&read_only), "GET", "/catdb/healthz", "");
    assert_eq!(status, 503);
    assert!(body.contains("the database accepts no changes at the moment"), "{body}");
}

#[test]
fn the_schema_version_is_that_of_the_newest_migration() {
    assert_eq!(store::row::SCHEMA_VERSION, newest_migration("catalogdb"));
}

//! Tests docs/openapi.yaml itself: every documented answer occurs, and every body matches its schema.
//!
//! Every suite also checks that no undocumented answer occurs; see tests/src/contract.rs.

use std::collections::BTreeSet;

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{
    Answer, Client, TestApp, TestDatabase, borrow,
    contract::{Example, examples, operation_of},
};

/// Documented answers that no request from outside can provoke.
const NOT_EXERCISED: [(&str, u16); 2] =
    // The epoch of these examples has begun before, so they change nothing.
    [("PUT /borrowdb/demo", 500), ("PUT /catdb/demo", 500)];

/// Documented answers that need a certain state or a librarian's session; `corrections.rs` and `desk.rs` provoke them.
const PROVOKED_ELSEWHERE: [(&str, u16); 6] = [
    ("POST /borrow/withdraw", 409),
    ("PUT /catdb/books/{id}", 201),
    ("PUT /patdb/patrons/{id}/blocked", 404),
    ("PUT /patdb/patrons/{id}/pin", 201),
    ("PUT /patdb/patrons/{id}/pin", 404),
    ("PUT /patdb/patrons/{id}/pin", 409),
];

#[tokio::test]
async fn every_documented_answer_occurs() {
    let mut seen = Seen::default();

    let app = TestApp::start().await;
    let (returns, others): (Vec<_>, Vec<_>) = examples()
        .into_iter()
        .partition(|example| example.method == "DELETE" || example.path.ends_with("/reset"));
    // Repeat until second loans are refused and renewals run out. Then return everything.
    for example in others.iter().cycle().take(4 * others.len()).chain(&returns) {
        seen.send(&app, example, example.path.clone());
    }
    for (method, path, body) in particular() {
        let answer = app.send_json(method, path, &body);
        seen.0.insert((operation_of(method, path).unwrap(), answer.status));
    }
    let taken = app.with("idempotency-key", "taken");
    assert_eq!(taken.send_json("POST", "/borrow", &borrow(1, 99)).status, 200);
    let book = json!({"book": {"title": "One", "author": "A", "count": 1}});
    assert_eq!(taken.send_json("POST", "/catdb/books", &book).status, 201);
    for example in examples() {
        let (parent, _) = example.path.rsplit_once('/').unwrap();
        seen.send(&app, &example, format!("{parent}/no-such%00"));
        seen.send(&app, &example, format!("{parent}/%FF"));
        let query = if example.path.contains('?') { '&' } else { '?' };
        seen.send(&app, &example, format!("{}{query}limit=0&days=0&books=0", example.path));
        if let Some(body) = &example.body {
            seen.answer(&example, &app.send_json(&example.method, &example.path, &json!({})));
            let large = padded(&body.to_string(), 70_000);
            seen.answer(&example, &send_text(&app, &example, &large));
            seen.answer(&example, &app.send_bytes(&example.method, &example.path, b"{}"));
            // The catalog has a separate set of keys, and the previous book used this one.
            let other = json!({"book": {"title": "Another", "author": "A", "count": 1}});
            let body = if example.path == "/catdb/books" { &other } else { body };
            seen.answer(&example, &taken.send_json(&example.method, &example.path, body));
        }
    }

    let demo = ("demo_mode", "true");
    let guarded = TestApp::start_on(TestDatabase::loaded().await, &[("api_token", "token")]);
    let ill = TestApp::start_on(
        TestDatabase::loaded().await,
        &["catalog_db_password", "patrons_db_password", "borrowing_db_password"]
            .map(|name| (name, "wrong"))
            .into_iter()
            .chain([demo])
            .collect::<Vec<_>>(),
    );
    let broken = TestApp::start_on(TestDatabase::loaded().await, &[demo]);
    for (store, table) in [
        (Store::Catalog, "books"),
        (Store::Patrons, "pins"),
        (Store::Patrons, "sessions"),
        (Store::Patrons, "patrons"),
        (Store::Borrowing, "loans"),
    ] {
        let mut session = broken.database.admin(store).await;
        session.query_drop("SET foreign_key_checks = 0").await.unwrap();
        // An error that no server reports in ordinary use.
        session.query_drop(format!("ALTER TABLE {table} DISCARD TABLESPACE")).await.unwrap();
    }
    let misled = TestApp::start_on(
        TestDatabase::loaded().await,
        &[("borrowing_url", "http://patrons.spin.internal"), demo],
    );
    let unruled = TestApp::start_on(TestDatabase::loaded().await, &[("loan_limit", "many")]);
    let resettable = TestApp::start_on(TestDatabase::loaded().await, &[demo]);
    let mut bare = TestDatabase::empty();
    bare.library.demo_data = false;
    bare.load().await.unwrap();
    let bare = TestApp::start_on(bare, &[demo]);
    for example in examples() {
        for app in [&guarded, &ill, &broken, &misled, &unruled, &resettable, &bare] {
            seen.send(app, &example, example.path.clone());
        }
    }

    let mut missing = documented();
    missing.retain(|answer| !seen.0.contains(answer));
    let explained: BTreeSet<_> = NOT_EXERCISED
        .iter()
        .chain(&PROVOKED_ELSEWHERE)
        .map(|(operation, status)| ((*operation).to_owned(), *status))
        .collect();
    assert_eq!(missing, explained, "documented, but never answered");
}

#[test]
fn the_document_has_exactly_the_endpoints_of_the_contract() {
    let of_contract: BTreeSet<String> = contract::routes()
        .map(|route| format!("{} {}", route.method.as_str(), route.path))
        .collect();
    let examples = examples();
    let of_document: BTreeSet<String> =
        examples.iter().map(|example| example.operation.clone()).collect();
    assert_eq!(of_document, of_contract);
    for route in contract::routes() {
        let operation = format!("{} {}", route.method.as_str(), route.path);
        let example = examples.iter().find(|example| example.operation == operation).unwrap();
        assert!(example.statuses.contains(&route.success.as_u16()), "{operation}");
    }
}

#[test]
fn every_operation_may_be_unavailable_and_all_but_health_are_behind_the_token() {
    for example in examples() {
        assert!(example.statuses.contains(&503), "{example:?}");
        assert_eq!(example.statuses.contains(&401), example.is_guarded, "{example:?}");
        assert_eq!(example.path.ends_with("/healthz"), !example.is_guarded, "{example:?}");
    }
}

#[tokio::test]
async fn a_body_is_json_by_its_type() {
    let app = TestApp::start().await;
    for example in with_body() {
        let body = example.body.as_ref().unwrap().to_string();
        for wrong in [
            "",
            "text/plain",
            "text/json",
            "application/jsonx",
            "application/problem+json",
            "application/x-www-form-urlencoded",
            "json",
            "application/json, text/plain",
        ] {
            let client = app.with("content-type", wrong);
            let answer = client.send_bytes(&example.method, &example.path, body.as_bytes());
            assert_eq!(answer.status, 415, "{wrong:?} {example:?}: {}", answer.body);
        }
        let none = app.send_bytes(&example.method, &example.path, body.as_bytes());
        assert_eq!(none.status, 415, "{example:?}: {}", none.body);
        for right in ["application/json; charset=utf-8", "APPLICATION/Json", "application/json;x=y"]
        {
            let client = app.with("content-type", right);
            let answer = client.send_bytes(&example.method, &example.path, body.as_bytes());
            assert!(![415, 400].contains(&answer.status), "{right} {example:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let app = TestApp::start().await;
    for example in with_body() {
        let body = example.body.as_ref().unwrap().to_string();
        let most = padded(&body, 64 * 1024);
        let answer = send_text(&app, &example, &most);
        assert!(![413, 400].contains(&answer.status), "{example:?}: {}", answer.body);
        let more = padded(&body, 64 * 1024 + 1);
        assert_eq!(send_text(&app, &example, &more).status, 413, "{example:?}");
        let client = app.with("content-type", "application/json");
        let chunked = client.send_chunked(&example.method, &example.path, more.as_bytes());
        assert_eq!(chunked.status, 413, "{example:?}: its length is not declared");
        let chunked = client.send_chunked(&example.method, &example.path, body.as_bytes());
        assert!(![413, 400].contains(&chunked.status), "{example:?}: {}", chunked.body);
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_400() {
    let app = TestApp::start().await;
    let deep = "[".repeat(20_000);
    let no_json: [&[u8]; 12] = [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"borrow",
        b"{'borrow': {}}",
        b"\0",
        b"\xff\xfe",
        b"{\"borrow\": \"\xff\"}",
        b"\xef\xbb\xbf{}x",
        b"{\"borrow\": NaN}",
        deep.as_bytes(),
    ];
    for example in with_body() {
        for body in no_json {
            let client = app.with("content-type", "application/json");
            let answer = client.send_bytes(&example.method, &example.path, body);
            let shown = String::from_utf8_lossy(&body[..body.len().min(20)]);
            assert_eq!(answer.status, 400, "{shown:?} {example:?}: {}", answer.body);
        }
    }
}

/// Requests for answers that the examples don't provoke.
fn particular() -> Vec<(&'static str, &'static str, Value)> {
    let login = json!({"login": {"first_name": "Pete", "last_name": "D", "number": "no-card"}});
    let moved = json!({"copies": {"from": 2, "to": 3}});
    let mut requests = vec![
        ("PUT", "/catdb/books/99/copies", moved),
        ("PUT", "/catdb/books/99/withdrawn", json!({"withdrawn": 1})),
        ("PUT", "/catdb/books/2/withdrawn", json!({"withdrawn": 1000})),
        (
            "POST",
            "/patdb/patrons",
            json!({"patron": {"first_name": "A", "last_name": "B", "number": "BUFFALOBILL1"}}),
        ),
    ];
    requests.extend(vec![("POST", "/patdb/sessions", login); 6]);
    requests
}

/// The documented answers that occurred.
#[derive(Default)]
struct Seen(BTreeSet<(String, u16)>);

impl Seen {
    /// Sends an example to its own path or a similar one.
    fn send(&mut self, app: &Client, example: &Example, path: String) {
        // A changed path may belong to another operation; then this is a request to that one.
        let Some(operation) = operation_of(&example.method, &path) else { return };
        let answer = match &example.body {
            Some(body) => app.send_json(&example.method, &path, body),
            None => app.send(&example.method, &path),
        };
        self.0.insert((operation, answer.status));
    }

    fn answer(&mut self, example: &Example, answer: &Answer) {
        self.0.insert((example.operation.clone(), answer.status));
    }
}

fn documented() -> BTreeSet<(String, u16)> {
    let of = |example: Example| {
        example.statuses.into_iter().map(move |status| (example.operation.clone(), status))
    };
    examples().into_iter().flat_map(of).collect()
}

fn with_body() -> Vec<Example> {
    let mut examples = examples();
    examples.retain(|example| example.body.is_some());
    assert!(!examples.is_empty());
    examples
}

fn send_text(app: &Client, example: &Example, body: &str) -> Answer {
    let client = app.with("content-type", "application/json");
    client.send_bytes(&example.method, &example.path, body.as_bytes())
}

/// The same JSON, padded with spaces.
fn padded(body: &str, length: usize) -> String {
    format!("{body}{}", " ".repeat(length - body.len()))
}

//! Unusual values in the requests that docs/openapi.yaml has as examples: in paths, queries, headers and bodies.

use std::{cell::RefCell, collections::BTreeMap, time::Instant};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::TestError,
};
use serde_json::{Value, json};
use tests::{
    Answer, Client, TestApp, TestDatabase,
    contract::{Example, examples},
    note,
};
use url::form_urlencoded::byte_serialize;

use crate::{runner, time_limit};

/// Most bytes of a path with its query: the client's URI, with scheme and host, has at most 65,534.
const MAX_PATH: usize = 65_000;

/// Texts that programs have stumbled over.
fn text() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "",
        " ",
        "\0",
        "a\0b",
        "\n",
        "\r\n",
        "\t",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{ad}",
        "\u{200b}",
        "\u{200e}",
        "\u{202e}abc",
        "\u{2066}a\u{2069}",
        "\u{2028}",
        "\u{feff}a",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{301}",
        "e\u{301}",
        "ﬁ",
        "ẞ",
        "İ",
        "ı",
        "ǅ",
        "Ω",
        "😀",
        "👩‍👩‍👧",
        "♥",
        "½",
        "O’Malley",
        "'; DROP TABLE loans; --",
        "\\",
        "%",
        "_",
        "%25",
        "${x}",
        "{{x}}",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "0",
        "-0",
        "1e3",
        "0x10",
        "00",
        "+1",
        "1.0",
        "NaN",
        "null",
        "true",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "2026-02-30",
        "0000-00-00",
        "10000-01-01",
        "2026-2-1",
        "2026-03-06T00:00:00Z",
    ])
    .prop_map(str::to_owned);
    let long = (
        select(vec!['a', 'ß', '漢', '😀', ' ', '\0', '\u{301}']),
        select(vec![64usize, 100, 101, 255, 256, 513, 5000]),
    )
        .prop_map(|(letter, length)| letter.to_string().repeat(length));
    prop_oneof![6 => odd, 1 => long, 2 => "\\PC{0,40}", 1 => any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let number = select(vec![
        json!(0),
        json!(-1),
        json!(1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(1.5),
        json!(1.0),
        json!(-0.0),
        json!(2_147_483_647u32),
        json!(2_147_483_648u32),
        json!(65_536),
        json!(10_000),
    ]);
    let other = select(vec![
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([[]]),
        json!([1, 2]),
        json!({"": ""}),
        json!([null]),
        json!({"book_id": 1}),
    ]);
    prop_oneof![3 => text().prop_map(Value::from), 2 => number, 2 => other]
}

/// A change of an example.
#[derive(Clone, Debug)]
enum Change {
    /// A value of the body is replaced.
    Body(Index, Value),
    /// A value of the body is left out.
    Missing(Index),
    /// A key is written twice, the second time with this value.
    Twice(Index, Value),
    /// The body ends early or has something behind it.
    Cut(Index, String),
    /// A segment of the path is replaced.
    Segment(Index, String),
    /// A parameter is added to the query.
    Parameter(&'static str, String),
    /// A header is added, or repeated.
    Header(&'static str, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let parameter = select(vec![
        "limit", "after", "before", "sort", "q", "ids", "total", "skipped", "author", "on", "days",
        "overdue", "patrons", "books", "patron", "unknown", "",
    ]);
    let header = select(vec![
        ("content-type", "application/json"),
        ("content-type", "text/plain"),
        ("content-encoding", "gzip"),
        ("idempotency-key", "k"),
        ("idempotency-key", "k2"),
        ("idempotency-key", ""),
        ("idempotency-key", "a b"),
        (
            "idempotency-key",
            "0123456789012345678901234567890123456789012345678901234567890123456789",
        ),
        ("x-request-id", "%"),
        ("x-request-id", "a"),
        ("accept", "text/html;q=0"),
        ("accept-language", "x"),
        ("range", "bytes=0-0"),
        ("if-none-match", "*"),
        ("if-match", "\"x\""),
        ("expect", "100-continue"),
        ("cookie", "session=x"),
        ("origin", "null"),
        ("x-http-method-override", "DELETE"),
        ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"),
    ]);
    prop_oneof![
        6 => (any::<Index>(), value()).prop_map(|(at, value)| Change::Body(at, value)),
        2 => any::<Index>().prop_map(Change::Missing),
        2 => (any::<Index>(), value()).prop_map(|(at, value)| Change::Twice(at, value)),
        1 => (any::<Index>(), text()).prop_map(|(at, text)| Change::Cut(at, text)),
        3 => (any::<Index>(), text()).prop_map(|(at, text)| Change::Segment(at, text)),
        4 => (parameter, text()).prop_map(|(name, text)| Change::Parameter(name, text)),
        2 => header.prop_map(|(name, value)| Change::Header(name, value)),
    ]
}

/// A request, and the reason why it must be refused, if there is a certain one.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<String>,
    has_repeated_key: bool,
}

impl Request {
    fn of(example: &Example, changes: &[Change]) -> Request {
        let mut request = Request {
            method: example.method.clone(),
            path: example.path.clone(),
            headers: Vec::new(),
            body: example.body.as_ref().map(Value::to_string),
            has_repeated_key: false,
        };
        changes.iter().for_each(|change| request.apply(change));
        request
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Body(at, value) => self.change_body(*at, |_, old| *old = value.clone()),
            Change::Missing(at) => {
                self.change_body(*at, |_, old| *old = Value::from("\u{1}missing"))
            }
            Change::Twice(at, value) => {
                let mut repeated = None;
                self.change_body(*at, |key, _| repeated = key.map(str::to_owned));
                if let (Some(key), Some(body)) = (repeated, &mut self.body) {
                    // In front of the first place of the key, whatever its depth.
                    let quoted = Value::from(key).to_string() + ":";
                    if let Some(place) = body.find(&quoted) {
                        body.insert_str(place, &format!("{quoted}{value},"));
                        self.has_repeated_key = true;
                    }
                }
            }
            Change::Cut(at, text) => {
                if let Some(body) = &mut self.body {
                    let cut: String =
                        body.chars().take(at.index(body.chars().count() + 1)).collect();
                    *body = cut + text;
                    self.has_repeated_key = false;
                }
            }
            Change::Segment(at, text) => {
                let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
                let mut segments: Vec<String> =
                    path.split('/').skip(1).map(str::to_owned).collect();
                // Not the first one: it chooses the service.
                let at = at.index(segments.len());
                let text = encoded(text);
                if at > 0 && self.has_room_for(&text) {
                    segments[at] = text;
                }
                self.path = format!(
                    "/{}{}{query}",
                    segments.join("/"),
                    if query.is_empty() { "" } else { "?" }
                );
            }
            Change::Parameter(name, text) => {
                let mark = if self.path.contains('?') { '&' } else { '?' };
                let text = encoded(text);
                if self.has_room_for(&text) {
                    self.path += &format!("{mark}{name}={text}");
                }
            }
            Change::Header(name, value) => self.headers.push((*name, *value)),
        }
    }

    /// Calls `change` for one place of the body, with the key of the object that it is in.
    fn change_body(&mut self, at: Index, change: impl FnOnce(Option<&str>, &mut Value)) {
        let Some(body) = &mut self.body else { return };
        let Ok(mut whole) = serde_json::from_str::<Value>(body) else { return };
        let places = places(&whole, String::new());
        let pointer = &places[at.index(places.len())];
        let key =
            pointer.rsplit_once('/').map(|(_, key)| key.replace("~1", "/").replace("~0", "~"));
        if let Some(value) = whole.pointer_mut(pointer) {
            change(key.as_deref(), value);
        }
        let missing = Value::from("\u{1}missing");
        remove(&mut whole, &missing);
        *body = whole.to_string();
        // A map has each key once.
        self.has_repeated_key = false;
    }

    /// Whether the path can grow by `text`.
    fn has_room_for(&self, text: &str) -> bool {
        self.path.len() + text.len() <= MAX_PATH
    }

    fn send(&self, app: &Client) -> Answer {
        let mut client = app.clone();
        if self.body.is_some() {
            client = client.with("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            client = client.with(name, *value);
        }
        match &self.body {
            Some(body) => client.send_bytes(&self.method, &self.path, body.as_bytes()),
            None => client.send(&self.method, &self.path),
        }
    }
}

/// JSON pointers of a value and all values in it.
fn places(value: &Value, pointer: String) -> Vec<String> {
    let mut all = Vec::new();
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            all.extend(places(value, format!("{pointer}/{key}")));
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
            all.extend(places(value, format!("{pointer}/{index}")));
        }),
        _ => {}
    }
    all.push(pointer);
    all
}

fn remove(value: &mut Value, unwanted: &Value) {
    if let Value::Object(map) = value {
        map.retain(|_, value| value != unwanted);
        map.values_mut().for_each(|value| remove(value, unwanted));
    }
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[tokio::test]
async fn no_value_leads_to_a_fault_or_an_undocumented_answer() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let examples: Vec<_> =
        examples().into_iter().filter(|example| !example.path.ends_with("/healthz")).collect();
    let tally = RefCell::new(BTreeMap::<u16, u32>::new());
    let end = Instant::now() + time_limit();
    let result = runner(4000).run(&(any::<Index>(), vec(change(), 1..4)), |(index, changes)| {
        if Instant::now() > end {
            return Ok(());
        }
        let request = Request::of(&examples[index.index(examples.len())], &changes);
        // The client compares the answer with the document.
        let answer = request.send(&app);
        *tally.borrow_mut().entry(answer.status).or_default() += 1;
        prop_assert!(answer.status < 500, "{:?}: {:?}", request, answer);
        prop_assert!(
            !request.has_repeated_key || answer.status != 201 && answer.status != 200,
            "a key that is there twice: {:?}: {:?}",
            request,
            answer
        );
        Ok(())
    });
    if let Err(TestError::Fail(why, (index, changes))) = &result {
        let request = Request::of(&examples[index.index(examples.len())], changes);
        panic!("{why}\nseed {}: {request:?}", crate::seed());
    }
    result.expect("requests");
    let by_status: Vec<_> =
        tally.into_inner().iter().map(|(status, count)| format!("{count} × {status}")).collect();
    note(&format!("requests with unusual values: {}", by_status.join(", ")));
}

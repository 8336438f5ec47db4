//! Traces and metrics: what the runtime exports about requests, and that requests do not depend on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{
    Behavior, Person, Receiver, Span, TestApp, TestDatabase, borrow, from_xtask, hidden, wait_for,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// The prefix of the spans of components.
const COMPONENT: &str = "execute_wasm_component ";

#[tokio::test]
async fn one_click_is_one_trace_through_all_services() {
    let receiver = Receiver::start(Behavior::Accepting);
    let app = TestApp::start_in(TestDatabase::loaded().await, &[], &receiver.environment());
    let pete = Person::patron(&app);
    let page = pete.get("/book/8");
    let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
    let form = format!("book_id=8&csrf_token={token}&key={key}&back=%2Fbook%2F8");
    let click = pete
        .client()
        .with("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .with("content-type", "application/x-www-form-urlencoded");
    assert_eq!(click.send_bytes("POST", "/", form.as_bytes()).status, 303);

    // Each pod exports its spans when it likes.
    const CALLS: [(&str, &str); 5] = [
        ("", "frontend"),
        ("frontend", "lending"),
        ("lending", "borrowing"),
        ("lending", "catalog"),
        ("lending", "patrons"),
    ];
    const STATEMENTS: [(&str, &str); 4] = [
        ("borrowing", "SELECT"),
        ("borrowing", "INSERT INTO loans"),
        ("catalog", "SELECT"),
        ("patrons", "SELECT"),
    ];
    wait_for("the whole trace", || {
        let trace = Trace::new(receiver.trace(TRACE));
        let calls: BTreeSet<_> = trace.calls().collect();
        let ran = |(component, text): (&str, &str)| {
            let mut statements = trace.statements(component);
            statements.any(|statement| statement.starts_with(text) && statement.contains('?'))
        };
        trace.is_complete()
            && CALLS.iter().all(|call| calls.contains(call))
            && STATEMENTS.into_iter().all(ran)
    });
    let trace = Trace::new(receiver.trace(TRACE));
    let roots: Vec<&Span> = trace.spans.values().filter(|span| span.parent == PARENT).collect();
    assert_eq!(roots.len(), 1, "one request came from outside: {roots:?}");
    assert_eq!(roots[0].get("http.request.method"), "POST");
    assert_eq!(roots[0].get("http.response.status_code"), "303");
    for service in ["frontend", "lending"] {
        assert_eq!(trace.statements(service).count(), 0, "{service} has no database");
    }

    let session = pete.cookie("session").unwrap();
    let passwords = &app.database.library.passwords;
    for secret in ["BUFFALOBILL1", "Dymond", &session, &token, &key, &passwords.borrowing] {
        assert!(!receiver.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn paths_and_errors_are_exported_without_values() {
    let receiver = Receiver::start(Behavior::Accepting);
    let app = TestApp::start_in(TestDatabase::loaded().await, &[], &receiver.environment());
    if is_spin() {
        // Spin exports whole paths.
        return;
    }
    assert_eq!(app.get("/patdb/pnum/BUFFALOBILL1").status, 200);
    assert_eq!(app.get("/catdb/title/Dance").status, 200);
    let client = app.with("idempotency-key", "secretkey");
    for (book, status) in [(1, 201), (2, 409)] {
        let answer = client.send_json("POST", "/borrow", &borrow(book, 1));
        assert_eq!(answer.status, status);
    }
    let path = |span: &Span| span.get("url.path").to_owned();
    wait_for("three paths", || {
        let paths: BTreeSet<String> = receiver.spans().iter().map(path).collect();
        ["/patdb/*/*", "/catdb/*/*", "/borrowdb"].iter().all(|path| paths.contains(*path))
    });
    let refused = |span: &Span| span.is_error && span.get("http.response.status_code") == "409";
    wait_for("an error", || receiver.spans().iter().any(refused));
    for value in ["BUFFALOBILL1", "Dance", "secretkey"] {
        assert!(!receiver.contains(value), "{value}");
    }
}

#[tokio::test]
async fn a_request_without_a_trace_begins_one_that_has_the_id_in_the_logs() {
    let receiver = Receiver::start(Behavior::Accepting);
    let app = TestApp::start_in(TestDatabase::loaded().await, &[], &receiver.environment());
    if is_spin() {
        // Spin exports no headers of responses.
        return;
    }
    let id = app.get("/").header("x-request-id").to_owned();
    let find = || {
        let is_it = |span: &Span| span.get("http.response.header.x-request-id") == id;
        receiver.spans().into_iter().find(|span| is_it(span) && span.name == "GET /...")
    };
    wait_for("the request's span", || find().is_some());
    let root = find().unwrap();
    assert_eq!((root.parent.as_str(), root.trace.len()), ("", 32), "{root:?}");

    // The REST services take the trace's id for the request's.
    let answer = app.get("/catdb/7");
    let id = answer.header("x-request-id");
    wait_for("the trace of the id", || !receiver.trace(id).is_empty());
}

#[tokio::test]
async fn metrics_count_requests_durations_instances_and_sessions() {
    let receiver = Receiver::start(Behavior::Accepting);
    let app = TestApp::start_in(TestDatabase::loaded().await, &[], &receiver.environment());
    for _ in 0..3 {
        assert_eq!(app.get("/catdb/7").status, 200);
    }
    assert_eq!(app.get("/catdb/999").status, 404);
    let total = |name: &str, key: &str, value: &str| -> Option<f64> {
        let metrics = receiver.metric(name).into_iter().filter(|metric| metric.get(key) == value);
        metrics.map(|metric| metric.value).reduce(|sum, value| sum + value)
    };
    let requests = || total("spin.request_count", "component_id", "catalog");
    wait_for("the count of requests", || requests() == Some(4.0));
    if is_spin() {
        // Spin has no metrics of durations, instances and sessions.
        return;
    }

    const DURATION: &str = "http.server.request.duration";
    wait_for("durations", || total(DURATION, "http.route", "/catdb/...") == Some(4.0));
    let durations = receiver.metric(DURATION).into_iter();
    let durations: Vec<_> = durations.filter(|it| it.get("http.route") == "/catdb/...").collect();
    let with = |status: &str| -> f64 {
        let durations = durations.iter();
        let durations = durations.filter(|it| it.get("http.response.status_code") == status);
        durations.map(|it| it.value).sum()
    };
    assert_eq!((with("200"), with("404")), (3.0, 1.0), "{durations:?}");
    assert!(durations.iter().all(|it| it.unit == "s" && it.sum > 0.0 && it.sum < 30.0));

    wait_for("the end of all instances", || {
        total("component.instances", "component_id", "catalog") == Some(0.0)
    });
    let pool = format!("/{}", app.database.library.names.schema(Store::Catalog));
    let sessions = |state: &str| -> f64 {
        let sessions = receiver.metric("db.client.connection.count").into_iter();
        let sessions = sessions.filter(|it| {
            let name = it.get("db.client.connection.pool.name");
            name.ends_with(&pool) && it.get("db.client.connection.state") == state
        });
        sessions.map(|it| it.value).sum()
    };
    wait_for("an idle session", || sessions("idle") >= 1.0 && sessions("used") == 0.0);
}

#[tokio::test]
async fn running_instances_and_used_sessions_are_counted_while_they_run() {
    if is_spin() {
        return;
    }
    let receiver = Receiver::start(Behavior::Accepting);
    let app = TestApp::start_in(TestDatabase::loaded().await, &[], &receiver.environment());
    // The catalog waits for the rows of its books.
    let mut blocker = app.database.admin(Store::Catalog).await;
    blocker.query_drop("LOCK TABLES books WRITE").await.unwrap();
    let client = (*app).clone();
    let blocked = std::thread::spawn(move || client.get("/catdb/7").status);
    let counts = |name: &str, key: &str, value: &str| {
        let metrics = receiver.metric(name).into_iter();
        metrics.filter(|it| it.get(key) == value).map(|it| it.value).sum::<f64>()
    };
    wait_for("a running instance", || {
        counts("component.instances", "component_id", "catalog") == 1.0
    });
    wait_for("a used session", || {
        counts("db.client.connection.count", "db.client.connection.state", "used") == 1.0
    });
    blocker.disconnect().await.unwrap();
    assert_eq!(blocked.join().unwrap(), 200);
}

#[tokio::test]
async fn requests_do_not_depend_on_the_receiver() {
    for behavior in [Some(Behavior::Refusing), Some(Behavior::Silent), None] {
        let receiver = Receiver::start(behavior.unwrap_or(Behavior::Accepting));
        let mut environment = receiver.environment();
        if behavior.is_none() {
            environment[0].1 = format!("http://127.0.0.1:{}", tests::free_port());
        }
        let database = TestDatabase::loaded().await;
        let app = TestApp::start_in(database, &[], &environment);
        // Much more than fits into the queue of spans.
        for _ in 0..300 {
            let asked = Instant::now();
            assert_eq!(app.get("/book/7").status, 200, "{behavior:?}");
            assert!(asked.elapsed() < Duration::from_secs(5), "{behavior:?}");
        }
        if behavior == Some(Behavior::Refusing) {
            wait_for("exports", || {
                receiver.exports("/v1/traces") > 3 * app.pids().len()
                    && receiver.exports("/v1/metrics") > 3 * app.pids().len()
            });
        }
        if !is_spin() && behavior != Some(Behavior::Silent) {
            for signal in ["traces", "metrics"] {
                let warning = format!("{signal} cannot be sent to 127.0.0.1");
                wait_for("a warning", || app.log().contains(&warning));
                let warnings = app.log().matches(&warning).count();
                assert!(warnings <= app.pids().len(), "{behavior:?}: {}", app.log());
            }
        }
        let stopping = Instant::now();
        drop(app);
        assert!(
            stopping.elapsed() < Duration::from_secs(10),
            "{behavior:?}: {:?}",
            stopping.elapsed()
        );
    }
}

fn is_spin() -> bool {
    from_xtask("LIBRARY_TEST_RUNTIME") == "spin"
}

/// The spans of a trace by their ids.
struct Trace {
    spans: BTreeMap<String, Span>,
}

impl Trace {
    fn new(spans: Vec<Span>) -> Trace {
        Trace { spans: spans.into_iter().map(|span| (span.id.clone(), span)).collect() }
    }

    /// Whether each span's parent is here too, except for the one from outside.
    fn is_complete(&self) -> bool {
        let is_known = |id: &str| id == PARENT || self.spans.contains_key(id);
        self.spans.values().all(|span| is_known(&span.parent))
    }

    /// The component that the span belongs to; empty for a request from outside.
    fn component(&self, span: &Span) -> &str {
        let Some(parent) = self.spans.get(&span.parent) else { return "" };
        parent.name.strip_prefix(COMPONENT).unwrap_or_else(|| self.component(parent))
    }

    /// The calls, each as caller and called component.
    fn calls(&self) -> impl Iterator<Item = (&str, &str)> {
        let spans = self.spans.values();
        spans.filter_map(|span| Some((self.component(span), span.name.strip_prefix(COMPONENT)?)))
    }

    /// The statements that a component ran.
    fn statements(&self, component: &str) -> impl Iterator<Item = &str> {
        let spans = self.spans.values().filter(move |span| self.component(span) == component);
        // Spin's spans are called like their statement.
        spans
            .filter(|span| {
                !span.get("db.system.name").is_empty() || !span.get("db.system").is_empty()
            })
            .map(|span| match span.get("db.query.text") {
                "" => span.name.as_str(),
                text => text,
            })
            .filter(|text| *text != "spin_outbound_mysql.open")
    }
}

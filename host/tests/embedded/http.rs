//! Requests and responses, seen by clients and components.

use crate::runtime::{App, PROBE};

fn spin_headers(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("spin-")).collect()
}

#[test]
fn spin_headers_are_appended() {
    let app = App::new(
        r#"
[[trigger.http]]
route = "/api/:Some_ver/..."
component = "probe"

[[trigger.http]]
route = "headers/"
component = "probe"

[component.probe]
source = "PROBE_WASM"
"#,
    );
    let runtime = app.start(&[]);
    let mut connection = runtime.connect();
    let client = connection.0.get_ref().local_addr().unwrap();
    let own = ["spin-path-info: mine"];
    let response = connection.request("GET", "/api/v%201/a/headers?q=1", &own, "");
    let mut found = spin_headers(&response.body);
    let client_addr = format!("spin-client-addr: {client}");
    let mut expected = vec![
        "spin-path-info: mine",
        "spin-path-info: /a/headers",
        "spin-full-url: http://test.example/api/v%201/a/headers?q=1",
        "spin-matched-route: /api/:Some_ver/...",
        "spin-base-path: /",
        "spin-raw-component-route: /api/:Some_ver/...",
        "spin-component-route: /api/:Some_ver",
        &client_addr,
        "spin-path-match-some-ver: v%201",
    ];
    let last = found.iter().rfind(|line| line.starts_with("spin-path-info"));
    assert_eq!(last, Some(&"spin-path-info: /a/headers"), "Spin's header is the last");
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);

    let exact = runtime.text("/headers");
    assert!(exact.contains("spin-path-info: \n"), "{exact}");
    assert!(exact.contains("spin-matched-route: /headers\n"), "{exact}");
    assert!(exact.contains("spin-raw-component-route: headers/\n"), "{exact}");
}

#[test]
fn hop_by_hop_headers_are_hidden_and_cannot_be_set() {
    let runtime = App::new(PROBE).start(&[]);
    let headers = ["Keep-Alive: 1", "Proxy-Authorization: x", "Upgrade: x", "X-Mine: 1"];
    let seen = runtime.connect().request("GET", "/headers", &headers, "").body;
    assert!(seen.contains("x-mine: 1\n"));
    for hidden in ["host", "keep-alive", "proxy-authorization", "upgrade", "connection"] {
        assert!(!seen.contains(&format!("\n{hidden}: ")), "{seen}");
    }
    let answers = runtime.text("/forbidden");
    let forbidden = answers.lines().filter(|line| line.ends_with("Err(HeaderError::Forbidden)"));
    assert_eq!(forbidden.count(), 9, "{answers}");
    assert!(answers.ends_with("x-allowed: Ok(())"), "{answers}");
}

#[test]
fn method_uri_and_body_reach_the_component() {
    let runtime = App::new(PROBE).start(&[]);
    let body = "book ".repeat(100_000);
    let answer = runtime.post("/a/echo?x=%20y", &body).body;
    assert_eq!(answer, format!("POST http://test.example/a/echo?x=%20y {body}"));
    let head = runtime.connect().request("HEAD", "/echo", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_ne!(head.header("content-length"), Some("0"));
}

#[test]
fn requests_on_one_connection_use_new_instances() {
    let runtime = App::new(PROBE).start(&[]);
    let mut connection = runtime.connect();
    for path in ["/echo", "/panic", "/nowhere", "/echo"] {
        let response = connection.request("GET", path, &[], "");
        assert_eq!(response.status, if path == "/panic" { 500 } else { 200 }, "{path}");
    }
}

#[test]
fn an_unread_body_closes_the_connection() {
    let runtime = App::new(&PROBE.replace("/...", "/app/...")).start(&[]);
    let body = "book ".repeat(100_000);
    let unread = runtime.post("/elsewhere", &body);
    assert_eq!((unread.status, unread.header("connection")), (404, Some("close")));
    assert_eq!(runtime.post("/app/echo", &body).header("connection"), None);
    assert_eq!(runtime.get("/elsewhere").header("connection"), None);
}

#[test]
fn failures_have_a_json_body_and_a_log_line() {
    let app = App::new(&PROBE.replace("/...", "/app/..."));
    let runtime = app.start(&[]);
    for (path, status) in [("/elsewhere", 404), ("/app/panic", 500), ("/app/nothing", 500)] {
        runtime.get(path).assert_problem(status);
    }
    runtime.wait_for("answered 404: no route matches this path");
    let log = runtime.wait_for("component probe set no response");
    assert!(log.contains("component probe failed: wasm trap: wasm `unreachable`"), "{log}");
    assert_eq!(runtime.get("/app/echo").status, 200);
}

#[test]
fn the_runtime_answers_well_known_paths() {
    let runtime = App::new(PROBE).start(&[]);
    assert_eq!(runtime.text("/.well-known/spin/health"), "OK");
    let info = runtime.get("/.well-known/spin/info");
    assert_eq!(info.header("content-type"), Some("application/json"));
    assert!(
        info.body.contains("\"name\": \"test\"") && info.body.contains("\"1.2.3\""),
        "{info:?}"
    );
    assert_eq!(runtime.get("/.well-known/spin/other").status, 404);
    assert_eq!(runtime.get("/.well-known/other").status, 200);
}

#[test]
fn a_response_body_is_streamed() {
    let runtime = App::new(PROBE).start(&[]);
    let mut connection = runtime.connect();
    connection.send("GET", "/stream?40", &[], "");
    connection.head().unwrap();
    assert_eq!(connection.chunk().unwrap(), b"chunk 0\n");
    assert!(
        !runtime.log().contains("sent 39"),
        "the first chunk arrives before the last is written"
    );
    let rest = std::iter::from_fn(|| connection.chunk().filter(|chunk| !chunk.is_empty()));
    assert_eq!(rest.count(), 39);
}

#[test]
fn a_trap_during_the_body_truncates_the_response() {
    let runtime = App::new(PROBE).start(&[]);
    let response = runtime.get("/break?2");
    assert_eq!((response.status, response.body.as_str()), (200, "chunk 0\nchunk 1\n"));
    assert!(!response.complete, "a client must be able to tell it from a complete body");
}

#[test]
fn a_request_runs_to_its_end_after_its_client_disconnects() {
    let mut runtime = App::new(PROBE).start(&[]);
    for path in ["/sleep?300", "/sleep?301"] {
        let mut connection = runtime.connect();
        connection.send("POST", path, &[], "");
        runtime.wait_for(&format!("asleep for {}", path.rsplit('?').next().unwrap()));
        drop(connection);
    }
    // Shutdown waits for it, too.
    runtime.signal("TERM");
    assert_eq!(runtime.wait().code(), Some(0));
    assert_eq!(runtime.wait_for("woke up").matches("woke up").count(), 2);
}

#[test]
fn writing_to_a_disconnected_client_fails() {
    let runtime = App::new(PROBE).start(&[]);
    let mut connection = runtime.connect();
    connection.send("GET", "/stream?1000", &[], "");
    connection.head().unwrap();
    drop(connection);
    runtime.wait_for("the reader disconnected");
}

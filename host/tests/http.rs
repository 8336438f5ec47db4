//! What a client and a component see of a request and its answer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are the failure")]
mod runtime;

use std::io::{Read, Write};

use runtime::{App, PROBE};

fn spin_headers(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("spin-")).collect()
}

#[test]
fn spins_headers_are_appended() {
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
    assert_eq!(last, Some(&"spin-path-info: /a/headers"), "Spin's own is the last");
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);

    let exact = runtime.text("/headers");
    assert!(exact.contains("spin-path-info: \n"), "{exact}");
    assert!(exact.contains("spin-matched-route: /headers\n"), "{exact}");
    assert!(exact.contains("spin-raw-component-route: headers/\n"), "{exact}");
}

#[test]
fn components_see_no_hop_by_hop_headers_and_cannot_set_them() {
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
fn the_request_arrives_whole() {
    let runtime = App::new(PROBE).start(&[]);
    let body = "book ".repeat(100_000);
    let answer = runtime.post("/a/echo?x=%20y", &body).body;
    assert_eq!(answer, format!("POST http://test.example/a/echo?x=%20y {body}"));
    let head = runtime.connect().request("HEAD", "/echo", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_ne!(head.header("content-length"), Some("0"));
}

#[test]
fn one_connection_carries_many_requests_each_on_a_fresh_instance() {
    let runtime = App::new(PROBE).start(&[]);
    let mut connection = runtime.connect();
    for path in ["/echo", "/panic", "/nowhere", "/echo"] {
        let response = connection.request("GET", path, &[], "");
        assert_eq!(response.status, if path == "/panic" { 500 } else { 200 }, "{path}");
    }
}

#[test]
fn a_body_that_nobody_read_ends_its_connection_and_the_client_is_told() {
    let runtime = App::new(&PROBE.replace("/...", "/app/...")).start(&[]);
    let body = "book ".repeat(100_000);
    let unread = runtime.post("/elsewhere", &body);
    assert_eq!((unread.status, unread.header("connection")), (404, Some("close")));
    assert_eq!(runtime.post("/app/echo", &body).header("connection"), None);
    assert_eq!(runtime.get("/elsewhere").header("connection"), None);
}

#[test]
fn failures_are_empty_answers() {
    let app = App::new(&PROBE.replace("/...", "/app/..."));
    let runtime = app.start(&[]);
    for (path, status) in [("/elsewhere", 404), ("/app/panic", 500), ("/app/nothing", 500)] {
        let response = runtime.get(path);
        assert_eq!((response.status, response.body.as_str()), (status, ""), "{path}");
    }
    let log = runtime.wait_for("component probe set no response");
    assert!(log.contains("component probe failed: wasm trap: wasm `unreachable`"), "{log}");
    assert_eq!(runtime.get("/app/echo").status, 200);
}

#[test]
fn well_known_paths_are_the_runtimes_own() {
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
fn without_a_proper_host_the_connection_is_closed() {
    let runtime = App::new(PROBE).start(&[]);
    let hosts =
        ["", "Host: probe.spin.internal\r\n", "Host: probe.spin.internal:80\r\n", "Host: a b\r\n"];
    for host in hosts {
        let mut connection = runtime.connect();
        let request = format!("GET /echo HTTP/1.1\r\n{host}\r\n");
        connection.0.get_mut().write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        _ = connection.0.read_to_string(&mut answer);
        assert_eq!(answer, "", "{host:?}");
    }
    let mut connection = runtime.connect();
    let request = b"GET http://a.example/echo HTTP/1.1\r\nHost: b.example\r\n\r\n";
    connection.0.get_mut().write_all(request).unwrap();
    assert!(connection.head().is_none(), "the target and the header must agree");
}

#[test]
fn a_body_is_sent_as_it_is_made() {
    let runtime = App::new(PROBE).start(&[]);
    let mut connection = runtime.connect();
    connection.send("GET", "/stream?40", &[], "");
    connection.head().unwrap();
    assert_eq!(connection.chunk().unwrap(), b"chunk 0\n");
    assert!(!runtime.log().contains("sent 39"), "the first chunk has come before the last is made");
    let rest = std::iter::from_fn(|| connection.chunk().filter(|chunk| !chunk.is_empty()));
    assert_eq!(rest.count(), 39);
}

#[test]
fn a_component_that_dies_in_the_middle_cuts_its_body_short() {
    let runtime = App::new(PROBE).start(&[]);
    let response = runtime.get("/break?2");
    assert_eq!((response.status, response.body.as_str()), (200, "chunk 0\nchunk 1\n"));
    assert!(!response.complete, "a client must be able to tell this from a whole body");
}

#[test]
fn who_goes_away_is_not_worked_for_any_more() {
    let runtime = App::new(PROBE).start(&[]);
    let mut before_headers = runtime.connect();
    before_headers.send("GET", "/sleep?400", &[], "");
    let mut amid_body = runtime.connect();
    amid_body.send("GET", "/stream?1000", &[], "");
    amid_body.head().unwrap();
    runtime.wait_for("sent 1");
    drop((before_headers, amid_body));
    // The one that is still there wakes up long after the first one would have.
    runtime.text("/sleep?1000");
    runtime.wait_for("woke up");
    let log = runtime.log();
    assert_eq!(log.matches("woke up").count(), 1, "{log}");
    assert!(!log.contains("sent 10"), "{log}");
}

//! More requests, connections and bytes than the runtime admits.

use std::{
    io::Write,
    thread,
    time::{Duration, Instant},
};

use crate::runtime::{App, Connection, PROBE, Runtime};

/// Starts the runtime with 4 slots, so that one kind of request may use one of them.
fn start(options: &[&str]) -> Runtime {
    App::new(PROBE).start(&[&["--max-requests", "4"], options].concat())
}

/// Sends a GET request and waits until its component runs.
fn occupy(runtime: &Runtime, path: &str, milliseconds: u32) -> Connection {
    let mut connection = runtime.connect();
    connection.send("GET", &format!("{path}/sleep?{milliseconds}"), &[], "");
    runtime.wait_for(&format!("asleep for {milliseconds} ms"));
    connection
}

#[test]
fn a_full_queue_is_answered_503() {
    let runtime = start(&["--max-waiting-requests", "0"]);
    let _running = occupy(&runtime, "", 60_000);
    let response = runtime.get("/sleep?1");
    response.assert_problem(503);
    assert_eq!(response.header("retry-after"), Some("1"));
    assert_eq!(response.header("connection"), None, "the connection remains usable");
    assert!(response.body.contains("\"error\":\"Service Unavailable\""), "{response:?}");
    runtime.wait_for("answered 503: too many requests are waiting");
    let posted = runtime.post("/sleep?1", &"x".repeat(100_000));
    assert_ne!(posted.status, 500, "{posted:?}");
}

#[test]
fn waiting_too_long_is_answered_503() {
    let runtime = start(&["--max-wait", "0.1"]);
    let _running = occupy(&runtime, "", 60_000);
    let response = runtime.get("/sleep?1");
    response.assert_problem(503);
    assert!(response.body.contains("waited too long"), "{response:?}");
}

#[test]
fn waiting_requests_run_in_turn() {
    let runtime = start(&[]);
    thread::scope(|scope| {
        for number in 0..64 {
            let runtime = &runtime;
            let path = format!("/{number}/sleep?20");
            scope.spawn(move || assert_eq!(runtime.get(&path).status, 200));
        }
    });
}

#[test]
fn other_requests_and_health_are_answered_while_one_kind_hangs() {
    let runtime = start(&["--max-waiting-requests", "8"]);
    let mut hanging: Vec<_> = (0..20).map(|_| runtime.connect()).collect();
    for (number, connection) in hanging.iter_mut().enumerate() {
        connection.send("POST", &format!("/{number}/sleep?60000"), &[], "");
    }
    runtime.wait_for("answered 503");
    let start = Instant::now();
    assert_eq!(runtime.text("/.well-known/spin/health"), "OK");
    assert_eq!(runtime.get("/echo").status, 200);
    assert_eq!(runtime.get("/headers").status, 200);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn calls_between_components_need_no_slot() {
    let app = App::new(&format!("{PROBE}allowed_outbound_hosts = [\"http://*.spin.internal\"]\n"));
    let runtime = app.start(&["--max-requests", "1", "--max-waiting-requests", "0"]);
    let inner = "http://probe.spin.internal";
    let path = format!("/fetch?{inner}/fetch?{inner}/echo");
    assert!(runtime.text(&path).starts_with("200 200 GET"));
}

#[test]
fn a_slow_body_is_answered_408() {
    let runtime = start(&[]);
    let start = Instant::now();
    let mut slow: Vec<_> = (0..8).map(|_| runtime.connect()).collect();
    for connection in &mut slow {
        let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{";
        connection.0.get_mut().write_all(head).unwrap();
    }
    thread::sleep(Duration::from_millis(300));
    assert_eq!(runtime.post("/echo", "fast").status, 200, "other requests are answered");
    for mut connection in slow {
        let head = connection.head().expect("a response");
        let response = connection.body(head, "POST");
        match response.status {
            // One of them ran, the others waited too long for their turn.
            503 => response.assert_problem(503),
            _ => response.assert_problem(408),
        }
        assert_eq!(response.header("connection"), Some("close"));
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    runtime.wait_for("answered 408: the request body took too long to arrive");
}

#[test]
fn a_component_can_respond_before_the_body_arrives() {
    let runtime = App::new(&PROBE.replace("/...", "/app/...")).start(&[]);
    let mut connection = runtime.connect();
    let head = b"POST /app/early HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{";
    connection.0.get_mut().write_all(head).unwrap();
    let start = Instant::now();
    let head = connection.head().expect("a response");
    assert_eq!((head.status, head.header("connection")), (401, Some("close")));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn silent_connections_make_room_for_others() {
    let runtime = App::new(PROBE).start(&["--max-connections", "16"]);
    let silent: Vec<_> = (0..40).map(|_| runtime.connect()).collect();
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(runtime.get("/echo").status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    drop(silent);
}

#[test]
fn a_low_file_limit_is_raised() {
    let app = App::new(PROBE);
    let program = app.command(&[]);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -S -n 64 && exec \"$0\" \"$@\""]).arg(program.get_program());
    command.args(program.get_args()).current_dir(app.dir.path());
    command.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    let runtime = Runtime::start(command);
    let silent: Vec<_> = (0..200).map(|_| runtime.connect()).collect();
    assert_eq!(runtime.get("/echo").status, 200);
    drop(silent);
}

#[test]
fn a_slow_reader_keeps_memory_bounded() {
    let runtime = App::new(PROBE).start(&[]);
    let mut slow: Vec<_> = (0..16).map(|_| runtime.connect()).collect();
    for connection in &mut slow {
        connection.send("GET", "/endless", &[], "");
        connection.head().unwrap();
    }
    let before = runtime.resident_memory();
    assert_eq!(runtime.get("/echo").status, 200, "other requests are answered");
    thread::sleep(Duration::from_millis(500));
    let after = runtime.resident_memory();
    assert!(after < before + (32 << 20), "{before} bytes grew to {after}");
}

//! How the program ends.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are the failure")]
mod runtime;

use std::{net::TcpStream, thread, time::Instant};

use runtime::{App, PROBE};

#[test]
fn a_running_request_is_finished_first() {
    for signal in ["TERM", "INT"] {
        let mut runtime = App::new(PROBE).start(&[]);
        let mut running = runtime.connect();
        let mut idle = runtime.connect();
        assert_eq!(idle.request("GET", "/echo", &[], "").status, 200);
        running.send("GET", "/stream?20", &[], "");
        let head = running.head().unwrap();
        runtime.signal(signal);
        let chunks: Vec<_> = std::iter::from_fn(|| running.chunk()).collect();
        assert_eq!((head.status, chunks.len()), (200, 21), "20 chunks and the end");
        assert_eq!(runtime.wait().code(), Some(0), "{signal}");
        assert!(TcpStream::connect(runtime.address).is_err());
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let app = App::new(PROBE);
    let mut runtime = app.start(&["--request-deadline", "600"]);
    let mut running = runtime.connect();
    running.send("GET", "/stream?10000", &[], "");
    running.head().unwrap();
    let start = Instant::now();
    runtime.signal("TERM");
    // The first signal has arrived when nobody is let in any more.
    while TcpStream::connect(runtime.address).is_ok() {
        thread::yield_now();
    }
    runtime.signal("INT");
    assert_ne!(runtime.wait().code(), Some(0));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

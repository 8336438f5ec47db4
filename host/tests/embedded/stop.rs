//! Shutdown by signals.

use std::{fs, net::TcpStream, thread, time::Instant};

use crate::runtime::{App, PROBE};

#[test]
fn the_first_signal_lets_running_requests_finish() {
    let mut signals = vec!["TERM", "INT", "QUIT"];
    // With `nohup`, the tests and the runtime outlive their terminal.
    if !is_hangup_ignored() {
        signals.push("HUP");
    }
    for signal in signals {
        let mut runtime = App::new(PROBE).start(&[]);
        let mut running = runtime.connect();
        let mut idle = runtime.connect();
        assert_eq!(idle.request("GET", "/echo", &[], "").status, 200);
        running.send("GET", "/stream?20", &[], "");
        let head = running.head().unwrap();
        runtime.signal(signal);
        let chunks: Vec<_> = std::iter::from_fn(|| running.chunk()).collect();
        assert_eq!((head.status, chunks.len()), (200, 21), "20 chunks and the end of the body");
        assert_eq!(runtime.wait().code(), Some(0), "{signal}");
        assert!(TcpStream::connect(runtime.address).is_err());
    }
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let app = App::new(PROBE);
    let mut runtime = app.start(&["--request-deadline", "600"]);
    let mut running = runtime.connect();
    running.send("GET", "/stream?10000", &[], "");
    running.head().unwrap();
    let start = Instant::now();
    runtime.signal("TERM");
    // The first signal was handled when no new connection is accepted.
    while TcpStream::connect(runtime.address).is_ok() {
        thread::yield_now();
    }
    runtime.signal("INT");
    assert_ne!(runtime.wait().code(), Some(0));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

fn is_hangup_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 == 1
}

//! Limits of components: time, memory and the share of a thread.

use std::{thread, time::Instant};

use crate::runtime::{App, PROBE};

#[test]
fn a_request_is_stopped_at_its_deadline() {
    let app = App::new(PROBE);
    let runtime = app.start(&["--request-deadline", "0.5"]);
    for path in ["/busy", "/sleep?60000"] {
        runtime.get(path).assert_problem(504);
    }
    runtime.wait_for("component probe failed: not finished after 0.5 seconds");
    let cut = runtime.get("/stream?1000");
    assert!(cut.status == 200 && cut.body.starts_with("chunk 0\n") && !cut.complete);
}

#[test]
fn components_that_compute_yield_to_others() {
    let app = App::new(PROBE);
    let runtime = app.start(&["--request-deadline", "5"]);
    // More than a small machine has threads.
    let mut busy: Vec<_> = (0..16).map(|_| runtime.connect()).collect();
    busy.iter_mut().for_each(|connection| connection.send("GET", "/busy", &[], ""));
    let start = Instant::now();
    assert_eq!(runtime.get("/echo").status, 200);
    assert!(start.elapsed().as_secs() < 4, "{:?}", start.elapsed());
}

#[test]
fn the_memory_of_an_instance_is_limited() {
    let app = App::new(PROBE);
    let runtime = app.start(&[]);
    assert_eq!(runtime.text("/allocate?64"), (64 << 20).to_string());
    assert_eq!(runtime.get("/allocate?200").status, 500, "the default is 128 MiB");
    let runtime = app.start(&["--max-instance-memory", "33554432"]);
    assert_eq!(runtime.get("/allocate?64").status, 500);
    std::fs::write(app.dir.path().join("config.toml"), "max_instance_memory = 33554432").unwrap();
    let runtime = app.start(&["--runtime-config-file", "config.toml"]);
    assert_eq!(runtime.get("/allocate?64").status, 500);
    assert_eq!(runtime.get("/allocate?16").status, 200);
}

#[test]
fn many_concurrent_requests_are_all_answered() {
    let runtime = App::new(PROBE).start(&[]);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| assert_eq!(runtime.get("/sleep?200").status, 200));
        }
    });
}

//! Where it goes what components print.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are the failure")]
mod runtime;

use std::{fs, thread};

use runtime::{App, PROBE};

#[test]
fn component_output_is_on_stderr_under_its_name_and_in_the_log_folder() {
    let app = App::new(PROBE);
    let runtime = app.start(&[]);
    runtime.text("/print?here");
    // The second line has no end of its own: it comes out when the instance is over.
    runtime.wait_for("[probe] to stderr here\n");
    runtime.wait_for("[probe] to stdout here\n");
    let file = |name: &str| fs::read_to_string(app.dir.path().join(name)).unwrap();
    assert_eq!(file(".spin/logs/probe_stdout.txt"), "to stdout here\n");
    assert_eq!(file(".spin/logs/probe_stderr.txt"), "to stderr here\n");
}

#[test]
fn quiet_stops_the_echo_only() {
    let app = App::new(PROBE);
    let runtime = app.start(&["--quiet", "--log-dir", "logs"]);
    runtime.text("/print?here");
    assert_eq!(runtime.get("/panic").status, 500);
    let log = runtime.wait_for("component probe failed");
    assert!(!log.contains("[probe]"), "{log}");
    let file = fs::read_to_string(app.dir.path().join("logs/probe_stdout.txt")).unwrap();
    assert_eq!(file, "to stdout here\n");
}

#[test]
fn an_empty_log_folder_means_none() {
    let app = App::new(PROBE);
    let runtime = app.start(&["--log-dir", ""]);
    runtime.text("/print?here");
    runtime.wait_for("[probe] to stdout here\n");
    assert_eq!(fs::read_dir(app.dir.path()).unwrap().count(), 1, "only spin.toml");
}

#[test]
fn lines_of_requests_at_the_same_time_stay_whole() {
    let runtime = App::new(PROBE).start(&[]);
    let argument = "x".repeat(2000);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..20).for_each(|_| _ = runtime.text(&format!("/print?{argument}"))));
        }
    });
    runtime.text("/print?last");
    let log = runtime.wait_for("[probe] to stdout last\n");
    let (out, err) =
        (format!("[probe] to stdout {argument}"), format!("[probe] to stderr {argument}"));
    assert_eq!(log.lines().filter(|line| *line == out).count(), 160);
    let torn = log.lines().find(|line| line.contains('x') && *line != out && *line != err);
    assert_eq!(torn, None);
}

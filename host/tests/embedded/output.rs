//! Output of components: echo and log files.

use std::{fs, thread};

use crate::runtime::{App, PROBE};

#[test]
fn component_output_is_echoed_with_its_id_and_logged_to_files() {
    let app = App::new(PROBE);
    let runtime = app.start(&[]);
    runtime.text("/print?here");
    // The second line has no line break: it is written when the instance ends.
    runtime.wait_for("[probe] to stderr here\n");
    runtime.wait_for("[probe] to stdout here\n");
    let file = |name: &str| fs::read_to_string(app.dir.path().join(name)).unwrap();
    assert_eq!(file(".spin/logs/probe_stdout.txt"), "to stdout here\n");
    assert_eq!(file(".spin/logs/probe_stderr.txt"), "to stderr here\n");
}

#[test]
fn quiet_disables_only_the_echo() {
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
fn an_empty_log_dir_disables_log_files() {
    let app = App::new(PROBE);
    let runtime = app.start(&["--log-dir", ""]);
    runtime.text("/print?here");
    runtime.wait_for("[probe] to stdout here\n");
    assert_eq!(fs::read_dir(app.dir.path()).unwrap().count(), 1, "only spin.toml");
}

#[test]
fn lines_of_concurrent_requests_do_not_mix() {
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

//! The database goes away under the running app, and comes back.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Up, database_pid, kill_hard, process_lives, run_xtask};

#[test]
fn a_killed_database_gives_503_and_a_restarted_one_heals_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    let app = up.client();
    assert_eq!(app.get("/catdb").status, 200);

    kill_hard(database_pid(folder.path()));
    for _ in 0..3 {
        let asked = Instant::now();
        let rest = app.get("/catdb");
        assert_eq!((rest.status, &rest.json()["error"]), (503, &json!("Service Unavailable")));
        assert_ne!(rest.header("retry-after"), "");
        assert_eq!(app.get("/catdb/healthz").status, 503);
        let page = app.get("/");
        assert_eq!((page.status, page.header("content-type")), (503, "text/html; charset=utf-8"));
        assert!(page.body.contains("<h1"), "a page for people: {}", page.body);
        assert!(asked.elapsed() < Duration::from_secs(5), "all three within 5 s");
    }
    assert_eq!(app.get("/about").status, 200, "what needs no database goes on");

    start_database(folder.path());
    assert_eq!(app.get("/catdb").json()["books"].as_array().unwrap().len(), 20);
    assert_eq!(app.get("/").status, 200);
    assert!(up.end(Signal::SIGTERM));
    assert!(
        process_lives(database_pid(folder.path())),
        "what `db start` started is not `up`'s to stop"
    );
    let (stopped, printed) = run_xtask(&["db", "stop", "--data", folder.path().to_str().unwrap()]);
    assert!(stopped, "{printed}");
}

fn start_database(data: &Path) {
    let (started, printed) = run_xtask(&["db", "start", "--data", data.to_str().unwrap()]);
    assert!(started, "{printed}");
}

#[test]
fn an_up_whose_database_was_killed_still_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    kill_hard(database_pid(folder.path()));
    assert!(up.end(Signal::SIGINT));
}

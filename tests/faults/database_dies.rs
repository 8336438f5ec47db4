//! The database is killed under the running app, and restarted.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Up, database_pid, kill_hard, process_lives, run_xtask};

#[test]
fn the_app_responds_503_without_its_database_and_recovers_with_it() {
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
        assert!(page.body.contains("<h1"), "an HTML page: {}", page.body);
        assert!(asked.elapsed() < Duration::from_secs(5), "three responses within 5 s");
    }
    assert_eq!(app.get("/about").status, 200, "a page without data still works");

    start_database(folder.path());
    assert_eq!(app.get("/catdb").json()["books"].as_array().unwrap().len(), 20);
    assert_eq!(app.get("/").status, 200);
    assert!(up.end(Signal::SIGTERM));
    assert!(
        process_lives(database_pid(folder.path())),
        "`up` does not stop what `db start` started"
    );
    let (stopped, printed) = run_xtask(&["db", "stop", "--data", folder.path().to_str().unwrap()]);
    assert!(stopped, "{printed}");
}

fn start_database(data: &Path) {
    let (started, printed) = run_xtask(&["db", "start", "--data", data.to_str().unwrap()]);
    assert!(started, "{printed}");
}

#[test]
fn up_stops_successfully_after_its_database_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    kill_hard(database_pid(folder.path()));
    assert!(up.end(Signal::SIGINT));
}

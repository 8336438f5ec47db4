//! `cargo xtask up` over its life: stopped, killed, started twice; the data outlive all of it.

use std::path::Path;

use nix::sys::signal::Signal;
use tests::{Up, database_pid, kill_hard, process_lives, run_xtask, xtask_database};

#[test]
fn ctrl_c_stops_app_and_database_and_the_next_up_finds_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    let database = database_pid(folder.path());
    remove_a_book(folder.path());
    assert!(up.end(Signal::SIGINT), "a stop that was asked for is no failure");
    assert!(!process_lives(database), "the database that `up` started ended with it");

    let up = Up::start(folder.path());
    assert_eq!(up.client().get("/catdb/7").status, 404, "what was changed before stays changed");
    assert_eq!(up.client().get("/catdb/8").status, 200);
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_database_that_db_start_started_outlives_up() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    assert!(run_xtask(&["db", "start", "--data", data]).0);
    let database = database_pid(folder.path());
    let up = Up::start(folder.path());
    let (stopped, printed) = run_xtask(&["db", "stop", "--data", data]);
    assert!(!stopped && printed.contains("stop it first"), "{printed}");
    assert!(up.end(Signal::SIGINT));
    assert!(process_lives(database));
    assert!(run_xtask(&["db", "stop", "--data", data]).0);
    assert!(!process_lives(database));
}

#[test]
fn a_second_up_says_who_runs() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    let data = folder.path().to_str().unwrap();
    let (succeeded, printed) =
        run_xtask(&["up", "--no-build", "--listen", "127.0.0.1:0", "--data", data]);
    assert!(!succeeded, "{printed}");
    assert!(
        printed.contains("already runs") && printed.contains(&up.client().origin()),
        "{printed}"
    );
    assert_eq!(up.client().get("/catdb/1").status, 200, "the first is not disturbed");
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn after_kill_9_of_everything_the_next_up_heals_and_has_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    remove_a_book(folder.path());
    let listen = up.client().origin().replace("http://", "");
    assert!(!up.end(Signal::SIGKILL));

    // The app and the database still run: nobody was left to stop them.
    let up = Up::start_at(folder.path(), &listen);
    assert_eq!(up.client().get("/catdb/7").status, 404);
    let database = database_pid(folder.path());
    assert!(!up.end(Signal::SIGKILL));
    kill_hard(database);

    let up = Up::start(folder.path());
    assert_eq!(up.client().get("/catdb/7").status, 404);
    assert_eq!(up.client().get("/catdb/8").status, 200);
    let database = database_pid(folder.path());
    assert!(up.end(Signal::SIGINT));
    assert!(!process_lives(database), "what a killed `up` had started is stopped by the next");
}

#[test]
fn reset_brings_the_demo_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let up = Up::start(folder.path());
    remove_a_book(folder.path());
    let (reset, printed) = run_xtask(&["db", "reset", "--data", data]);
    assert!(!reset && printed.contains("stop it first"), "{printed}");
    assert!(up.end(Signal::SIGINT));
    let (reset, printed) = run_xtask(&["db", "reset", "--data", data]);
    assert!(reset, "{printed}");
    let up = Up::start(folder.path());
    assert_eq!(up.client().get("/catdb/7").status, 200);
    assert!(up.end(Signal::SIGINT));
}

fn remove_a_book(data: &Path) {
    xtask_database(data, "DELETE FROM catalogdb.books WHERE id = 7");
}

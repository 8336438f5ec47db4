//! The data survives stopping, killing and starting `cargo xtask up` twice.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Up, database_pid, kill_hard, process_lives, run_xtask, xtask_database};

#[test]
fn a_stopped_library_finds_its_data_again() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    let database = database_pid(folder.path());
    remove_a_book(folder.path());
    assert!(up.end(Signal::SIGINT), "a requested stop is a success");
    assert!(!process_lives(database), "the database that `up` started ended with it");

    let up = Up::start(folder.path());
    assert_eq!(up.client().get("/catdb/7").status, 404, "the change was kept");
    assert_eq!(up.client().get("/catdb/8").status, 200);
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn up_does_not_stop_a_database_that_db_start_started() {
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
fn a_second_up_names_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    let data = folder.path().to_str().unwrap();
    let (succeeded, printed) =
        run_xtask(&["up", "--no-build", "--listen", "127.0.0.1:0", "--data", data]);
    assert!(!succeeded, "{printed}");
    assert!(
        printed.contains("already running") && printed.contains(&up.client().origin()),
        "{printed}"
    );
    assert_eq!(up.client().get("/catdb/1").status, 200, "the first is undisturbed");
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn up_recovers_after_kill_9_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path());
    remove_a_book(folder.path());
    let listen = up.client().origin().replace("http://", "");
    assert!(!up.end(Signal::SIGKILL));

    // The app and the database are still running.
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
    assert!(!process_lives(database), "the next `up` stops what a killed one started");
}

#[test]
fn two_replicas_take_turns_and_share_logins() {
    let folder = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", tests::free_port());
    let up = Up::start_with(folder.path(), &listen, |command| {
        command.args(["--replicas", "2"]);
    });
    let about = || up.client().get("/about").body;
    let replicas = [about(), about()].map(|page| {
        let (_, rest) = page.split_once("<span>replica ").expect("a replica");
        rest.split('<').next().unwrap().to_owned()
    });
    assert_ne!(replicas[0], replicas[1], "each answers in its turn");

    let login =
        json!({"login": {"first_name": "Pete", "last_name": "Dymond", "number": "BUFFALOBILL1"}});
    let session =
        up.client().send_json("POST", "/patdb/sessions", &login).json()["session"].clone();
    for _ in 0..4 {
        let answer =
            up.client().send_json("POST", "/patdb/sessions/use", &json!({"session": session}));
        assert_eq!(answer.json()["patron"][0][1], "Pete", "{answer:?}");
    }
    assert!(up.end(Signal::SIGINT));
}

#[test]
fn db_reset_restores_the_demo_data() {
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

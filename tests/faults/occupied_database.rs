//! A running database server that refuses our login: it is found and named, and no second one is started on its files.

use std::{
    fs,
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use tests::{
    Up, database_pid, database_url, process_lives, processes_with, run_xtask, wait_for,
    xtask_database,
};

#[test]
fn a_frozen_database_is_named_and_continues_with_db_start() {
    let data = Data::started();
    let pid = database_pid(data.path());
    data.expect("freeze", true, "`cargo xtask db start` lets it continue");
    let asked = Instant::now();
    data.expect("status", true, "running, but unavailable");
    data.expect("status", true, "frozen");
    data.expect("url", false, "frozen");
    let (started, printed) = run_xtask(&["up", "--no-build", "--data", data.text()]);
    assert!(!started && printed.contains("frozen"), "{printed}");
    assert!(asked.elapsed() < Duration::from_secs(20), "a frozen server is not waited for");
    assert_eq!(data.servers(), 1);
    data.expect("start", true, "the database is running");
    assert_eq!(database_pid(data.path()), pid, "the same server continued");
    data.expect("freeze", true, "frozen");
    data.expect("stop", true, "stopping the database");
    assert!(!process_lives(pid), "a frozen server can be stopped");
}

#[test]
fn a_database_without_free_connections_is_reported_and_can_be_stopped() {
    let data = Data::started();
    let pid = database_pid(data.path());
    xtask_database(data.path(), "SET GLOBAL max_connections = 10");
    let url = database_url(data.path());
    let address = url.split('@').nth(1).unwrap().trim_end_matches('/').to_owned();
    // A connection counts before its login. The administrator may open one more than others.
    let connections: Vec<TcpStream> =
        (0..12).map(|_| TcpStream::connect(&address).unwrap()).collect();
    wait_for("a full server", || run_xtask(&data.command("status")).1.contains("unavailable"));
    data.expect("status", true, "Too many connections");
    data.expect("start", false, "Too many connections");
    data.expect("reset", false, "Too many connections");
    assert_eq!(data.servers(), 1);
    assert!(process_lives(pid));
    data.expect("stop", true, "stopping the database");
    assert!(!process_lives(pid));
    drop(connections);
    data.expect("start", true, "the database is running");
}

#[test]
fn a_server_whose_record_or_password_is_lost_is_found_by_its_files() {
    let data = Data::started();
    let pid = database_pid(data.path());
    let record = fs::read(data.path().join("server.toml")).unwrap();
    fs::remove_file(data.path().join("server.toml")).unwrap();
    for action in ["start", "stop", "status"] {
        data.expect(action, false, &format!("kill {pid}"));
    }
    fs::write(data.path().join("server.toml"), &record).unwrap();

    let secrets = fs::read_to_string(data.path().join("secrets.toml")).unwrap();
    let other = secrets.replacen("admin = \"", "admin = \"x", 1);
    fs::write(data.path().join("secrets.toml"), &other).unwrap();
    data.expect("status", true, "refuses our login");
    data.expect("start", false, "refuses our login");
    assert_eq!(data.servers(), 1);
    fs::write(data.path().join("secrets.toml"), &secrets).unwrap();
    data.expect("status", true, &format!("pid {pid}"));
}

#[test]
fn two_starts_at_once_give_one_server() {
    let data = Data { folder: tempfile::tempdir().unwrap() };
    let outcomes = std::thread::scope(|scope| {
        let start = || scope.spawn(|| run_xtask(&data.command("start")));
        [start(), start(), start()].map(|start| start.join().unwrap())
    });
    assert!(outcomes.iter().all(|(succeeded, _)| *succeeded), "{outcomes:?}");
    assert_eq!(data.servers(), 1, "{outcomes:?}");
}

#[test]
fn the_database_can_be_killed_and_stopped_under_the_running_app() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data { folder };
    let up = Up::start(data.path());
    data.expect("stop", false, "--anyway");
    for (action, said) in [(&["kill"][..], "power failure"), (&["stop", "--anyway"], "stopping")] {
        let mut arguments = vec!["db"];
        arguments.extend(action);
        arguments.extend(["--data", data.text()]);
        let (succeeded, printed) = run_xtask(&arguments);
        assert!(succeeded && printed.contains(said), "{printed}");
        assert_eq!(up.client().get("/catdb").status, 503);
        data.expect("kill", false, "not running");
        data.expect("start", true, "the database is running");
        assert_eq!(up.client().get("/catdb").status, 200);
    }
    assert!(up.end(Signal::SIGTERM));
}

/// A data folder with a server.
struct Data {
    folder: tempfile::TempDir,
}

impl Data {
    fn started() -> Data {
        let data = Data { folder: tempfile::tempdir().unwrap() };
        data.expect("start", true, "the database is running");
        data
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn text(&self) -> &str {
        self.path().to_str().unwrap()
    }

    fn command<'a>(&'a self, action: &'a str) -> [&'a str; 4] {
        ["db", action, "--data", self.text()]
    }

    fn expect(&self, action: &str, success: bool, message: &str) {
        let (succeeded, printed) = run_xtask(&self.command(action));
        assert_eq!(succeeded, success, "db {action}: {printed}");
        assert!(printed.contains(message), "db {action}, {message:?}: {printed}");
    }

    /// The number of server processes on the folder.
    fn servers(&self) -> usize {
        let processes = processes_with(self.path());
        processes.iter().filter(|line| line.contains("--datadir=")).count()
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let (_, printed) = run_xtask(&["db", "stop", "--anyway", "--data", self.text()]);
        if std::thread::panicking() {
            eprintln!("db stop: {printed}");
        }
    }
}

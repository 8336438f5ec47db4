//! Every stop signal, at any moment, ends all processes of `up`.

use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tests::{
    Up, database_pid, free_port, from_xtask, process_lives, processes_with, run_xtask, wait,
    wait_for, xtask,
};

const STOP_SIGNALS: [Signal; 4] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

#[test]
fn each_stop_signal_ends_app_and_database() {
    let folder = tempfile::tempdir().unwrap();
    for signal in STOP_SIGNALS {
        let up = Up::start(folder.path());
        let database = database_pid(folder.path());
        assert!(up.end(signal), "a requested stop is a success: {signal}");
        assert!(!process_lives(database), "{signal}");
        assert_nothing_runs(folder.path());
    }
}

#[test]
fn a_signal_while_the_database_starts_ends_it() {
    for (moment, signal) in [
        ("mysql.part", Signal::SIGTERM),
        ("mysql", Signal::SIGINT),
        ("server.toml", Signal::SIGHUP),
        ("server.toml", Signal::SIGQUIT),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut up = up(folder.path()).spawn().unwrap();
        wait_for(moment, || folder.path().join(moment).exists());
        kill(pid_of(&up), signal).unwrap();
        assert!(wait(&mut up).is_some(), "{signal} at {moment}");
        assert_nothing_runs(folder.path());
        // The interrupted start does not damage the folder.
        let next = Up::start(folder.path());
        assert_eq!(next.client().get("/catdb/7").status, 200, "{signal} at {moment}");
        assert!(next.end(Signal::SIGTERM));
    }
}

#[test]
fn a_signal_while_the_app_starts_ends_app_and_database() {
    let folder = tempfile::tempdir().unwrap();
    for signal in STOP_SIGNALS {
        fs::remove_file(folder.path().join("app.toml")).ok();
        let mut up = up(folder.path()).spawn().unwrap();
        wait_for("the app's start", || folder.path().join("app.toml").exists());
        kill(pid_of(&up), signal).unwrap();
        assert!(wait(&mut up).is_some(), "{signal}");
        assert_nothing_runs(folder.path());
    }
}

#[test]
fn closing_the_terminal_ends_app_and_database() {
    let folder = tempfile::tempdir().unwrap();
    let up = up(folder.path());
    let words = std::iter::once(up.get_program()).chain(up.get_args());
    let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    // `script` provides the terminal and closes it.
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--command", &line.join(" "), "/dev/null"]);
    let mut terminal = terminal.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.contains("ready: http")));
    let database = database_pid(folder.path());
    assert!(process_lives(database));
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    wait_for("the end of the database", || !process_lives(database));
    assert_nothing_runs(folder.path());
}

#[test]
fn nohup_keeps_the_library_running_without_its_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let up = Up::start_with(folder.path(), &listen, |command| {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
        shell.arg(command.get_program()).args(command.get_args());
        shell.stdout(Stdio::piped());
        *command = shell;
    });
    kill(up.pid(), Signal::SIGHUP).unwrap();
    // A second request shows that it is not stopping.
    for _ in 0..2 {
        assert_eq!(up.client().get("/catdb/7").status, 200);
    }
    assert!(up.end(Signal::SIGTERM));
    assert_nothing_runs(folder.path());
}

#[test]
fn a_stop_ends_a_reset_that_waits_for_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let reset = xtask(&["db", "reset", "--data"]);
    let program = reset.get_program().to_str().unwrap();
    for (keys, message) in [("\u{3}", "nothing was changed"), ("n\n", "nothing was changed")] {
        let line = format!("'{program}' db reset --data '{}'", folder.path().display());
        let mut terminal = Command::new("script");
        terminal.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]);
        let mut terminal = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = terminal.stdout.take().unwrap();
        let mut printed = String::new();
        let mut byte = [0];
        while !printed.ends_with("[y/N] ") && output.read(&mut byte).unwrap() == 1 {
            printed.push(char::from(byte[0]));
        }
        // Ctrl-C is a character that the terminal turns into SIGINT.
        let mut input = terminal.stdin.take().unwrap();
        input.write_all(keys.as_bytes()).unwrap();
        let status = wait(&mut terminal).expect("an end");
        drop(input);
        output.read_to_string(&mut printed).unwrap();
        assert!(!status.success() && printed.contains(message), "{keys:?}: {printed}");
        assert_nothing_runs(folder.path());
    }
}

#[test]
fn an_interrupted_db_stop_lets_the_database_end_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    // The database may end before `db stop` notices the signal.
    assert!((0..10).any(|_| was_interrupted(data)), "`db stop` was always quicker");
    assert_nothing_runs(folder.path());
}

/// Starts the database, and stops it with a `db stop` that is interrupted. Returns whether it was still waiting then.
fn was_interrupted(data: &str) -> bool {
    let (started, printed) = run_xtask(&["db", "start", "--data", data]);
    assert!(started, "{printed}");
    let database = database_pid(Path::new(data));
    let stop = xtask(&["db", "stop", "--data", data]).stderr(Stdio::piped()).spawn();
    let mut stop = stop.unwrap();
    let mut output = BufReader::new(stop.stderr.take().unwrap());
    let mut printed = String::new();
    output.read_line(&mut printed).unwrap();
    kill(pid_of(&stop), Signal::SIGINT).unwrap();
    // So that the database takes longer to end: it is frozen again whenever `db stop` lets it continue.
    while stop.try_wait().unwrap().is_none() && kill(database, Signal::SIGSTOP).is_ok() {
        thread::yield_now();
    }
    let status = wait(&mut stop).expect("an end");
    output.read_to_string(&mut printed).unwrap();
    kill(database, Signal::SIGCONT).ok();
    wait_for("the end of the database", || !process_lives(database));
    assert!(status.success() || printed.contains("stopped waiting"), "{printed}");
    !status.success()
}

#[test]
fn a_signal_during_a_build_ends_the_build() {
    for signal in STOP_SIGNALS {
        let folder = tempfile::tempdir().unwrap();
        let (cargo, started) = (folder.path().join("cargo"), folder.path().join("started"));
        // The build has child processes.
        let script = format!("#!/bin/sh\nsleep 300 & touch '{}'; wait\n", started.display());
        fs::write(&cargo, script).unwrap();
        fs::set_permissions(&cargo, Permissions::from_mode(0o755)).unwrap();
        let mut build = xtask(&["build"]);
        let mut build = build.env("CARGO", &cargo).stderr(Stdio::null()).spawn().unwrap();
        wait_for("the build", || started.exists());
        kill(pid_of(&build), signal).unwrap();
        assert!(!wait(&mut build).expect("an end").success(), "{signal}");
        wait_for("the end of cargo", || processes_with(&cargo).is_empty());
    }
}

/// `up` on the data folder and a free port.
fn up(data: &Path) -> Command {
    let runtime = from_xtask("LIBRARY_TEST_RUNTIME");
    let mut command =
        xtask(&["up", "--no-build", "--listen", "127.0.0.1:0", "--runtime", &runtime]);
    command.arg("--data").arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn pid_of(process: &Child) -> Pid {
    Pid::from_raw(i32::try_from(process.id()).unwrap())
}

fn assert_nothing_runs(data: &Path) {
    // A killed process takes a moment to disappear from /proc.
    wait_for("the end of all processes", || {
        thread::yield_now();
        processes_with(data).is_empty()
    });
}

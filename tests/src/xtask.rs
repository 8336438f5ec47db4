//! `cargo xtask` as a user sees it: what it prints, how it ends.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use mysql_async::{Conn, prelude::Queryable};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{Client, free_port, from_xtask};

/// `cargo xtask <arguments>`, not started yet.
fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(from_xtask("LIBRARY_TEST_XTASK"));
    command.args(arguments).stdin(Stdio::null()).env_remove("LIBRARY_DATABASE_URL");
    command
}

/// Runs `cargo xtask <arguments>` to its end: whether it succeeded, and what it printed.
///
/// # Panics
/// When it can't be started, or does not end.
#[must_use]
pub fn run_xtask(arguments: &[&str]) -> (bool, String) {
    let mut printed = tempfile::tempfile().expect("a file for its output");
    let copy = || printed.try_clone().expect("its output");
    let mut process = xtask(arguments).stdout(copy()).stderr(copy()).spawn().expect("xtask");
    let ended = wait(&mut process);
    let text = read_all(&mut printed);
    let Some(status) = ended else {
        panic!("`cargo xtask {}` does not end; it printed: {text}", arguments.join(" "))
    };
    (status.success(), text)
}

fn read_all(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a log");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for a process to end; one that takes a minute is killed.
fn wait(process: &mut Child) -> Option<ExitStatus> {
    let patience = Instant::now() + Duration::from_secs(60);
    while Instant::now() < patience {
        if let Some(status) = process.try_wait().expect("its state") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    process.kill().ok();
    process.wait().ok();
    None
}

/// The process id of the data folder's database server, as `db status` says it.
///
/// # Panics
/// When none runs.
#[must_use]
pub fn database_pid(data: &Path) -> Pid {
    let (_, status) = run_xtask(&["db", "status", "--data", data.to_str().expect("a path")]);
    let pid = status.split("pid ").nth(1).and_then(|rest| rest.split(',').next());
    Pid::from_raw(
        pid.and_then(|pid| pid.parse().ok()).unwrap_or_else(|| panic!("no pid: {status}")),
    )
}

/// Kills a process as a power cut would, and waits until it is gone.
///
/// # Panics
/// When it can't be killed.
pub fn kill_hard(pid: Pid) {
    kill(pid, Signal::SIGKILL).expect("kill -9");
    let patience = Instant::now() + Duration::from_secs(10);
    while process_lives(pid) {
        assert!(Instant::now() < patience, "{pid} survived kill -9");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process runs; one that has ended and was not yet asked how does not.
#[must_use]
pub fn process_lives(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// Runs `statement` on the data folder's database as its administrator.
///
/// # Panics
/// When it fails.
pub fn xtask_database(data: &Path, statement: &str) {
    let (_, url) = run_xtask(&["db", "url", "--data", data.to_str().expect("a path")]);
    let run = async {
        let mut session = Conn::from_url(url.trim()).await?;
        session.query_drop(statement).await?;
        session.disconnect().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run).unwrap_or_else(|e| panic!("{statement}: {e}"));
}

/// A `cargo xtask up` that runs.
pub struct Up {
    process: Child,
    client: Client,
    data: PathBuf,
    /// What it says on stderr, and what the app does
    log: File,
}

impl Up {
    /// Starts the app on the data folder and a free port, and waits for its `ready:` line.
    ///
    /// # Panics
    /// When it ends without one.
    #[must_use]
    pub fn start(data: &Path) -> Up {
        Up::start_at(data, &format!("127.0.0.1:{}", free_port()))
    }

    /// As [`start`](Self::start), on the address `listen`.
    ///
    /// # Panics
    /// When it ends without a `ready:` line.
    #[must_use]
    pub fn start_at(data: &Path, listen: &str) -> Up {
        let runtime = from_xtask("LIBRARY_TEST_RUNTIME");
        let log = tempfile::tempfile().expect("a file for its log");
        let mut process =
            xtask(&["up", "--no-build", "--runtime", &runtime, "--listen", listen, "--data"])
                .arg(data)
                .stdout(Stdio::piped())
                .stderr(log.try_clone().expect("its log"))
                .spawn()
                .expect("xtask");
        let printed = BufReader::new(process.stdout.take().expect("its output"));
        let ready = format!("ready: http://{listen}");
        let came_up = printed.lines().map_while(Result::ok).any(|line| line == ready);
        let client = Client::new(listen.parse().expect("an address"));
        let mut up = Up { process, client, data: data.to_owned(), log };
        assert!(came_up, "`up` ended without its ready line:\n{}", up.log());
        up
    }

    fn log(&mut self) -> String {
        read_all(&mut self.log)
    }

    /// A client of the app.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends `signal` and waits until it has ended; whether it ended well.
    ///
    /// # Panics
    /// When it does not end within a minute.
    #[must_use]
    pub fn end(mut self, signal: Signal) -> bool {
        kill(Pid::from_raw(i32::try_from(self.process.id()).expect("a process id")), signal)
            .expect("kill");
        let status = wait(&mut self.process);
        let status = status.unwrap_or_else(|| panic!("`up` does not end on {signal}"));
        if !status.success() {
            eprintln!("`up` ended with {status} and said:\n{}", self.log());
        }
        status.success()
    }
}

impl Drop for Up {
    /// After a test that failed half-way nothing stays behind; one that did not has ended it.
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("`up` said:\n{}", self.log());
        }
        if let Ok(None) = self.process.try_wait() {
            let pid = i32::try_from(self.process.id()).expect("a process id");
            kill(Pid::from_raw(pid), Signal::SIGTERM).ok();
            wait(&mut self.process);
            xtask(&["db", "stop", "--data"]).arg(&self.data).output().ok();
        }
    }
}

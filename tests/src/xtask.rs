//! `cargo xtask` as a command: its output, its exit status, and the processes that it starts.

use std::{
    ffi::OsStr,
    fs::{self, File},
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

/// The timeout of a command.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The command `cargo xtask <arguments>`, without input and without the user's database.
#[must_use]
pub fn xtask<A: AsRef<OsStr>>(arguments: &[A]) -> Command {
    let mut command = Command::new(from_xtask("LIBRARY_TEST_XTASK"));
    command.args(arguments).stdin(Stdio::null()).env_remove("LIBRARY_DATABASE_URL");
    command
}

/// Runs `cargo xtask <arguments>` to its end. Returns whether it succeeded, and its output.
///
/// # Panics
/// If it cannot be started or does not end.
#[must_use]
pub fn run_xtask<A: AsRef<OsStr>>(arguments: &[A]) -> (bool, String) {
    run_to_end(&mut xtask(arguments))
}

/// Runs a command to its end. Returns whether it succeeded, and its output.
///
/// # Panics
/// If it cannot be started or does not end.
#[must_use]
pub fn run_to_end(command: &mut Command) -> (bool, String) {
    let mut output = tempfile::tempfile().expect("a file for its output");
    let copy = || output.try_clone().expect("its output");
    let mut process = command.stdout(copy()).stderr(copy()).spawn().expect("a process");
    let ended = wait(&mut process);
    let text = read_all(&mut output);
    let Some(status) = ended else { panic!("{command:?} does not end; its output: {text}") };
    (status.success(), text)
}

fn read_all(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a log");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for a process to end. Kills it after a minute and returns `None`.
///
/// # Panics
/// If the system does not report its state.
pub fn wait(process: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + TIMEOUT;
    while Instant::now() < deadline {
        if let Some(status) = process.try_wait().expect("its state") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    process.kill().ok();
    process.wait().ok();
    None
}

/// Waits until `condition` holds.
///
/// # Panics
/// If it does not hold within a minute.
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen within {TIMEOUT:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The process id of the data folder's database server, from `db status`.
///
/// # Panics
/// If none is running.
#[must_use]
pub fn database_pid(data: &Path) -> Pid {
    let (_, status) =
        run_xtask(&[OsStr::new("db"), "status".as_ref(), "--data".as_ref(), data.as_ref()]);
    let pid = status.split("pid ").nth(1).and_then(|rest| rest.split(',').next());
    Pid::from_raw(
        pid.and_then(|pid| pid.parse().ok()).unwrap_or_else(|| panic!("no pid: {status}")),
    )
}

/// Kills a process like a power failure, and waits until it is gone.
///
/// # Panics
/// If it cannot be killed.
pub fn kill_hard(pid: Pid) {
    kill(pid, Signal::SIGKILL).expect("kill -9");
    wait_for("the end of a killed process", || !process_lives(pid));
}

/// Whether a process is running.
#[must_use]
pub fn process_lives(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

/// The command lines of all running processes with `path` in them.
///
/// # Panics
/// If there is no /proc.
#[must_use]
pub fn processes_with(path: &Path) -> Vec<String> {
    let path = path.to_string_lossy();
    fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&*path))
        .collect()
}

/// Runs `statement` on the data folder's database as its administrator.
///
/// # Panics
/// If it fails.
pub fn xtask_database(data: &Path, statement: &str) {
    let url = database_url(data);
    let run = async {
        let mut session = Conn::from_url(&url).await?;
        session.query_drop(statement).await?;
        session.disconnect().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run).unwrap_or_else(|e| panic!("{statement}: {e}"));
}

/// The URL of the data folder's database, from `db url`.
///
/// # Panics
/// If the database is not running.
#[must_use]
pub fn database_url(data: &Path) -> String {
    let (succeeded, url) = run_xtask(&["db", "url", "--data", data.to_str().expect("a path")]);
    assert!(succeeded, "{url}");
    url.trim().to_owned()
}

/// A running `cargo xtask up`.
pub struct Up {
    process: Child,
    client: Client,
    data: PathBuf,
    /// Its and the app's stderr
    log: File,
}

impl Up {
    /// Starts the app on the data folder and a free port, and waits for its `ready:` line.
    ///
    /// # Panics
    /// If it ends without one.
    #[must_use]
    pub fn start(data: &Path) -> Up {
        Up::start_at(data, &format!("127.0.0.1:{}", free_port()))
    }

    /// Like [`start`](Self::start), on the address `listen`.
    ///
    /// # Panics
    /// If it ends without a `ready:` line.
    #[must_use]
    pub fn start_at(data: &Path, listen: &str) -> Up {
        Up::start_with(data, listen, |_| ())
    }

    /// Like [`start_at`](Self::start_at), with changes to the command.
    ///
    /// # Panics
    /// If it ends without a `ready:` line.
    #[must_use]
    pub fn start_with(data: &Path, listen: &str, change: impl FnOnce(&mut Command)) -> Up {
        let runtime = from_xtask("LIBRARY_TEST_RUNTIME");
        let log = tempfile::tempfile().expect("a file for its log");
        let mut command =
            xtask(&["up", "--no-build", "--runtime", &runtime, "--listen", listen, "--data"]);
        command.arg(data).stdout(Stdio::piped()).stderr(log.try_clone().expect("its log"));
        change(&mut command);
        let mut process = command.spawn().expect("xtask");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let ready = format!("ready: http://{listen}");
        let is_ready = output.lines().map_while(Result::ok).any(|line| line == ready);
        let client = Client::new(listen.parse().expect("an address"));
        let mut up = Up { process, client, data: data.to_owned(), log };
        assert!(is_ready, "`up` ended without its ready line:\n{}", up.log());
        up
    }

    /// Its and the app's stderr so far.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn log(&mut self) -> String {
        read_all(&mut self.log)
    }

    /// A client of the app.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its process id.
    ///
    /// # Panics
    /// If the system has process ids beyond 31 bits.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.process.id()).expect("a process id"))
    }

    /// Sends `signal` and waits until the process has ended. Returns whether it succeeded.
    ///
    /// # Panics
    /// If it does not end within a minute.
    #[must_use]
    pub fn end(mut self, signal: Signal) -> bool {
        kill(self.pid(), signal).expect("kill");
        let status = wait(&mut self.process);
        let status = status.unwrap_or_else(|| panic!("`up` does not end on {signal}"));
        if !status.success() {
            eprintln!("`up` ended with {status}; its output:\n{}", self.log());
        }
        status.success()
    }
}

impl Drop for Up {
    /// Stops everything after a test that failed.
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the output of `up`:\n{}", self.log());
        }
        if let Ok(None) = self.process.try_wait() {
            kill(self.pid(), Signal::SIGTERM).ok();
            wait(&mut self.process);
            xtask(&["db", "stop", "--data"]).arg(&self.data).output().ok();
        }
    }
}

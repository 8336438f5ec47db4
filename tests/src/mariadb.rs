//! A MariaDB server of a test's own, with its own options, on a free port and an empty data directory.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid},
};
use tempfile::TempDir;

use crate::{free_port, project};

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server. It is killed when dropped.
pub struct MariaDb {
    process: Child,
    port: u16,
    options: Vec<String>,
    folder: TempDir,
}

impl MariaDb {
    /// Starts a server with `options`, and waits until it accepts connections.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn start(options: &[&str]) -> MariaDb {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let data = folder.path().join("data");
        copy(&template(), &data);
        let port = free_port();
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let process = spawn(folder.path(), port, &options);
        let mut server = MariaDb { process, port, options, folder };
        server.wait_until_ready();
        server
    }

    /// Kills it like a power failure.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("a killed server");
    }

    /// Starts it again on its data, and waits until it accepts connections.
    ///
    /// # Panics
    /// If it does not.
    pub fn restart(&mut self) {
        self.process = spawn(self.folder.path(), self.port, &self.options);
        self.wait_until_ready();
    }

    /// Like [`restart`](Self::restart), with another value of an option.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart_with(&mut self, option: &str) {
        // The last value counts.
        self.options.push(option.to_owned());
        self.restart();
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// If there is no such process.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id()).expect("a process id");
        kill(Pid::from_raw(pid), signal).expect("a signal");
    }

    fn wait_until_ready(&mut self) {
        let begin = Instant::now();
        // Another server may answer on the port, so the server itself has to say that it is ready.
        while !self.log().contains("ready for connections") {
            let ended = self.process.try_wait().expect("its state");
            assert!(
                ended.is_none() && begin.elapsed() < START_TIMEOUT,
                "{:?}: {}",
                self.options,
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The URL of its administrator.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/", self.port)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn spawn(folder: &Path, port: u16, options: &[String]) -> Child {
    let log = File::create(folder.join("log")).expect("a log");
    mariadb("mariadbd")
        .arg(format!("--datadir={}", folder.join("data").display()))
        .arg(format!("--port={port}"))
        .args(["--bind-address=127.0.0.1", "--socket=s", "--pid-file=p", "--skip-name-resolve"])
        // A server that starts deletes the temporary tables that it finds, also those of a running one.
        .arg(format!("--tmpdir={}", folder.display()))
        // These tests lose no power.
        .args(["--sync-binlog=0", "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=16M"])
        // With several, the thread that hands out their work waits for tables under DDL without giving up the processor.
        .arg("--innodb-purge-threads=1")
        .args(options)
        .stdout(log.try_clone().expect("its log"))
        .stderr(log)
        .spawn()
        .expect("a server")
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

/// A program of MariaDB that reads no option files.
fn mariadb(program: &str) -> Command {
    let mut command = Command::new(program);
    command.arg("--no-defaults").stdin(Stdio::null());
    if Uid::effective().is_root() {
        command.arg("--user=root");
    }
    command
}

/// A data directory as the server creates it, made once for all runs.
fn template() -> PathBuf {
    static CREATE: Mutex<()> = Mutex::new(());
    let _one = CREATE.lock().unwrap_or_else(|error| error.into_inner());
    let target = project().join("target/tmp");
    fs::create_dir_all(&target).expect("a folder for the template");
    let template = target.join("mariadb-data");
    if !template.exists() {
        let folder = tempfile::tempdir_in(&target).expect("a folder");
        let data = folder.path().join("data");
        let output = mariadb("mariadb-install-db")
            .arg(format!("--datadir={}", data.display()))
            .args([
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ])
            .arg("--innodb-log-file-size=4M")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        fs::rename(&data, &template).unwrap();
    }
    template
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

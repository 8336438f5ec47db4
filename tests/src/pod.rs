//! A process that runs the whole app or one component.

use std::{
    collections::BTreeMap,
    fs::File,
    mem,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{Client, from_xtask, project};

/// The values of Spin variables by name.
pub type Variables = BTreeMap<String, String>;

/// Environment variables other than those of Spin variables.
pub type Environment = [(&'static str, String)];

/// The running process. Dropping this stops it.
pub struct Pod {
    /// Starts the process, the first time and again.
    command: Command,
    process: Child,
    address: SocketAddr,
    /// It was asked to stop.
    is_stopping: bool,
}

impl Pod {
    /// Starts the whole app on `address`, or only `component`. It may not respond yet. Appends its output to files in
    /// the folder `logs`, which pods share, like the collected logs of a cluster.
    pub fn start(
        manifest: &Path,
        component: Option<&str>,
        variables: &Variables,
        environment: &Environment,
        address: SocketAddr,
        logs: &Path,
    ) -> Pod {
        let log = File::options().create(true).append(true).open(logs.join("runtime"));
        let variables = variables
            .iter()
            .map(|(name, value)| (format!("SPIN_VARIABLE_{}", name.to_uppercase()), value));
        let mut command = runtime();
        command
            .current_dir(project())
            .envs(variables)
            // Those of the user.
            .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .arg("--from")
            .arg(manifest)
            .args(["--listen", &address.to_string(), "--log-dir"])
            .arg(logs)
            // Without it, the runtime repeats the components' output in `logs` on stderr.
            .arg("--quiet")
            .args(component.into_iter().flat_map(|id| ["--component-id", id]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log"));
        let process = command.spawn().expect("the runtime; `cargo xtask test` builds it");
        Pod { command, process, address, is_stopping: false }
    }

    /// Kills it like a power failure, and starts it again on its address.
    pub fn kill_and_restart(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("a killed runtime");
        self.process = self.command.spawn().expect("the runtime");
        self.wait_until_ready();
    }

    /// Asks the process to stop, and does not wait for it.
    pub fn ask_to_stop(&mut self) {
        // A second signal would end it at once.
        if !mem::replace(&mut self.is_stopping, true) {
            let pid = i32::try_from(self.process.id()).expect("a process id");
            kill(Pid::from_raw(pid), Signal::SIGTERM).ok();
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the first response.
    pub fn wait_until_ready(&mut self) {
        let client = Client::new(self.address);
        let deadline = Instant::now() + Duration::from_secs(60);
        while client.try_send("GET", "/.well-known/spin/health").is_err() {
            let ended = self.process.try_wait().expect("the runtime's state");
            assert!(ended.is_none() && Instant::now() < deadline, "the app did not start");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.ask_to_stop();
        self.process.wait().ok();
    }
}

/// The runtime's program, with its first arguments.
#[must_use]
pub fn runtime() -> Command {
    match from_xtask("LIBRARY_TEST_RUNTIME").as_str() {
        "spin" => {
            let mut spin = Command::new("spin");
            spin.arg("up");
            spin
        }
        _ => Command::new(project().join("target/runtime/library-host")),
    }
}

//! One process that runs the app, or one component of it.

use std::{
    collections::BTreeMap,
    fs::File,
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

/// The values of Spin variables, by their names.
pub type Variables = BTreeMap<String, String>;

/// The running process. It is stopped when this is dropped.
pub struct Pod {
    process: Child,
    address: SocketAddr,
}

impl Pod {
    /// Starts the whole app on `address`, or `component` alone. It may not answer yet. What it prints goes to the
    /// end of files in the folder `logs`, in which others may print too: as one would read the logs of a cluster.
    pub fn start(
        component: Option<&str>,
        variables: &Variables,
        address: SocketAddr,
        logs: &Path,
    ) -> Pod {
        let log = File::options().create(true).append(true).open(logs.join("runtime"));
        let environment = variables
            .iter()
            .map(|(name, value)| (format!("SPIN_VARIABLE_{}", name.to_uppercase()), value));
        let process = runtime()
            .current_dir(project())
            .envs(environment)
            .args(["--from", "spin.toml", "--listen", &address.to_string(), "--log-dir"])
            .arg(logs)
            .args(component.into_iter().flat_map(|id| ["--component-id", id]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the runtime; `cargo xtask test` builds it");
        Pod { process, address }
    }

    /// Waits for its first answer.
    pub fn wait_until_it_answers(&mut self) {
        let client = Client::new(self.address);
        let patience = Instant::now() + Duration::from_secs(60);
        while client.try_send("GET", "/.well-known/spin/health").is_err() {
            let ended = self.process.try_wait().expect("the runtime's state");
            assert!(ended.is_none() && Instant::now() < patience, "the app did not start");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        let pid = i32::try_from(self.process.id()).expect("a process id");
        kill(Pid::from_raw(pid), Signal::SIGTERM).ok();
        self.process.wait().ok();
    }
}

fn runtime() -> Command {
    match from_xtask("LIBRARY_TEST_RUNTIME").as_str() {
        "spin" => {
            let mut spin = Command::new("spin");
            spin.arg("up");
            spin
        }
        _ => Command::new(project().join("target/debug/library-host")),
    }
}

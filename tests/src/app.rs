//! The running app: the real runtime with the real components, on a free port and a database of its own.

use std::{
    fs::{self, File},
    net::SocketAddr,
    ops::Deref,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use loader::Store;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{Client, TestDatabase, free_port, from_xtask, project};

/// The running app. It is a [`Client`] of itself.
pub struct TestApp {
    /// Its schemas, which other apps may run on as well
    pub database: Arc<TestDatabase>,
    client: Client,
    process: Child,
    /// Holds what the runtime and the components printed
    logs: TempDir,
}

impl TestApp {
    /// The app on a freshly loaded database.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start() -> TestApp {
        TestApp::start_on(TestDatabase::loaded().await, &[])
    }

    /// The app on `database`, with Spin variables set otherwise than it would.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start_on(database: impl Into<Arc<TestDatabase>>, variables: &[(&str, &str)]) -> TestApp {
        let database = database.into();
        let logs = tempfile::tempdir().expect("a folder for logs");
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = runtime();
        command
            .current_dir(project())
            .envs(defaults())
            .args(["--from", "spin.toml", "--listen", &address.to_string(), "--log-dir"])
            .arg(logs.path())
            .envs(own_variables(&database))
            .envs(variables.iter().map(|(name, value)| (spin_variable(name), (*value).to_owned())))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(logs.path().join("runtime")).expect("a log"));
        let process = command.spawn().expect("the runtime; `cargo xtask test` builds it");
        let mut app = TestApp { database, client: Client::new(address), process, logs };
        app.wait_until_it_answers();
        app
    }

    /// Everything that the runtime and the components printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        let files = fs::read_dir(self.logs.path()).expect("the logs");
        files.flatten().filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
    }

    fn wait_until_it_answers(&mut self) {
        let patience = Instant::now() + Duration::from_secs(60);
        while self.client.try_send("GET", "/.well-known/spin/health").is_err() {
            let ended = self.process.try_wait().expect("the runtime's state");
            assert!(
                ended.is_none() && Instant::now() < patience,
                "the app did not start:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Deref for TestApp {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the app said:\n{}", self.log());
        }
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

fn own_variables(database: &TestDatabase) -> Vec<(String, String)> {
    let (host, port) = database.address();
    let library = &database.library;
    let mut variables =
        vec![("db_host".to_owned(), host), ("db_port".to_owned(), port.to_string())];
    for store in Store::ALL {
        let service = store.service();
        variables.extend([
            (format!("{service}_db_name"), library.names.schema(store)),
            (format!("{service}_db_user"), library.names.user(store)),
            (format!("{service}_db_password"), library.passwords.of(store).to_owned()),
        ]);
    }
    variables.into_iter().map(|(name, value)| (spin_variable(&name), value)).collect()
}

/// What spin.toml says of every variable, said again, so that nobody's own .env has a say in the tests.
fn defaults() -> impl Iterator<Item = (String, String)> {
    let manifest = std::fs::read_to_string(project().join("spin.toml")).expect("spin.toml");
    let manifest: toml::Table = manifest.parse().expect("spin.toml");
    let variables = manifest["variables"].as_table().expect("its variables").clone();
    variables.into_iter().filter_map(|(name, variable)| {
        let default = variable.get("default")?.as_str()?.to_owned();
        Some((spin_variable(&name), default))
    })
}

fn spin_variable(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_uppercase())
}

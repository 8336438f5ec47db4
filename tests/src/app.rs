//! The running app: the real runtime and components, on free ports and a separate database.
//!
//! `cargo xtask test` chooses the deployment: all components in one process, or each in separate processes, like the
//! pods of a cluster. Tests are the same for both.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use library_db::Store;
use tempfile::{NamedTempFile, TempDir};

use crate::{
    Client, TestDatabase, free_port, from_xtask,
    network::Network,
    pod::{Environment, Pod, Variables},
    project,
};

/// The number of processes per component if each component has its own.
const REPLICAS: usize = 2;

/// The build of a component that a pod runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// This version
    Current,
    /// The one with the feature `next-version`, whose answers have more in them
    Next,
}

/// The running app. It is a [`Client`] of itself.
pub struct TestApp {
    /// Its schemas, which other apps may share
    pub database: Arc<TestDatabase>,
    client: Client,
    pods: Vec<Pod>,
    /// The services and the ingress, if there are several pods
    network: Option<Network>,
    /// The output of the runtime and the components
    logs: TempDir,
    /// The manifest of the next version, if a pod runs it
    _manifest: Option<NamedTempFile>,
}

impl TestApp {
    /// Starts the app on a newly loaded database.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start() -> TestApp {
        TestApp::start_on(TestDatabase::loaded().await, &[])
    }

    /// Starts the app on `database`, with some Spin variables overridden.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_on(database: impl Into<Arc<TestDatabase>>, variables: &[(&str, &str)]) -> TestApp {
        TestApp::start_in(database, variables, &[])
    }

    /// Like [`start_on`](Self::start_on), with some environment variables.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_in(
        database: impl Into<Arc<TestDatabase>>,
        variables: &[(&str, &str)],
        environment: &Environment,
    ) -> TestApp {
        let database = database.into();
        let manifest = manifest();
        let mut values = values(&manifest, &database);
        values.extend(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let logs = tempfile::tempdir().expect("a folder for logs");
        let started = match from_xtask("LIBRARY_TEST_DEPLOYMENT").as_str() {
            "five-pods" => {
                five_pods(&manifest, values, environment, logs.path(), &|_, _| project_manifest())
            }
            _ => one_process(&values, environment, logs.path()),
        };
        TestApp::ready(database, started, logs, None)
    }

    /// Starts pods of two versions at once, as they are during a rolling upgrade: `build_of` says which one the replica of a
    /// component runs.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_upgrading(
        database: Arc<TestDatabase>,
        build_of: impl Fn(&str, usize) -> Build,
    ) -> TestApp {
        let manifest = manifest();
        let next = next_manifest(manifest.clone());
        let logs = tempfile::tempdir().expect("a folder for logs");
        let manifest_of = |component: &str, replica| match build_of(component, replica) {
            Build::Current => project_manifest(),
            Build::Next => next.path().to_owned(),
        };
        let values = values(&manifest, &database);
        let started = five_pods(&manifest, values, &[], logs.path(), &manifest_of);
        TestApp::ready(database, started, logs, Some(next))
    }

    fn ready(
        database: Arc<TestDatabase>,
        (address, pods, network): Started,
        logs: TempDir,
        manifest: Option<NamedTempFile>,
    ) -> TestApp {
        let client = Client::new(address);
        let mut app = TestApp { database, client, pods, network, logs, _manifest: manifest };
        app.pods.iter_mut().for_each(Pod::wait_until_ready);
        app
    }

    /// Whether a proxy is in front of the app, which passes a request on when its whole body has arrived.
    #[must_use]
    pub fn has_proxy(&self) -> bool {
        self.network.is_some()
    }

    /// The process ids of the app.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        self.pods.iter().map(Pod::pid).collect()
    }

    /// Kills its processes like a power failure, and starts them again on their addresses.
    ///
    /// # Panics
    /// If they do not start.
    pub fn kill_and_restart(&mut self) {
        self.pods.iter_mut().for_each(Pod::kill_and_restart);
    }

    /// The folder with the output of the runtime and the components.
    #[must_use]
    pub fn logs(&self) -> &Path {
        self.logs.path()
    }

    /// The output of the runtime and the components so far.
    #[must_use]
    pub fn log(&self) -> String {
        let files = fs::read_dir(self.logs.path()).expect("the logs");
        files.flatten().filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
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
        // All of them, so that they stop at the same time.
        self.pods.iter_mut().for_each(Pod::ask_to_stop);
        if thread::panicking() {
            eprintln!("the app's output:\n{}", self.log());
        }
    }
}

type Started = (SocketAddr, Vec<Pod>, Option<Network>);

/// Starts all components in one process.
fn one_process(variables: &Variables, environment: &Environment, logs: &Path) -> Started {
    let address = free_address();
    let pod = Pod::start(&project_manifest(), None, variables, environment, address, logs);
    (address, vec![pod], None)
}

/// Starts each component in separate processes, which call each other through service addresses. `manifest_of` is the
/// manifest of a component's replica.
fn five_pods(
    manifest: &toml::Table,
    mut variables: Variables,
    environment: &Environment,
    logs: &Path,
    manifest_of: &dyn Fn(&str, usize) -> PathBuf,
) -> Started {
    let components = manifest["component"].as_table().expect("components");
    let free_addresses = |_| (0..REPLICAS).map(|_| free_address()).collect();
    let pod_addresses: BTreeMap<String, Vec<SocketAddr>> =
        components.keys().cloned().map(|id| (id.clone(), free_addresses(id))).collect();
    let network = Network::new(&pod_addresses);
    for value in variables.values_mut() {
        if let Some(id) =
            value.strip_prefix("http://").and_then(|v| v.strip_suffix(".spin.internal"))
        {
            *value = format!("http://{}", network.service(id));
        }
    }
    let mut pods = Vec::new();
    for (id, addresses) in &pod_addresses {
        let own = variables_of_pod(&components[id], &variables);
        for (replica, &address) in addresses.iter().enumerate() {
            let manifest = manifest_of(id, replica);
            pods.push(Pod::start(&manifest, Some(id), &own, environment, address, logs));
        }
    }
    let (routes, fallback) = routes(manifest);
    (network.ingress(&routes, &fallback), pods, Some(network))
}

fn project_manifest() -> PathBuf {
    project().join("spin.toml")
}

fn manifest() -> toml::Table {
    let manifest = fs::read_to_string(project_manifest()).expect("spin.toml");
    manifest.parse().expect("spin.toml")
}

/// The manifest with the components of the next version, which `cargo xtask test pods` builds in the dev profile.
fn next_manifest(mut manifest: toml::Table) -> NamedTempFile {
    let components = manifest["component"].as_table_mut().expect("components");
    for (_, component) in components.iter_mut() {
        let source = component["source"].as_str().expect("a file").replace("/release/", "/debug/");
        component["source"] = project().join(source).display().to_string().into();
    }
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a file");
    fs::write(file.path(), manifest.to_string()).expect("a manifest");
    file
}

/// The variables of the app on `database`.
fn values(manifest: &toml::Table, database: &TestDatabase) -> Variables {
    let mut values = defaults(manifest);
    values.extend(database_variables(database));
    values
}

/// The variables of a pod that runs only this component. Spin requires a value for every variable without a default,
/// so the other services' passwords get a placeholder.
fn variables_of_pod(component: &toml::Value, variables: &Variables) -> Variables {
    let definition = component.to_string();
    let value_for = |(name, value): (&String, &String)| {
        let is_used = definition.contains(&format!("{{{{ {name} }}}}"));
        (name.clone(), if is_used { value.clone() } else { "not for this pod".to_owned() })
    };
    variables.iter().map(value_for).collect()
}

/// The components by the first path segment of their routes, and the component for all other paths.
fn routes(manifest: &toml::Table) -> (BTreeMap<String, String>, String) {
    let triggers = manifest["trigger"]["http"].as_array().expect("triggers");
    let text = |trigger: &toml::Value, key| trigger[key].as_str().expect("a text").to_owned();
    let mut routes: BTreeMap<String, String> = triggers
        .iter()
        .map(|trigger| (text(trigger, "route"), text(trigger, "component")))
        .map(|(route, id)| (route.trim_matches(['/', '.']).to_owned(), id))
        .collect();
    let fallback = routes.remove("").expect("a component for all other paths");
    (routes, fallback)
}

fn database_variables(database: &TestDatabase) -> Variables {
    let (host, port) = database.address();
    let library = &database.library;
    let mut variables =
        Variables::from([("db_host".to_owned(), host), ("db_port".to_owned(), port.to_string())]);
    for store in Store::ALL {
        let service = store.service();
        variables.extend([
            (format!("{service}_db_name"), library.names.schema(store)),
            (format!("{service}_db_user"), library.names.user(store)),
            (format!("{service}_db_password"), library.passwords.of(store).to_owned()),
        ]);
    }
    variables
}

/// The defaults in spin.toml, set explicitly so that the user's .env cannot change the tests.
fn defaults(manifest: &toml::Table) -> Variables {
    let variables = manifest["variables"].as_table().expect("its variables");
    let default = |(name, variable): (&String, &toml::Value)| {
        Some((name.clone(), variable.get("default")?.as_str()?.to_owned()))
    };
    variables.iter().filter_map(default).collect()
}

fn free_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], free_port()))
}

//! The running app: the real runtime with the real components, on free ports and a database of its own.
//!
//! `cargo xtask test` says in which shape: all components in one process, or each in processes of its own,
//! as the pods of a cluster are. No test knows the difference.

use std::{collections::BTreeMap, fs, net::SocketAddr, ops::Deref, path::Path, sync::Arc, thread};

use loader::Store;
use tempfile::TempDir;

use crate::{
    Client, TestDatabase, free_port, from_xtask,
    network::Network,
    pod::{Pod, Variables},
    project,
};

/// How many processes each component has where it has its own.
const COPIES: usize = 2;

/// The running app. It is a [`Client`] of itself.
pub struct TestApp {
    /// Its schemas, which other apps may run on as well
    pub database: Arc<TestDatabase>,
    client: Client,
    pods: Vec<Pod>,
    /// What joins the pods, where there is more than one
    _network: Option<Network>,
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
        let manifest = fs::read_to_string(project().join("spin.toml")).expect("spin.toml");
        let manifest = manifest.parse().expect("spin.toml");
        let mut values = defaults(&manifest);
        values.extend(own_variables(&database));
        values.extend(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let logs = tempfile::tempdir().expect("a folder for logs");
        let (address, pods, network) = match from_xtask("LIBRARY_TEST_SHAPE").as_str() {
            "five-pods" => apart(&manifest, values, logs.path()),
            _ => together(&values, logs.path()),
        };
        let client = Client::new(address);
        let mut app = TestApp { database, client, pods, _network: network, logs };
        app.pods.iter_mut().for_each(Pod::wait_until_it_answers);
        app
    }

    /// Everything that the runtime and the components printed so far.
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
        if thread::panicking() {
            eprintln!("the app said:\n{}", self.log());
        }
    }
}

type Started = (SocketAddr, Vec<Pod>, Option<Network>);

/// All components in one process.
fn together(variables: &Variables, logs: &Path) -> Started {
    let address = free_address();
    (address, vec![Pod::start(None, variables, address, logs)], None)
}

/// Each component in processes of its own, which call each other by the addresses of services.
fn apart(manifest: &toml::Table, mut variables: Variables, logs: &Path) -> Started {
    let components = manifest["component"].as_table().expect("components");
    let free_addresses = |_| (0..COPIES).map(|_| free_address()).collect();
    let places: BTreeMap<String, Vec<SocketAddr>> =
        components.keys().cloned().map(|id| (id.clone(), free_addresses(id))).collect();
    let network = Network::new(&places);
    for value in variables.values_mut() {
        if let Some(id) =
            value.strip_prefix("http://").and_then(|v| v.strip_suffix(".spin.internal"))
        {
            *value = format!("http://{}", network.service(id));
        }
    }
    let mut pods = Vec::new();
    for (id, addresses) in &places {
        let known = known_to(&components[id], &variables);
        for &address in addresses {
            pods.push(Pod::start(Some(id), &known, address, logs));
        }
    }
    let (routes, otherwise) = routes(manifest);
    (network.ingress(&routes, &otherwise), pods, Some(network))
}

/// The variables as a pod with this component alone gets them. Spin asks every pod for every variable that has no
/// default; what the component does not use, the services' other passwords that is, stays a secret all the same.
fn known_to(component: &toml::Value, variables: &Variables) -> Variables {
    let written = component.to_string();
    let known = |(name, value): (&String, &String)| {
        let is_used = written.contains(&format!("{{{{ {name} }}}}"));
        (name.clone(), if is_used { value.clone() } else { "not for this pod".to_owned() })
    };
    variables.iter().map(known).collect()
}

/// Which component answers below which first segment of a path, and which answers all the rest.
fn routes(manifest: &toml::Table) -> (BTreeMap<String, String>, String) {
    let triggers = manifest["trigger"]["http"].as_array().expect("triggers");
    let text = |trigger: &toml::Value, key| trigger[key].as_str().expect("a text").to_owned();
    let mut routes: BTreeMap<String, String> = triggers
        .iter()
        .map(|trigger| (text(trigger, "route"), text(trigger, "component")))
        .map(|(route, id)| (route.trim_matches(['/', '.']).to_owned(), id))
        .collect();
    let otherwise = routes.remove("").expect("a component for all other paths");
    (routes, otherwise)
}

fn own_variables(database: &TestDatabase) -> Variables {
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

/// What spin.toml says of every variable, said again, so that nobody's own .env has a say in the tests.
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

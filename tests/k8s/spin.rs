//! The parts of spin.toml that the manifests depend on: variables, components, and the hosts that each component may
//! call.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

use serde_json::Value;
use tests::project;

use crate::manifests::{id, items, text};

/// The value of a secret variable in a pod that does not need it.
pub const UNUSED: &str = "not-for-this-pod";

/// The components that run in the pods of a SpinApp.
pub fn selected_components(app: &Value) -> Vec<String> {
    match &app["spec"]["components"] {
        Value::Null => SPIN.components.keys().cloned().collect(),
        some => items(some).iter().map(|component| text(component).to_owned()).collect(),
    }
}

/// The hosts and ports that spin.toml allows the components of a SpinApp to call, with the variables of that app.
pub fn outbound_hosts(app: &Value) -> BTreeSet<(String, u16)> {
    let given: BTreeMap<&str, &Value> =
        items(&app["spec"]["variables"]).iter().map(|v| (text(&v["name"]), &v["value"])).collect();
    let value = |name: &str| match given.get(name) {
        Some(value) => text(value).to_owned(),
        None => SPIN.variables[name].default.clone().unwrap_or_default(),
    };
    let components = selected_components(app);
    let hosts =
        components.iter().filter_map(|name| SPIN.components.get(name)).flat_map(|c| &c.hosts);
    hosts
        .map(|template| {
            let mut host = template.clone();
            for name in SPIN.variables.keys() {
                host = host.replace(&format!("{{{{ {name} }}}}"), &value(name));
            }
            let url = url::Url::parse(&host)
                .unwrap_or_else(|error| panic!("{}: {host}: {error}", id(app)));
            (url.host_str().unwrap().to_owned(), url.port_or_known_default().unwrap())
        })
        .collect()
}

/// The parts of spin.toml that the rules use.
pub struct Spin {
    pub variables: BTreeMap<String, Variable>,
    pub components: BTreeMap<String, Component>,
}

pub struct Variable {
    pub default: Option<String>,
    pub is_secret: bool,
}

pub struct Component {
    /// `allowed_outbound_hosts`
    pub hosts: Vec<String>,
    /// The application variables that its own variables refer to
    pub variables: BTreeSet<String>,
}

pub static SPIN: LazyLock<Spin> = LazyLock::new(|| {
    let manifest: toml::Table =
        fs::read_to_string(project().join("spin.toml")).unwrap().parse().unwrap();
    let manifest = serde_json::to_value(manifest).unwrap();
    let map = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let variables: BTreeMap<String, Variable> = map(&manifest["variables"])
        .into_iter()
        .map(|(name, value)| {
            let default = value["default"].as_str().map(str::to_owned);
            (name, Variable { default, is_secret: value["secret"] == true })
        })
        .collect();
    let components = map(&manifest["component"])
        .into_iter()
        .map(|(name, value)| {
            let hosts = items(&value["allowed_outbound_hosts"]);
            let templates = value["variables"].to_string();
            let component = Component {
                hosts: hosts.iter().map(|host| text(host).to_owned()).collect(),
                variables: variables
                    .keys()
                    .filter(|name| templates.contains(&format!("{{{{ {name} }}}}")))
                    .cloned()
                    .collect(),
            };
            (name, component)
        })
        .collect();
    Spin { variables, components }
});

//! The variables of the SpinApps are those of spin.toml, and the URLs among them lead to pods.

use std::collections::BTreeSet;

use serde_json::json;

use super::rule::{Refusal, Rule, object, set_variable};
use crate::{
    cluster::{behind, namespace, pods, services},
    manifests::{id, items, of_kind, text},
    spin::{SPIN, outbound_hosts, selected_components},
};

pub const VARIABLES_OF_SPIN_TOML: Rule = Rule {
    name: "variables and components are those of spin.toml",
    check: |objects| {
        let mut violations = Vec::new();
        let mut running = BTreeSet::new();
        for app in of_kind(objects, "SpinApp") {
            let variables = items(&app["spec"]["variables"]).iter();
            let given: BTreeSet<&str> = variables.map(|variable| text(&variable["name"])).collect();
            for name in given.iter().filter(|name| !SPIN.variables.contains_key(**name)) {
                violations.push(format!("{}: spin.toml has no variable {name}", id(app)));
            }
            for (name, variable) in &SPIN.variables {
                if variable.default.is_none() && !given.contains(name.as_str()) {
                    violations.push(format!("{}: {name} is required", id(app)));
                }
            }
            for component in selected_components(app) {
                if !SPIN.components.contains_key(&component) {
                    violations.push(format!("{}: spin.toml has no component {component}", id(app)));
                }
                running.insert(component);
            }
        }
        let missing = SPIN.components.keys().filter(|component| !running.contains(*component));
        violations.extend(missing.map(|component| format!("no pod has the component {component}")));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| set_variable(o, "library", "db_host", json!({"name": "db_hots"})),
            violation: "SpinApp/library: spin.toml has no variable db_hots",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                let variables =
                    object(o, "SpinApp/frontend")["spec"]["variables"].as_array_mut().unwrap();
                variables.retain(|variable| variable["name"] != "patrons_db_password");
            },
            violation: "SpinApp/frontend: patrons_db_password is required",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| object(o, "SpinApp/lending")["spec"]["components"] = json!(["landing"]),
            violation: "SpinApp/lending: spin.toml has no component landing",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| o.retain(|object| id(object) != "SpinApp/lending"),
            violation: "no pod has the component lending",
        },
    ],
};

pub const ADDRESSES_LEAD_TO_PODS: Rule = Rule {
    name: "addresses lead to pods",
    check: |objects| {
        let (pods, services) = (pods(objects), services(objects));
        let mut violations = Vec::new();
        for app in of_kind(objects, "SpinApp") {
            for (host, port) in outbound_hosts(app) {
                let found = match host.strip_suffix(".spin.internal") {
                    Some(component)
                        if selected_components(app).iter().any(|name| name == component) =>
                    {
                        Ok(())
                    }
                    Some(component) => Err(format!("{component} is in other pods")),
                    None => behind(&pods, &services, &namespace(app), &host, port).map(drop),
                };
                violations.extend(found.err().map(|why| format!("{}: {why}", id(app))));
            }
        }
        violations
    },
    refusals: &[
        Refusal {
            overlay: "five-pods",
            change: |o| {
                set_variable(o, "frontend", "catalog_url", json!({"value": "http://catalogs"}))
            },
            violation: "SpinApp/frontend: there is no Service `catalogs`",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                set_variable(o, "lending", "patrons_url", json!({"value": "http://patrons:3000"}))
            },
            violation: "SpinApp/lending: the Service `patrons` has no port 3000",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                set_variable(
                    o,
                    "lending",
                    "patrons_url",
                    json!({"value": "http://patrons.spin.internal"}),
                )
            },
            violation: "SpinApp/lending: patrons is in other pods",
        },
    ],
};

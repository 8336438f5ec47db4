//! No manifest contains a secret, and no pod gets one that it does not need.

use serde_json::{Value, json};

use super::rule::{Refusal, Rule, container, set_variable};
use crate::{
    cluster::pod_templates,
    manifests::{id, items, of_kind, text, texts},
    spin::{SPIN, UNUSED, selected_components},
};

pub const NO_SECRET_VALUES: Rule = Rule {
    name: "no secret values",
    check: |objects| {
        let mut violations = secrets_with_values(objects);
        violations.extend(environments_with_values(objects));
        violations.extend(variables_with_values(objects));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| {
                let secret = json!({"kind": "Secret", "metadata": {"name": "library"},
                    "stringData": {"api-token": "hunter2"}});
                o.push(secret);
            },
            violation: "Secret/library has api-token",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                container(o, "StatefulSet/mysql")["env"][0] =
                    json!({"name": "MYSQL_ROOT_PASSWORD", "value": "x"})
            },
            violation: "StatefulSet/mysql has a value for MYSQL_ROOT_PASSWORD",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| set_variable(o, "catalog", "catalog_db_password", json!({"value": UNUSED})),
            violation: "SpinApp/catalog has a value for catalog_db_password",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                set_variable(
                    o,
                    "frontend",
                    "catalog_db_password",
                    json!({"valueFrom": {"secretKeyRef": {}}}),
                )
            },
            violation: "SpinApp/frontend gets catalog_db_password, which it does not need",
        },
    ],
};

fn secrets_with_values(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for secret in of_kind(objects, "Secret") {
        let keys = ["data", "stringData"].iter().flat_map(|part| texts(&secret[part]).into_keys());
        // SpinKube reads Spin's configuration from a Secret. Ours is a file in the repository.
        for key in keys.filter(|key| *key != "runtime-config.toml") {
            violations.push(format!("{} has {key}", id(secret)));
        }
    }
    violations
}

fn environments_with_values(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for (object, template) in pod_templates(objects) {
        let containers = items(&template["spec"]["containers"]).iter();
        for variable in containers.flat_map(|container| items(&container["env"])) {
            let name = text(&variable["name"]);
            let is_secret = ["PASSWORD", "PWD", "TOKEN", "SECRET", "PIN"]
                .iter()
                .any(|word| name.split('_').any(|part| part == *word));
            if is_secret && variable["valueFrom"]["secretKeyRef"].is_null() {
                violations.push(format!("{} has a value for {name}", id(object)));
            }
        }
    }
    violations
}

fn variables_with_values(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for app in of_kind(objects, "SpinApp") {
        for variable in items(&app["spec"]["variables"]) {
            let name = text(&variable["name"]);
            if !SPIN.variables.get(name).is_some_and(|variable| variable.is_secret) {
                continue;
            }
            let is_needed = selected_components(app).iter().any(|component| {
                SPIN.components.get(component).is_some_and(|c| c.variables.contains(name))
            });
            let is_reference = !variable["valueFrom"]["secretKeyRef"].is_null();
            match (is_needed, is_reference) {
                (true, true) => {}
                (false, false) if variable["value"] == UNUSED => {}
                (false, true) => {
                    violations.push(format!("{} gets {name}, which it does not need", id(app)));
                }
                _ => violations.push(format!("{} has a value for {name}", id(app))),
            }
        }
    }
    violations
}

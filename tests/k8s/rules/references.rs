//! Every Secret, ConfigMap, class, volume and claim that an object refers to exists, or the README tells the user to
//! create it.

use std::{collections::BTreeSet, fs, sync::LazyLock};

use serde_json::Value;

use super::rule::{Refusal, Rule, container, object};
use crate::{
    cluster::{mounted_claims, pod_templates},
    manifests::{KEPT, id, items, of_kind, root, text},
};

pub const EVERYTHING_REFERRED_TO_EXISTS: Rule = Rule {
    name: "everything referred to exists",
    check: |objects| {
        let mut violations = missing_objects(objects);
        violations.extend(missing_volumes(objects));
        let kept: BTreeSet<String> = of_kind(&KEPT, "PersistentVolumeClaim")
            .map(|claim| text(&claim["metadata"]["name"]).to_owned())
            .collect();
        let claims = mounted_claims(objects);
        violations.extend(claims.difference(&kept).map(|claim| format!("the claim {claim}")));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| {
                container(o, "StatefulSet/mysql")["env"][0]["valueFrom"]["secretKeyRef"]["key"] =
                    "root".into()
            },
            violation: "StatefulSet/mysql: the Secret library, key root",
        },
        Refusal {
            overlay: "observability",
            change: |o| o.retain(|object| object["kind"] != "ConfigMap"),
            violation: "Deployment/prometheus: the ConfigMap prometheus",
        },
        Refusal {
            overlay: "base",
            change: |o| o.retain(|object| object["kind"] != "Secret"),
            violation: "SpinApp/library: the Secret \"runtime-config",
        },
        Refusal {
            overlay: "csi",
            change: |o| o.retain(|object| object["kind"] != "StorageClass"),
            violation: "StatefulSet/mysql: the class \"library\"",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                container(o, "StatefulSet/mysql")["volumeMounts"][0]["name"] = "date".into()
            },
            violation: "StatefulSet/mysql: the volume \"date\"",
        },
        Refusal {
            overlay: "backup",
            change: |o| {
                let spec = &mut object(o, "CronJob/backup")["spec"]["jobTemplate"]["spec"]["template"]
                    ["spec"];
                for volume in spec["volumes"].as_array_mut().unwrap() {
                    if volume["name"] == "backups" {
                        volume["persistentVolumeClaim"]["claimName"] = "tapes".into();
                    }
                }
            },
            violation: "the claim tapes",
        },
    ],
};

fn missing_objects(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    let exists = |kind: &str, name: &Value| {
        objects.iter().any(|o| o["kind"] == kind && &o["metadata"]["name"] == name)
    };
    for object in objects {
        visit_fields(object, &mut |key, value| {
            let missing = match key {
                "secretKeyRef" => {
                    let (name, key) = (text(&value["name"]), text(&value["key"]));
                    let is_made = USER_SECRETS.contains(&(name.to_owned(), key.to_owned()));
                    (!is_made).then(|| format!("the Secret {name}, key {key}"))
                }
                "secretName" if object["kind"] == "InnoDBCluster" => {
                    let is_made = USER_SECRETS.iter().any(|(secret, _)| value == secret);
                    (!is_made).then(|| format!("the Secret {value}"))
                }
                "loadFromSecret" => {
                    (!exists("Secret", value)).then(|| format!("the Secret {value}"))
                }
                "configMap" | "configMapKeyRef" => {
                    let name = &value["name"];
                    (!exists("ConfigMap", name)).then(|| format!("the ConfigMap {}", text(name)))
                }
                "volumeSnapshotClassName" => {
                    (!exists("VolumeSnapshotClass", value)).then(|| format!("the class {value}"))
                }
                "storageClassName" => {
                    (!exists("StorageClass", value)).then(|| format!("the class {value}"))
                }
                _ => None,
            };
            violations.extend(missing.map(|what| format!("{}: {what}", id(object))));
        });
    }
    violations
}

fn missing_volumes(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for (object, template) in pod_templates(objects) {
        let claims = items(&object["spec"]["volumeClaimTemplates"]).iter();
        let volumes: BTreeSet<&str> = items(&template["spec"]["volumes"])
            .iter()
            .map(|volume| text(&volume["name"]))
            .chain(claims.map(|claim| text(&claim["metadata"]["name"])))
            .collect();
        let containers = items(&template["spec"]["containers"]).iter();
        for mount in containers.flat_map(|container| items(&container["volumeMounts"])) {
            if !volumes.contains(text(&mount["name"])) {
                violations.push(format!("{}: the volume {}", id(object), mount["name"]));
            }
        }
    }
    violations
}

/// The Secrets that the README tells the user to create, and their keys.
static USER_SECRETS: LazyLock<BTreeSet<(String, String)>> = LazyLock::new(|| {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let words: Vec<&str> = readme.split_whitespace().collect();
    let mut secrets = BTreeSet::new();
    let mut secret = "";
    for (index, word) in words.iter().enumerate() {
        if words[..index].ends_with(&["create", "secret", "generic"]) {
            secret = word;
        }
        if let Some(literal) = word.strip_prefix("--from-literal=") {
            let (key, _) = literal.split_once('=').unwrap();
            secrets.insert((secret.to_owned(), key.to_owned()));
        }
    }
    secrets
});

/// Calls `visitor` with every key and value in `value`.
fn visit_fields<'a>(value: &'a Value, visitor: &mut impl FnMut(&str, &'a Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                visitor(key, value);
                visit_fields(value, visitor);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| visit_fields(item, visitor)),
        _ => {}
    }
}

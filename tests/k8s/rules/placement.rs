//! The namespace and the labels of every object.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use super::rule::{Refusal, Rule, object};
use crate::{
    admission::CLUSTER_SCOPED,
    cluster::pod_templates,
    manifests::{id, items, kustomizations, of_kind, root, text, texts},
};

/// The labels that namespace-and-labels/kustomization.yaml gives every object and every pod.
const LABELS: [(&str, &str); 3] = [
    ("app.kubernetes.io/instance", "library"),
    ("app.kubernetes.io/part-of", "library"),
    ("app.kubernetes.io/managed-by", "kustomize"),
];

/// Without a namespace, kubectl creates an object in `default`, where the library's other objects don't find it.
pub const NAMESPACE_AND_LABELS: Rule = Rule {
    name: "namespace and labels",
    check: |objects| {
        let mut violations = Vec::new();
        for object in objects {
            let namespace = &object["metadata"]["namespace"];
            let is_cluster_scoped = CLUSTER_SCOPED.contains(&text(&object["kind"]));
            let is_right =
                if is_cluster_scoped { namespace.is_null() } else { namespace == "library" };
            if !is_right {
                violations.push(format!("{} is in the namespace {namespace}", id(object)));
            }
        }
        let of_objects = objects.iter().map(|object| (object, &object["metadata"]["labels"]));
        let of_pods = pod_templates(objects)
            .map(|(object, template)| (object, &template["metadata"]["labels"]));
        let of_apps = of_kind(objects, "SpinApp").map(|app| (app, &app["spec"]["podLabels"]));
        for (object, labels) in of_objects.chain(of_pods).chain(of_apps) {
            let labels: BTreeMap<&str, &str> = texts(labels);
            for (name, value) in LABELS {
                if labels.get(name) != Some(&value) {
                    violations.push(format!("{} lacks the label {name}={value}", id(object)));
                }
            }
        }
        violations
    },
    refusals: &[
        Refusal {
            overlay: "five-pods",
            change: |o| object(o, "Ingress/library")["metadata"]["namespace"] = Value::Null,
            violation: "Ingress/library is in the namespace null",
        },
        Refusal {
            overlay: "tls",
            change: |o| {
                object(o, "NetworkPolicy/acme-solver-ingress")["metadata"]["labels"] = Value::Null
            },
            violation: "NetworkPolicy/acme-solver-ingress lacks the label app.kubernetes.io/part-of=library",
        },
        Refusal {
            overlay: "csi",
            change: |o| {
                object(o, "StorageClass/library")["metadata"]["namespace"] = "library".into()
            },
            violation: "StorageClass/library is in the namespace \"library\"",
        },
    ],
};

/// kustomize runs components in the order listed: `namespace-and-labels` does not apply to the objects and patches of later ones.
#[test]
fn every_list_of_components_ends_with_namespace_and_labels() {
    for folder in kustomizations(&root()) {
        let file = fs::read_to_string(folder.join("kustomization.yaml")).unwrap();
        let kustomization: Value = yaml_serde::from_str(&file).unwrap();
        let components = items(&kustomization["components"]);
        let last = components.last().map_or("", text);
        assert!(
            components.is_empty() || last.ends_with("/namespace-and-labels"),
            "{}: `namespace-and-labels` has to be the last of {components:?}",
            folder.display()
        );
    }
}

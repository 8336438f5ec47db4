//! Deleting the app keeps the data.

use serde_json::{Value, json};

use super::rule::{Refusal, Rule, container, object};
use crate::manifests::{id, items, of_kind, text};

pub const DATA_OUTLIVES_THE_APP: Rule = Rule {
    name: "the data outlives the app",
    check: |objects| {
        let mut violations = Vec::new();
        for kind in ["Namespace", "PersistentVolumeClaim", "PersistentVolume"] {
            violations.extend(
                of_kind(objects, kind)
                    .map(|object| format!("{} would be deleted with the app", id(object))),
            );
        }
        for server in of_kind(objects, "StatefulSet") {
            let policy = &server["spec"]["persistentVolumeClaimRetentionPolicy"];
            if policy["whenDeleted"] != "Retain" || policy["whenScaled"] != "Retain" {
                violations.push(format!("{} deletes its volumes", id(server)));
            }
            if !stores_on_a_claim(server) {
                violations.push(format!("{} does not store its data on a volume", id(server)));
            }
        }
        let classes = of_kind(objects, "StorageClass").filter(|c| c["reclaimPolicy"] != "Retain");
        violations.extend(classes.map(|class| format!("{} deletes volumes", id(class))));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| o.push(json!({"kind": "Namespace", "metadata": {"name": "library"}})),
            violation: "Namespace/library would be deleted with the app",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                let policy = &mut object(o, "StatefulSet/mysql")["spec"]["persistentVolumeClaimRetentionPolicy"];
                policy["whenDeleted"] = "Delete".into();
            },
            violation: "StatefulSet/mysql deletes its volumes",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                container(o, "StatefulSet/mysql")["volumeMounts"][0]["mountPath"] =
                    "/var/lib/other".into()
            },
            violation: "StatefulSet/mysql does not store its data on a volume",
        },
        Refusal {
            overlay: "csi",
            change: |o| object(o, "StorageClass/library")["reclaimPolicy"] = "Delete".into(),
            violation: "StorageClass/library deletes volumes",
        },
    ],
};

/// Whether the folder of `--datadir` is on a volume of a claim template.
fn stores_on_a_claim(server: &Value) -> bool {
    let container = &server["spec"]["template"]["spec"]["containers"][0];
    let claims = items(&server["spec"]["volumeClaimTemplates"]);
    let mut arguments = items(&container["args"]).iter();
    let Some(data) = arguments.find_map(|arg| text(arg).strip_prefix("--datadir=")) else {
        return false;
    };
    items(&container["volumeMounts"]).iter().any(|mount| {
        claims.iter().any(|claim| claim["metadata"]["name"] == mount["name"])
            && data.starts_with(&format!("{}/", text(&mount["mountPath"])))
    })
}

//! Objects of built-in kinds match Kubernetes' schemas, checked by kubernetes-validate. Custom resources are in
//! admission/.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::{Value, json};
use tests::from_xtask;

use crate::{
    admission,
    manifests::{DEPLOYED, KEPT, RENDERED, of_kind},
    operator,
};

/// The version of the cluster in the README, k3s 1.35.
const KUBERNETES: &str = "1.35";

#[test]
fn objects_fit_the_schemas_of_kubernetes() {
    let is_builtin = |object: &&Value| admission::kinds().all(|kind| object["kind"] != kind);
    let objects = RENDERED.values().flatten().chain(KEPT.iter()).filter(is_builtin);
    assert_eq!(validate(objects), "");
}

#[test]
fn deployments_and_services_of_the_operator_fit_too() {
    let created: Vec<Value> =
        DEPLOYED.values().flat_map(|objects| operator::created(objects)).collect();
    assert_eq!(validate(created.iter()), "");
}

#[test]
fn an_unknown_field_is_refused() {
    let mut service = of_kind(&DEPLOYED["base"], "Service").next().unwrap().clone();
    service["spec"]["podSelector"] = json!({});
    let errors = validate([service].iter());
    assert!(errors.contains("podSelector"), "{errors}");
}

/// The errors of kubernetes-validate. An object in several overlays is checked once.
pub fn validate<'a>(objects: impl Iterator<Item = &'a Value>) -> String {
    let different: BTreeSet<String> = objects.map(Value::to_string).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("objects.yaml");
    // JSON is YAML.
    fs::write(&file, Vec::from_iter(different).join("\n---\n")).unwrap();
    let output = Command::new(from_xtask("LIBRARY_TEST_KUBERNETES_VALIDATE"))
        .args(["--strict", "--quiet", "--kubernetes-version", KUBERNETES])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said.into_owned()
}

//! The patch for rolling updates of the operator's Deployments without refused requests.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    manifests::{DEPLOYED, id, items, of_kind, root, text},
    operator,
    schemas::validate,
};

fn patch() -> Value {
    let path: PathBuf = root().join("rolling-update.yaml");
    yaml_serde::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Applies the `add` operations of a JSON patch.
fn patched(mut deployment: Value) -> Value {
    for operation in items(&patch()) {
        assert_eq!(operation["op"], "add");
        let (parent, name) = text(&operation["path"]).rsplit_once('/').unwrap();
        let parent = deployment.pointer_mut(parent).unwrap();
        parent.as_object_mut().unwrap().insert(name.to_owned(), operation["value"].clone());
    }
    deployment
}

#[test]
fn the_patch_fits_the_deployment_of_every_app() {
    let mut deployments = Vec::new();
    for objects in DEPLOYED.values() {
        let created = operator::created(objects);
        deployments.extend(of_kind(&created, "Deployment").cloned().map(patched));
    }
    assert!(deployments.len() > 5);
    assert_eq!(validate(deployments.iter()), "");
}

#[test]
fn a_pod_leaves_the_endpoints_before_it_stops_and_after_another_is_ready() {
    let created = operator::created(&DEPLOYED["base"]);
    let deployment = patched(of_kind(&created, "Deployment").next().unwrap().clone());
    let spec = &deployment["spec"];
    assert_eq!(spec["strategy"]["rollingUpdate"]["maxUnavailable"], json!(0));
    let pod = &spec["template"]["spec"];
    let sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    // Kubernetes' default, which includes the sleep.
    let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
    assert!((5..grace).contains(&sleep), "{}: {sleep} s of {grace} s", id(&deployment));
}

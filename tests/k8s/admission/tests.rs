//! The emulation refuses what a cluster refuses, and accepts every kustomization.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::{Value, json};

use super::{Cluster, kinds, webhook};
use crate::manifests::{DEPLOYED, KEPT, RENDERED, id, of_kind, render, root, text};

/// A change to a SpinApp of `local`, and a part of the cluster's error message.
type Refusal = (fn(&mut Value), &'static str);

#[test]
fn every_overlay_applies_to_a_cluster_with_only_the_kept_objects() {
    for (name, objects) in RENDERED.iter() {
        let mut cluster = Cluster::with(&KEPT);
        for object in objects {
            // First each object alone, because a server-side dry run stores nothing.
            cluster
                .admit(object)
                .unwrap_or_else(|refusal| panic!("{name}: {}: {refusal}", id(object)));
        }
        for object in objects.iter().chain(objects) {
            cluster.apply(object).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        }
    }
}

#[test]
fn an_app_that_the_api_server_or_the_operator_refuses_is_refused() {
    let refusals: [Refusal; 11] = [
        (
            |app| {
                drop(
                    app["spec"]["checks"]["liveness"]["httpGet"]
                        .as_object_mut()
                        .unwrap()
                        .remove("httpHeaders"),
                )
            },
            "/spec/checks/liveness/httpGet/httpHeaders: null is not of type \"array\"",
        ),
        (|app| app["spec"]["checks"]["readiness"]["httpGet"] = json!({"httpHeaders": []}), "path"),
        (
            |app| app["spec"]["volumes"] = json!([{"name": "v", "projected": {}}]),
            "/spec/volumes/0/projected/sources",
        ),
        (|app| app["spec"]["env"] = json!([]), "unknown field \"spec.env\""),
        (
            |app| app["spec"]["variables"][0]["val"] = json!("x"),
            "unknown field \"spec.variables[0].val\"",
        ),
        (|app| app["spec"]["executor"] = json!("other"), "executor does not exist in namespace"),
        (|app| app["spec"]["replicas"] = json!(0), "replicas must be > 0"),
        (
            |app| app["spec"]["enableAutoscaling"] = json!(true),
            "replicas cannot be set when autoscaling is enabled",
        ),
        (
            |app| app["spec"]["invocationLimits"]["memory"] = json!("2Gi"),
            "invocation limit quantity cannot be greater than the memory limit (1Gi)",
        ),
        (
            |app| app["spec"]["invocationLimits"]["memory"] = json!("much"),
            "must be a valid memory quantity",
        ),
        (
            |app| app["metadata"]["namespace"] = json!("elsewhere"),
            "namespaces \"elsewhere\" not found",
        ),
    ];
    let cluster = Cluster::with(&KEPT);
    for (change, words) in refusals {
        let mut app = of_kind(&DEPLOYED["base"], "SpinApp").next().unwrap().clone();
        change(&mut app);
        let refusal = cluster.admit(&app).unwrap_err();
        assert!(refusal.contains(words), "{words}: {refusal}");
    }
}

#[test]
fn an_app_needs_an_executor_in_its_own_namespace() {
    let app = of_kind(&DEPLOYED["base"], "SpinApp").next().unwrap();
    let without = |kind: &str| {
        let objects: Vec<Value> = KEPT.iter().filter(|o| o["kind"] != kind).cloned().collect();
        Cluster::with(&objects)
    };
    let refusal = without("SpinAppExecutor").admit(app).unwrap_err();
    assert!(refusal.contains("executor does not exist in namespace"), "{refusal}");

    // Without a name, the operator chooses the first executor of all namespaces, here one that this app can't use.
    let mut elsewhere = KEPT.clone();
    elsewhere.push(json!({"kind": "Namespace", "metadata": {"name": "a"}}));
    let mut executor = of_kind(&KEPT, "SpinAppExecutor").next().unwrap().clone();
    executor["metadata"]["name"] = json!("a");
    executor["metadata"]["namespace"] = json!("a");
    elsewhere.push(executor);
    let mut unnamed = app.clone();
    unnamed["spec"].as_object_mut().unwrap().remove("executor");
    let refusal = Cluster::with(&elsewhere).admit(&unnamed).unwrap_err();
    assert!(refusal.contains("\"a\": executor does not exist in namespace"), "{refusal}");
    let refusal = without("SpinAppExecutor").admit(&unnamed).unwrap_err();
    assert!(refusal.contains("executor must be set"), "{refusal}");
}

#[test]
fn an_executor_has_exactly_one_mode() {
    let cluster = Cluster::with(&KEPT);
    for (config, words) in [
        (json!({"runtimeClassName": "r", "spinImage": "i"}), "mutually exclusive"),
        (json!({}), "either runtimeClassName or spinImage must be set"),
        (json!({"runtimeClass": "r"}), "unknown field"),
        (json!({"runtimeClassName": "r", "otel": "http://collector"}), "object"),
    ] {
        let mut executor = of_kind(&KEPT, "SpinAppExecutor").next().unwrap().clone();
        executor["spec"]["deploymentConfig"] = config;
        let refusal = cluster.admit(&executor).unwrap_err();
        assert!(refusal.contains(words), "{words}: {refusal}");
    }
}

#[test]
fn the_stored_app_has_defaults_and_gos_zero_values() {
    let mut app = of_kind(&DEPLOYED["base"], "SpinApp").next().unwrap().clone();
    let check = json!({"httpGet": {"path": "/", "httpHeaders": []}, "periodSeconds": 5});
    app["spec"]["checks"] = json!({"readiness": check});
    app["spec"].as_object_mut().unwrap().remove("resources");
    let stored = Cluster::with(&KEPT).admit(&app).unwrap();
    assert_eq!(
        stored["spec"]["checks"]["readiness"],
        json!({"httpGet": {"path": "/", "httpHeaders": []}, "initialDelaySeconds": 10, "periodSeconds": 5,
            "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3})
    );
    assert_eq!(stored["spec"]["resources"], json!({}));
    assert_eq!(stored["spec"]["enableAutoscaling"], json!(false));
}

#[test]
fn an_upgrade_needs_no_deletion() {
    let folder = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-R").arg(root()).arg(folder.path()).status();
    assert!(copied.unwrap().success());
    let images = folder.path().join("k8s-spinkube/images/kustomization.yaml");
    let text_of_images = fs::read_to_string(&images).unwrap();
    let next = text_of_images
        .replace("newTag: 0.1.0", "newTag: 0.2.0")
        .replace("library-loader-0-1-0", "library-loader-0-2-0");
    fs::write(&images, next).unwrap();

    for (name, now) in DEPLOYED.iter() {
        let next = render(&folder.path().join("k8s-spinkube").join(name));
        let mut cluster = Cluster::with(&[&KEPT[..], now].concat());
        let apps = of_kind(&next, "SpinApp").map(|app| text(&app["spec"]["image"]));
        assert!(apps.clone().count() > 0 && apps.clone().all(|image| image.ends_with(":0.2.0")));
        for object in &next {
            cluster.apply(object).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        }
        // Without a new name, the loader's Job would be the same object with another pod template.
        let mut same_name = of_kind(&next, "Job").next().unwrap().clone();
        same_name["metadata"]["name"] =
            of_kind(now, "Job").next().unwrap()["metadata"]["name"].clone();
        let refusal = cluster.apply(&same_name).unwrap_err();
        assert!(refusal.contains("spec.template: Invalid value: field is immutable"), "{refusal}");
    }
}

#[test]
fn another_storage_class_or_size_is_refused_for_a_database_that_has_its_volume() {
    let mut cluster = Cluster::with(&[&KEPT[..], &DEPLOYED["overlays/local"]].concat());
    let server = of_kind(&DEPLOYED["overlays/csi"], "StatefulSet").next().unwrap();
    let refusal = cluster.apply(server).unwrap_err();
    assert!(refusal.contains("updates to statefulset spec"), "{refusal}");
}

#[test]
fn every_schema_is_for_a_kind_in_the_manifests() {
    let used: BTreeSet<&str> = RENDERED
        .values()
        .flatten()
        .chain(KEPT.iter())
        .map(|object| text(&object["kind"]))
        .collect();
    let unused: Vec<&str> = kinds().filter(|kind| !used.contains(kind)).collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn quantities_are_compared_in_their_unit() {
    let value = |text: &str| webhook::quantity(&json!(text));
    assert_eq!(value("1Gi"), value("1024Mi"));
    assert!(value("1G") < value("1Gi"));
    assert_eq!(value("250m"), Some(0.25));
    assert_eq!(value("1 Gi"), None);
    assert_eq!(webhook::quantity(&json!(2)), Some(2.0));
}

#[test]
fn the_schema_has_every_field_of_the_crd() {
    let variable =
        |source: &str| json!({"name": "a_b1", "valueFrom": {source: {"name": "n", "key": "k"}}});
    let store = json!({"name": "default", "type": "redis", "options": [
        {"name": "url", "value": "redis://redis"},
        {"name": "password", "valueFrom": {"secretKeyRef": {"name": "n", "key": "k"}}}]});
    let check = json!({
        "httpGet": {"path": "/", "httpHeaders": [{"name": "a", "value": "b"}]},
        "initialDelaySeconds": 1, "periodSeconds": 1, "timeoutSeconds": 1,
        "successThreshold": 1, "failureThreshold": 1});
    let spec = json!({
        "image": "r/a:1", "executor": "library", "replicas": 1, "enableAutoscaling": false,
        "imagePullSecrets": [{"name": "s"}],
        "checks": {"readiness": check, "liveness": check},
        "variables": [{"name": "a", "value": "b"}, variable("secretKeyRef"), variable("configMapKeyRef"),
            {"name": "c", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "runtimeConfig": {"loadFromSecret": "s", "keyValueStores": [store], "sqliteDatabases": [store],
            "llmCompute": {"type": "spin", "options": []}},
        "volumes": [{"name": "v", "emptyDir": {}}], "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        "resources": {"limits": {"cpu": 1}, "requests": {"memory": "1Mi"}},
        "invocationLimits": {"memory": "128Ki"}, "components": ["a"], "serviceAccountName": "default",
        "podLabels": {"a": "b"}, "podAnnotations": {"a": "b"}, "deploymentAnnotations": {"a": "b"},
        "serviceAnnotations": {"a": "b"}});
    let app = |spec: &Value| {
        json!({"apiVersion": "core.spinkube.dev/v1alpha1", "kind": "SpinApp",
            "metadata": {"name": "a", "namespace": "library"}, "spec": spec})
    };
    let cluster = Cluster::with(&KEPT);
    assert_eq!(cluster.admit(&app(&spec)).err(), None);
    for (fields, what) in [
        (json!({"image": null}), "image"),
        (json!({"components": []}), "components without an item"),
        (json!({"checks": {"startup": check}}), "a third probe"),
        (json!({"checks": {"readiness": {"httpGet": {"path": "/", "port": 81}}}}), "another port"),
        (
            json!({"variables": [{"name": "DB_HOST", "value": "a"}]}),
            "the name of an environment variable",
        ),
        (json!({"variables": [{"name": "a", "value": 1}]}), "a value that is not a string"),
        (json!({"variables": [{"name": "a"}]}), "a variable without a value"),
        (json!({"volumes": [{"name": "spin-v"}]}), "a name that the operator uses"),
    ] {
        let mut wrong = spec.clone();
        for (key, value) in fields.as_object().unwrap() {
            wrong[key] = value.clone();
        }
        assert!(cluster.admit(&app(&wrong)).is_err(), "{what}");
    }
}

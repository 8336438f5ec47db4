//! Every object has the shape that its kind has, with no field more.
//!
//! Kubernetes' own kinds are held to Kubernetes' schemas by kubernetes-validate. Kinds that others define have
//! a schema here, written from their documentation: those of SpinKube complete, the rest with what our manifests use.
//! A kind that has neither fails.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::{Value, json};
use tests::{from_xtask, project};

use crate::manifests::{KEPT, RENDERED, id, of_kind, text};

/// That of the cluster that the README makes, k3s 1.35.
const KUBERNETES: &str = "1.35";

#[test]
fn objects_of_kubernetes_fit_its_schemas() {
    let complaints = validate(all().filter(|object| !is_foreign(object)));
    assert_eq!(complaints, "");
}

#[test]
fn a_field_that_kubernetes_does_not_know_is_refused() {
    let mut service = of_kind(&RENDERED["base"], "Service").next().unwrap().clone();
    service["spec"]["podSelector"] = json!({});
    let complaints = validate([service].iter());
    assert!(complaints.contains("podSelector"), "{complaints}");
}

#[test]
fn objects_of_other_kinds_fit_the_schemas_here() {
    let mut seen = BTreeSet::new();
    for object in all().filter(|object| is_foreign(object)) {
        assert_eq!(complaint(object), None, "{}", id(object));
        seen.insert(text(&object["kind"]).to_owned());
    }
    let folder = fs::read_dir(project().join("tests/k8s/schemas")).unwrap();
    let schemas: BTreeSet<String> = folder
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, schemas, "a schema that nothing needs, or the other way round");
}

#[test]
fn a_spin_app_may_have_every_field_that_the_operator_knows() {
    let variable =
        |source: &str| json!({"name": "a_b1", "valueFrom": {source: {"name": "n", "key": "k"}}});
    let store = json!({"name": "default", "type": "redis", "options": [
        {"name": "url", "value": "redis://redis"},
        {"name": "password", "valueFrom": {"secretKeyRef": {"name": "n", "key": "k"}}}]});
    let check = json!({
        "httpGet": {"path": "/", "httpHeaders": [{"name": "a", "value": "b"}]},
        "initialDelaySeconds": 1, "periodSeconds": 1, "timeoutSeconds": 1,
        "successThreshold": 1, "failureThreshold": 1});
    let app = spin_app(json!({
        "image": "r/a:1", "executor": "e", "replicas": 1, "enableAutoscaling": false,
        "imagePullSecrets": [{"name": "s"}],
        "checks": {"readiness": check, "liveness": check},
        "variables": [{"name": "a", "value": "b"}, variable("secretKeyRef"), variable("configMapKeyRef"),
            {"name": "c", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "runtimeConfig": {"loadFromSecret": "s", "keyValueStores": [store], "sqliteDatabases": [store],
            "llmCompute": {"type": "spin", "options": []}},
        "volumes": [{"name": "v", "emptyDir": {}}], "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        "resources": {"limits": {"cpu": 1}, "requests": {"memory": "1Mi"}},
        "invocationLimits": {"memory": "128Mi"}, "components": ["a"], "serviceAccountName": "default",
        "podLabels": {"a": "b"}, "podAnnotations": {"a": "b"}, "deploymentAnnotations": {"a": "b"},
        "serviceAnnotations": {"a": "b"}}));
    assert_eq!(complaint(&app), None);
    for (spec, what) in [
        (json!({"env": []}), "env"),
        (json!({"image": null}), "image"),
        (json!({"replicas": 0}), "replicas: none, and no autoscaler"),
        (json!({"enableAutoscaling": true}), "replicas beside an autoscaler"),
        (json!({"components": []}), "components: none"),
        (json!({"checks": {"startup": check}}), "a third probe"),
        (json!({"checks": {"readiness": {"httpGet": {"path": "/", "port": 81}}}}), "another port"),
        (json!({"variables": [{"name": "DB_HOST", "value": "a"}]}), "a name as in the environment"),
        (json!({"variables": [{"name": "a", "value": 1}]}), "a value that is no text"),
        (json!({"variables": [{"name": "a"}]}), "no value"),
        (json!({"volumes": [{"name": "spin-v"}]}), "a name of the operator's"),
    ] {
        let mut wrong = app.clone();
        for (key, value) in spec.as_object().unwrap() {
            wrong["spec"][key] = value.clone();
        }
        assert!(complaint(&wrong).is_some(), "{what}");
    }
}

#[test]
fn an_executor_may_have_every_field_that_the_operator_knows() {
    let endpoint = "http://collector:4318";
    let executor = json!({
        "apiVersion": "core.spinkube.dev/v1alpha1", "kind": "SpinAppExecutor", "metadata": {"name": "e"},
        "spec": {"createDeployment": true, "deploymentConfig": {
            "runtimeClassName": "r", "installDefaultCACerts": true, "caCertSecret": "s",
            "otel": {"exporter_otlp_endpoint": endpoint, "exporter_otlp_traces_endpoint": endpoint,
                "exporter_otlp_metrics_endpoint": endpoint, "exporter_otlp_logs_endpoint": endpoint}}}});
    assert_eq!(complaint(&executor), None);
    for (field, value) in [("spinImage", "i"), ("runtimeClass", "r"), ("otel", "http://collector")]
    {
        let mut wrong = executor.clone();
        wrong["spec"]["deploymentConfig"][field] = value.into();
        assert!(complaint(&wrong).is_some(), "{field}");
    }
}

fn spin_app(spec: Value) -> Value {
    json!({"apiVersion": "core.spinkube.dev/v1alpha1", "kind": "SpinApp", "metadata": {"name": "a"}, "spec": spec})
}

fn all() -> impl Iterator<Item = &'static Value> {
    RENDERED.values().flatten().chain(KEPT.iter())
}

/// Whether Kubernetes itself does not have this kind: its own groups have no dot, or end in k8s.io; but
/// snapshots are a project beside it.
fn is_foreign(object: &Value) -> bool {
    let group = text(&object["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    group == "snapshot.storage.k8s.io" || (group.contains('.') && !group.ends_with(".k8s.io"))
}

/// What the schema of its kind says against an object.
fn complaint(object: &Value) -> Option<String> {
    let path = project().join(format!("tests/k8s/schemas/{}.json", text(&object["kind"])));
    let schema = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("no schema for {}: {}: {error}", id(object), path.display())
    });
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let complaint = validator.validate(object).err();
    complaint.map(|error| format!("{}: {error}", error.instance_path()))
}

/// What kubernetes-validate says against objects; each that is in several overlays is looked at once.
fn validate<'a>(objects: impl Iterator<Item = &'a Value>) -> String {
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

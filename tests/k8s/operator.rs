//! The objects that the Spin operator 0.6.1 creates for a SpinApp
//! (internal/controller/{deployment,service,spinapp_controller}.go): a Deployment and a Service with the app's name.

use serde_json::{Value, json};

use crate::manifests::{items, of_kind, text};

/// The operator's name for Spin's port, and its number.
const PORT: (&str, u16) = ("http-app", 80);

/// The Deployment and the Service of every SpinApp in `objects`.
pub fn created(objects: &[Value]) -> Vec<Value> {
    of_kind(objects, "SpinApp").flat_map(|app| [deployment(app), service(app)]).collect()
}

fn deployment(app: &Value) -> Value {
    let (name, spec) = (text(&app["metadata"]["name"]), &app["spec"]);
    let labels = json!({ "core.spinkube.dev/app-name": name, status_label(name): "ready" });
    let mut pod_labels = spec["podLabels"].as_object().cloned().unwrap_or_default();
    pod_labels.extend(labels.as_object().unwrap().clone());
    let mut env: Vec<Value> = items(&spec["variables"])
        .iter()
        .map(|variable| {
            let mut variable = variable.clone();
            variable["name"] =
                format!("SPIN_VARIABLE_{}", text(&variable["name"]).to_uppercase()).into();
            variable
        })
        .collect();
    env.push(json!({"name": "SPIN_HTTP_LISTEN_ADDR", "value": format!("0.0.0.0:{}", PORT.1)}));
    let probe = |check: &str| {
        let mut probe = spec["checks"][check].clone();
        if probe.is_object() {
            probe["httpGet"]["port"] = PORT.1.into();
        }
        probe
    };
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": app["metadata"]["namespace"],
            "labels": {"core.spinkube.dev/app-name": name}},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": pod_labels},
                "spec": {
                    "runtimeClassName": "wasmtime-spin-v2",
                    "containers": [{
                        "name": name, "image": spec["image"], "command": ["/"], "env": env,
                        "ports": [{"name": PORT.0, "containerPort": PORT.1}],
                        "resources": spec["resources"],
                        "readinessProbe": probe("readiness"), "livenessProbe": probe("liveness"),
                        "volumeMounts": [{"name": "spin-runtime-config", "readOnly": true,
                            "mountPath": "/runtime-config.toml", "subPath": "runtime-config.toml"}],
                    }],
                    "volumes": [{"name": "spin-runtime-config",
                        "secret": {"secretName": spec["runtimeConfig"]["loadFromSecret"], "optional": true,
                            "items": [{"key": "runtime-config.toml", "path": "runtime-config.toml"}]}}],
                },
            },
        },
    });
    // With an autoscaler, the operator leaves the number of pods to it.
    if spec["enableAutoscaling"] != true {
        deployment["spec"]["replicas"] = spec["replicas"].clone();
    }
    deployment
}

fn service(app: &Value) -> Value {
    let name = text(&app["metadata"]["name"]);
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": app["metadata"]["namespace"],
            "labels": {"core.spinkube.dev/app-name": name}},
        "spec": {"type": "ClusterIP", "selector": {status_label(name): "ready"},
            "ports": [{"protocol": "TCP", "port": PORT.1, "targetPort": PORT.0}]},
    })
}

fn status_label(app: &str) -> String {
    format!("core.spinkube.dev/app.{app}.status")
}

//! Containers have resources, probes or deadlines, and the security settings of the Pod Security Standard `restricted`.

use serde_json::{Value, json};

use super::rule::{Refusal, Rule, container, object};
use crate::{
    cluster::pod_templates,
    manifests::{id, items, of_kind, text},
};

const RESOURCES: [&str; 3] =
    ["resources/requests/cpu", "resources/requests/memory", "resources/limits/memory"];

pub const BOUNDED_PROBED_AND_CONFINED: Rule = Rule {
    name: "containers are bounded, probed and confined",
    check: |objects| {
        let mut violations = missing_bounds_and_probes(objects);
        violations.extend(missing_confinement(objects));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| container(o, "StatefulSet/mysql")["readinessProbe"] = Value::Null,
            violation: "StatefulSet/mysql has no readinessProbe",
        },
        Refusal {
            overlay: "base",
            change: |o| container(o, "Job/library-loader")["resources"]["limits"] = json!({}),
            violation: "has no resources/limits/memory",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                container(o, "Job/library-loader")["securityContext"]["readOnlyRootFilesystem"] =
                    false.into()
            },
            violation: "securityContext/readOnlyRootFilesystem is not true",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                object(o, "Job/library-loader")["spec"]["template"]["spec"]["securityContext"] =
                    Value::Null
            },
            violation: "securityContext/runAsNonRoot is not true",
        },
        Refusal {
            overlay: "base",
            change: |o| object(o, "SpinApp/library")["spec"]["checks"]["liveness"] = Value::Null,
            violation: "SpinApp/library has no checks/liveness",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                let checks = &mut object(o, "SpinApp/catalog")["spec"]["checks"];
                checks["readiness"] = checks["liveness"].clone();
            },
            violation: "SpinApp/catalog is ready without its database",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                let checks = &mut object(o, "SpinApp/library")["spec"]["checks"];
                checks["liveness"] = checks["readiness"].clone();
            },
            violation: "SpinApp/library restarts when a service is unavailable",
        },
    ],
};

fn missing_bounds_and_probes(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut require = |object: &Value, part: &Value, paths: &[&str]| {
        for path in paths {
            if part.pointer(&format!("/{path}")).is_none_or(Value::is_null) {
                violations.push(format!("{} has no {path}", id(object)));
            }
        }
    };
    for app in of_kind(objects, "SpinApp") {
        require(app, &app["spec"], &RESOURCES);
        require(
            app,
            &app["spec"],
            &["checks/readiness", "checks/liveness", "invocationLimits/memory"],
        );
    }
    for (object, template) in pod_templates(objects) {
        for container in items(&template["spec"]["containers"]) {
            require(object, container, &RESOURCES);
            match text(&object["kind"]) {
                "Job" => require(object, &object["spec"], &["activeDeadlineSeconds"]),
                "CronJob" => {
                    let job = &object["spec"]["jobTemplate"]["spec"];
                    require(object, job, &["activeDeadlineSeconds"]);
                }
                _ => {
                    require(object, container, &["startupProbe", "readinessProbe", "livenessProbe"])
                }
            }
        }
    }
    for app in of_kind(objects, "SpinApp") {
        let path = |check: &str| text(&app["spec"]["checks"][check]["httpGet"]["path"]);
        // Spin's own route starts no component, so it stays healthy without a database.
        const SPIN: &str = "/.well-known/spin/health";
        let uses_mysql = app["spec"]["podLabels"]["library/mysql-client"] == "true";
        if uses_mysql && path("readiness") == SPIN {
            violations.push(format!("{} is ready without its database", id(app)));
        }
        if path("liveness") != SPIN {
            violations.push(format!("{} restarts when a service is unavailable", id(app)));
        }
    }
    violations
}

fn missing_confinement(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for (object, template) in pod_templates(objects) {
        let pod = &template["spec"];
        let mut require = |part: &Value, path: &str, wanted: Value| {
            if part.pointer(&format!("/{path}")) != Some(&wanted) {
                violations.push(format!("{}: {path} is not {wanted}", id(object)));
            }
        };
        require(pod, "securityContext/runAsNonRoot", true.into());
        require(pod, "securityContext/seccompProfile/type", "RuntimeDefault".into());
        require(pod, "automountServiceAccountToken", false.into());
        for container in items(&pod["containers"]) {
            require(container, "securityContext/allowPrivilegeEscalation", false.into());
            require(container, "securityContext/readOnlyRootFilesystem", true.into());
            require(container, "securityContext/capabilities/drop", json!(["ALL"]));
        }
    }
    violations
}

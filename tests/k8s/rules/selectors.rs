//! Services, Ingresses, budgets, policies and autoscalers select existing objects in their namespace.

use serde_json::{Value, json};

use super::rule::{Refusal, Rule, object};
use crate::{
    admission::quantity,
    cluster::{behind, namespace, owned, pods, services},
    manifests::{id, items, of_kind, text},
};

pub const SELECTORS_FIND_PODS: Rule = Rule {
    name: "selectors find pods",
    check: |objects| {
        let mut violations = services_without_pods(objects);
        violations.extend(selectors_without_pods(objects));
        violations.extend(missing_middlewares(objects));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| {
                object(o, "Service/mysql")["spec"]["selector"]["app.kubernetes.io/name"] =
                    "mariadb".into()
            },
            violation: "Service/mysql: the Service `mysql` finds no pod",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                object(o, "Ingress/library")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
                    ["name"] = "library".into();
            },
            violation: "Ingress/library: there is no Service `library`",
        },
        Refusal {
            overlay: "local",
            change: |o| {
                drop(
                    object(o, "Ingress/library")["metadata"]
                        .as_object_mut()
                        .unwrap()
                        .remove("namespace"),
                )
            },
            violation: "Ingress/library: there is no Service `library` in the namespace default",
        },
        Refusal {
            overlay: "base",
            change: |o| {
                object(o, "PodDisruptionBudget/library")["spec"]["selector"]["matchLabels"] =
                    json!({"a": "b"})
            },
            violation: "PodDisruptionBudget/library selects no pod",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                object(o, "PodDisruptionBudget/catalog")["metadata"]["namespace"] =
                    "elsewhere".into()
            },
            violation: "PodDisruptionBudget/catalog selects no pod",
        },
        Refusal {
            overlay: "limits",
            change: |o| object(o, "Middleware/retry")["metadata"]["name"] = "try".into(),
            violation: "Ingress/library: there is no Middleware library-retry@kubernetescrd",
        },
    ],
};

fn services_without_pods(objects: &[Value]) -> Vec<String> {
    let (pods, services) = (pods(objects), services(objects));
    let mut violations = Vec::new();
    let mut require = |object: &Value, service: &Value, port: &Value| {
        let port = port.as_u64().unwrap_or_default() as u16;
        let found = behind(&pods, &services, &namespace(object), text(service), port);
        violations.extend(found.err().map(|why| format!("{}: {why}", id(object))));
    };
    for service in of_kind(objects, "Service") {
        for port in items(&service["spec"]["ports"]) {
            require(service, &service["metadata"]["name"], &port["port"]);
        }
    }
    for ingress in of_kind(objects, "Ingress") {
        let rules = items(&ingress["spec"]["rules"]).iter();
        for path in rules.flat_map(|rule| items(&rule["http"]["paths"])) {
            let service = &path["backend"]["service"];
            require(ingress, &service["name"], &service["port"]["number"]);
        }
    }
    violations
}

fn selectors_without_pods(objects: &[Value]) -> Vec<String> {
    let pods = pods(objects);
    let mut violations = Vec::new();
    for kind in ["PodDisruptionBudget", "NetworkPolicy", "Deployment", "StatefulSet"] {
        for object in of_kind(objects, kind) {
            let selector = match kind {
                "NetworkPolicy" => &object["spec"]["podSelector"],
                _ => &object["spec"]["selector"],
            };
            let labels = owned(&selector["matchLabels"]);
            let selects = pods
                .iter()
                .any(|pods| pods.namespace == namespace(object) && pods.match_labels(&labels));
            if !selects {
                violations.push(format!("{} selects no pod", id(object)));
            }
        }
    }
    violations
}

/// Traefik answers 404 on a route that names a Middleware which does not exist.
fn missing_middlewares(objects: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    for ingress in of_kind(objects, "Ingress") {
        let named =
            &ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"];
        for middleware in text(named).split(',').filter(|name| !name.is_empty()) {
            let exists = of_kind(objects, "Middleware").any(|found| {
                format!("{}-{}@kubernetescrd", namespace(found), text(&found["metadata"]["name"]))
                    == middleware
            });
            if !exists {
                violations.push(format!("{}: there is no Middleware {middleware}", id(ingress)));
            }
        }
    }
    violations
}

/// `minAvailable` blocks a drain forever if no more pods than that are running.
pub const NODES_CAN_BE_DRAINED: Rule = Rule {
    name: "nodes can be drained",
    check: |objects| {
        of_kind(objects, "PodDisruptionBudget")
            .filter(|budget| budget["spec"]["maxUnavailable"].as_u64().is_none_or(|pods| pods == 0))
            .map(|budget| format!("{} can block a drain", id(budget)))
            .collect()
    },
    refusals: &[Refusal {
        overlay: "base",
        change: |o| object(o, "PodDisruptionBudget/library")["spec"] = json!({"minAvailable": 1}),
        violation: "PodDisruptionBudget/library can block a drain",
    }],
};

pub const AUTOSCALERS_ACT_IN_TIME: Rule = Rule {
    name: "autoscalers act before memory runs out",
    check: |objects| {
        let mut violations = Vec::new();
        for autoscaler in of_kind(objects, "HorizontalPodAutoscaler") {
            let target = &autoscaler["spec"]["scaleTargetRef"];
            let app =
                of_kind(objects, "SpinApp").find(|app| app["metadata"]["name"] == target["name"]);
            let Some(app) = app.filter(|app| {
                app["spec"]["enableAutoscaling"] == true && target["kind"] == "Deployment"
            }) else {
                violations.push(format!(
                    "{} has a target that does not allow autoscaling",
                    id(autoscaler)
                ));
                continue;
            };
            let memory = items(&autoscaler["spec"]["metrics"])
                .iter()
                .find(|metric| metric["resource"]["name"] == "memory")
                .and_then(|metric| quantity(&metric["resource"]["target"]["averageValue"]));
            let limit = quantity(&app["spec"]["resources"]["limits"]["memory"]).unwrap_or_default();
            if memory.is_none_or(|memory| memory > 0.6 * limit) {
                violations.push(format!("{} acts too late for the memory limit", id(autoscaler)));
            }
        }
        violations
    },
    refusals: &[
        Refusal {
            overlay: "five-pods",
            change: |o| object(o, "SpinApp/lending")["spec"]["enableAutoscaling"] = false.into(),
            violation: "HorizontalPodAutoscaler/lending has a target that does not allow autoscaling",
        },
        Refusal {
            overlay: "ha",
            change: |o| {
                object(o, "SpinApp/catalog")["spec"]["resources"]["limits"]["memory"] =
                    "256Mi".into()
            },
            violation: "HorizontalPodAutoscaler/catalog acts too late",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                drop(
                    object(o, "HorizontalPodAutoscaler/frontend")["spec"]["metrics"]
                        .as_array_mut()
                        .unwrap()
                        .pop(),
                )
            },
            violation: "HorizontalPodAutoscaler/frontend acts too late",
        },
    ],
};

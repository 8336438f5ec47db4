//! The intended calls.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    cluster::{Pods, behind, namespace, pods, services},
    manifests::{KEPT, of_kind, text},
    network::{Call, outsiders},
    spin::{outbound_hosts, selected_components},
};

/// The calls of pods that are not services of the library: the caller, and the Service and port it calls.
const OTHER_CALLS: [(&str, &str, u16); 7] = [
    ("library-loader", "mysql", 3306),
    ("backup", "mysql", 3306),
    ("restore", "mysql", 3306),
    ("otel-collector", "jaeger", 4317),
    ("prometheus", "otel-collector", 8889),
    ("grafana", "prometheus", 9090),
    ("grafana", "jaeger", 16686),
];

/// The calls that the policies must allow: those of the components in spin.toml, those of the list above, from browsers
/// to the pages, from the certificate authority to the ACME solver, and DNS lookups.
pub fn intended_calls(objects: &[Value]) -> BTreeSet<Call> {
    let (pods, services) = (pods(objects), services(objects));
    let to = |from: &str, namespace: &str, service: &str, port: u16| {
        let (pods, port) = behind(&pods, &services, namespace, service, port).ok()?;
        Some((from.to_owned(), pods.name.clone(), port))
    };
    let mut calls = BTreeSet::new();
    for app in of_kind(objects, "SpinApp") {
        let (name, namespace) = (text(&app["metadata"]["name"]), namespace(app));
        for (host, port) in outbound_hosts(app) {
            calls.extend(to(name, &namespace, &host, port));
        }
        if exports_traces(app) {
            calls.extend(to(name, &namespace, "otel-collector", 4318));
        }
        if selected_components(app).iter().any(|component| component == "frontend") {
            // With an ingress, browsers connect only through it.
            let has_ingress = of_kind(objects, "Ingress").next().is_some();
            for outsider in outsiders().iter().filter(|o| !has_ingress || o.name == "traefik") {
                calls.insert((outsider.name.clone(), name.to_owned(), 80));
            }
        }
    }
    for (from, service, port) in OTHER_CALLS {
        // The loader's name ends in its version.
        for caller in pods.iter().filter(|pods| pods.name.starts_with(from)) {
            calls.extend(to(&caller.name, &caller.namespace, service, port));
        }
    }
    for pods in &pods {
        calls.insert((pods.name.clone(), "kube-dns".to_owned(), 53));
        if pods.name == "acme-solver" {
            calls.insert(("traefik".to_owned(), pods.name.clone(), 8089));
        }
    }
    calls.extend(calls_of_the_mysql_operator(&pods));
    calls
}

/// The servers and routers of an InnoDB Cluster and its operator call each other, and the Kubernetes API, whose address is unknown.
fn calls_of_the_mysql_operator(pods: &[Pods]) -> Vec<Call> {
    let of_cluster = |pods: &&Pods| pods.labels.contains_key("mysql.oracle.com/cluster");
    let mut calls = Vec::new();
    for member in pods.iter().filter(of_cluster) {
        let outsiders = outsiders();
        for outsider in &outsiders {
            let ports = outsider.ports.values();
            calls.extend(ports.map(|port| (member.name.clone(), outsider.name.clone(), *port)));
        }
        let operator = outsiders.iter().filter(|outsider| outsider.name == "mysql-operator");
        for from in
            operator.chain(pods.iter().filter(of_cluster).filter(|from| from.name != member.name))
        {
            let ports = member.ports.values();
            calls.extend(ports.map(|port| (from.name.clone(), member.name.clone(), *port)));
        }
    }
    calls
}

/// Whether the app's executor makes Spin send traces.
fn exports_traces(app: &Value) -> bool {
    of_kind(&KEPT, "SpinAppExecutor")
        .filter(|executor| executor["metadata"]["name"] == app["spec"]["executor"])
        .any(|executor| !executor["spec"]["deploymentConfig"]["otel"].is_null())
}

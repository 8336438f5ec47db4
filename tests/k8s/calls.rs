//! Who is meant to call whom.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    cluster::{Pods, behind, pods, services},
    manifests::{of_kind, text},
    network::{Call, outsiders},
    spin::{kept, peers},
};

/// The calls that are no service's: who they go out from, and the Service and port they go to.
const OTHER_CALLS: [(&str, &str, u16); 7] = [
    ("library-loader", "mysql", 3306),
    ("backup", "mysql", 3306),
    ("restore", "mysql", 3306),
    ("otel-collector", "jaeger", 4317),
    ("prometheus", "otel-collector", 8889),
    ("grafana", "prometheus", 9090),
    ("grafana", "jaeger", 16686),
];

/// The calls that shall be possible: those of the components by spin.toml, those of the other pods by the list above,
/// browsers to the pages, who gives out certificates to what answers for us, and everybody to the names.
pub fn meant_calls(objects: &[Value]) -> BTreeSet<Call> {
    let (pods, services) = (pods(objects), services(objects));
    let to = |from: &str, service: &str, port: u16| {
        let (pods, port) = behind(&pods, &services, service, port).ok()?;
        Some((from.to_owned(), pods.name.clone(), port))
    };
    let mut calls = BTreeSet::new();
    for app in of_kind(objects, "SpinApp") {
        let name = text(&app["metadata"]["name"]);
        for (host, port) in peers(app) {
            calls.extend(to(name, &host, port));
        }
        if executor_reports(objects) {
            calls.extend(to(name, "otel-collector", 4318));
        }
        if kept(app).iter().any(|component| component == "frontend") {
            // Where there is an ingress, browsers come through it only.
            let has_ingress = of_kind(objects, "Ingress").next().is_some();
            for outsider in outsiders().iter().filter(|o| !has_ingress || o.name == "traefik") {
                calls.insert((outsider.name.clone(), name.to_owned(), 80));
            }
        }
    }
    for (from, service, port) in OTHER_CALLS {
        if pods.iter().any(|pods| pods.name == from) {
            calls.extend(to(from, service, port));
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

/// An InnoDB Cluster's servers, routers and operator talk among themselves, and to Kubernetes, which may be anywhere.
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

fn executor_reports(objects: &[Value]) -> bool {
    of_kind(objects, "SpinAppExecutor")
        .any(|executor| !executor["spec"]["deploymentConfig"]["otel"].is_null())
}

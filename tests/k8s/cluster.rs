//! What a cluster makes of the objects: pods and Services, also those that the operators make of their own kinds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::manifests::{id, items, of_kind, text, texts};

/// Pods that are all alike.
#[derive(Debug)]
pub struct Pods {
    /// The name of what makes them
    pub name: String,
    /// Their namespace
    pub namespace: &'static str,
    /// Their labels
    pub labels: BTreeMap<String, String>,
    /// Their ports, by name
    pub ports: BTreeMap<String, u16>,
}

/// The name behind which pods are reached.
#[derive(Debug)]
pub struct Service {
    /// Its name
    pub name: String,
    /// The labels of its pods
    pub selector: BTreeMap<String, String>,
    /// Its ports, and the pods' ports behind them, by number or name
    pub ports: BTreeMap<u16, String>,
}

impl Pods {
    /// Whether the labels of `selector` are all here.
    pub fn have(&self, selector: &BTreeMap<String, String>) -> bool {
        selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// The number of the port that a Service means by `target`, if these pods have it.
    pub fn port(&self, target: &str) -> Option<u16> {
        self.ports
            .get(target)
            .copied()
            .or_else(|| self.ports.values().copied().find(|port| port.to_string() == target))
    }
}

/// What has a pod template, and that template.
pub fn pod_templates(objects: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    objects.iter().filter_map(|object| {
        let template = match text(&object["kind"]) {
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => &object["spec"]["template"],
            "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
            "Pod" => object,
            _ => return None,
        };
        Some((object, template))
    })
}

/// All pods that come of `objects`.
pub fn pods(objects: &[Value]) -> Vec<Pods> {
    let mut pods = Vec::new();
    for (object, template) in pod_templates(objects) {
        let containers = items(&template["spec"]["containers"]).iter();
        let ports = containers
            .flat_map(|container| items(&container["ports"]))
            .map(|port| (text(&port["name"]).to_owned(), number(&port["containerPort"])));
        pods.push(Pods {
            name: text(&object["metadata"]["name"]).to_owned(),
            namespace: "library",
            labels: owned(&template["metadata"]["labels"]),
            ports: ports.collect(),
        });
    }
    for app in of_kind(objects, "SpinApp") {
        let name = text(&app["metadata"]["name"]);
        let mut labels = owned(&app["spec"]["podLabels"]);
        labels.insert("core.spinkube.dev/app-name".into(), name.into());
        let ports = [("http-app".to_owned(), 80)].into();
        pods.push(Pods { name: name.to_owned(), namespace: "library", labels, ports });
    }
    // cert-manager's, while a certificate is asked for.
    if of_kind(objects, "Ingress")
        .any(|i| !i["metadata"]["annotations"]["cert-manager.io/cluster-issuer"].is_null())
    {
        pods.push(Pods {
            name: "acme-solver".to_owned(),
            namespace: "library",
            labels: owned(&json!({"acme.cert-manager.io/http01-solver": "true"})),
            ports: [("http".to_owned(), 8089)].into(),
        });
    }
    for cluster in of_kind(objects, "InnoDBCluster") {
        let name = text(&cluster["metadata"]["name"]);
        for (component, ports) in [
            ("mysqlrouter", vec![("mysqlrw", 6446)]),
            ("mysqld", vec![("mysql", 3306), ("gr", 33061)]),
        ] {
            let labels =
                json!({"component": component, "tier": "mysql", "mysql.oracle.com/cluster": name});
            pods.push(Pods {
                name: format!("{name}-{component}"),
                namespace: "library",
                labels: owned(&labels),
                ports: ports.into_iter().map(|(name, port)| (name.to_owned(), port)).collect(),
            });
        }
    }
    pods
}

/// All Services that come of `objects`.
pub fn services(objects: &[Value]) -> Vec<Service> {
    let mut services: Vec<Service> = of_kind(objects, "Service")
        .map(|service| Service {
            name: text(&service["metadata"]["name"]).to_owned(),
            selector: owned(&service["spec"]["selector"]),
            ports: items(&service["spec"]["ports"])
                .iter()
                .map(|port| {
                    let target = match &port["targetPort"] {
                        Value::Null => port["port"].to_string(),
                        Value::String(name) => name.clone(),
                        other => other.to_string(),
                    };
                    (number(&port["port"]), target)
                })
                .collect(),
        })
        .collect();
    for app in of_kind(objects, "SpinApp") {
        let name = text(&app["metadata"]["name"]).to_owned();
        services.push(Service {
            selector: [("core.spinkube.dev/app-name".to_owned(), name.clone())].into(),
            ports: [(80, "http-app".to_owned())].into(),
            name,
        });
    }
    for cluster in of_kind(objects, "InnoDBCluster") {
        let name = text(&cluster["metadata"]["name"]).to_owned();
        services.push(Service {
            selector: owned(&json!({"component": "mysqlrouter", "tier": "mysql", "mysql.oracle.com/cluster": name})),
            ports: [(3306, "mysqlrw".to_owned())].into(),
            name,
        });
    }
    services
}

/// The pods and their port behind a Service's port, or what is missing.
pub fn behind<'a>(
    pods: &'a [Pods],
    services: &[Service],
    name: &str,
    port: u16,
) -> Result<(&'a Pods, u16), String> {
    let service = services.iter().find(|service| service.name == name);
    let service = service.ok_or_else(|| format!("there is no Service `{name}`"))?;
    let target = service.ports.get(&port);
    let target = target.ok_or_else(|| format!("the Service `{name}` has no port {port}"))?;
    pods.iter()
        .filter(|pods| !service.selector.is_empty() && pods.have(&service.selector))
        .find_map(|pods| Some((pods, pods.port(target)?)))
        .ok_or_else(|| format!("the Service `{name}` finds no pod with the port {target}"))
}

/// A map of texts with its own texts.
pub fn owned(value: &Value) -> BTreeMap<String, String> {
    texts(value).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn number(value: &Value) -> u16 {
    value.as_u64().and_then(|n| n.try_into().ok()).unwrap_or_else(|| panic!("no port: {value}"))
}

#[test]
fn a_spin_app_becomes_pods_behind_a_service_of_its_name() {
    let app =
        json!({"kind": "SpinApp", "metadata": {"name": "a"}, "spec": {"podLabels": {"x": "y"}}});
    assert_eq!(id(&app), "SpinApp/a");
    let objects = [app];
    let (pods, services) = (pods(&objects), services(&objects));
    let (found, port) = behind(&pods, &services, "a", 80).unwrap();
    assert_eq!((found.name.as_str(), port), ("a", 80));
    assert!(found.have(&owned(&json!({"x": "y", "core.spinkube.dev/app-name": "a"}))));
    assert!(behind(&pods, &services, "a", 8080).unwrap_err().contains("no port 8080"));
    assert!(behind(&pods, &services, "b", 80).unwrap_err().contains("no Service `b`"));
}

//! The pods and Services that a cluster creates from the objects, including those that controllers create.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    manifests::{items, of_kind, text, texts},
    operator,
};

/// Pods with the same template.
#[derive(Debug)]
pub struct Pods {
    /// The name of the object that creates them
    pub name: String,
    pub namespace: String,
    pub labels: BTreeMap<String, String>,
    /// Their ports, by name
    pub ports: BTreeMap<String, u16>,
}

/// A name that clients in its namespace can resolve, and its pods.
#[derive(Debug)]
pub struct Service {
    pub name: String,
    pub namespace: String,
    /// The labels that select its pods
    pub selector: BTreeMap<String, String>,
    /// Its ports, and the pods' ports behind them, by number or name
    pub ports: BTreeMap<u16, String>,
}

impl Pods {
    /// Whether the pods have all labels of `selector`.
    pub fn match_labels(&self, selector: &BTreeMap<String, String>) -> bool {
        selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// The number of the port that a Service calls `target`, if these pods have it.
    pub fn port(&self, target: &str) -> Option<u16> {
        self.ports
            .get(target)
            .copied()
            .or_else(|| self.ports.values().copied().find(|port| port.to_string() == target))
    }
}

/// Each object with a pod template, and that template.
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

/// The names of the claims that the pods of `objects` mount.
pub fn mounted_claims(objects: &[Value]) -> BTreeSet<String> {
    pod_templates(objects)
        .flat_map(|(_, template)| items(&template["spec"]["volumes"]))
        .filter_map(|volume| {
            Some(volume["persistentVolumeClaim"]["claimName"].as_str()?.to_owned())
        })
        .collect()
}

/// All pods that result from `objects`.
pub fn pods(objects: &[Value]) -> Vec<Pods> {
    let created = operator::created(objects);
    let mut pods = Vec::new();
    for (object, template) in pod_templates(objects).chain(pod_templates(&created)) {
        let containers = items(&template["spec"]["containers"]).iter();
        let ports = containers
            .flat_map(|container| items(&container["ports"]))
            .map(|port| (text(&port["name"]).to_owned(), port_number(&port["containerPort"])));
        pods.push(Pods {
            name: text(&object["metadata"]["name"]).to_owned(),
            namespace: namespace(object),
            labels: owned(&template["metadata"]["labels"]),
            ports: ports.collect(),
        });
    }
    // cert-manager starts one beside the Ingress while it requests a certificate.
    for ingress in of_kind(objects, "Ingress") {
        if !ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"].is_null() {
            pods.push(Pods {
                name: "acme-solver".to_owned(),
                namespace: namespace(ingress),
                labels: owned(&json!({"acme.cert-manager.io/http01-solver": "true"})),
                ports: [("http".to_owned(), 8089)].into(),
            });
        }
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
                namespace: namespace(cluster),
                labels: owned(&labels),
                ports: ports.into_iter().map(|(name, port)| (name.to_owned(), port)).collect(),
            });
        }
    }
    pods
}

/// All Services that result from `objects`.
pub fn services(objects: &[Value]) -> Vec<Service> {
    let created = operator::created(objects);
    let own = of_kind(objects, "Service").chain(of_kind(&created, "Service"));
    let mut services: Vec<Service> = own
        .map(|service| Service {
            name: text(&service["metadata"]["name"]).to_owned(),
            namespace: namespace(service),
            selector: owned(&service["spec"]["selector"]),
            ports: items(&service["spec"]["ports"])
                .iter()
                .map(|port| {
                    let target = match &port["targetPort"] {
                        Value::Null => port["port"].to_string(),
                        Value::String(name) => name.clone(),
                        other => other.to_string(),
                    };
                    (port_number(&port["port"]), target)
                })
                .collect(),
        })
        .collect();
    for cluster in of_kind(objects, "InnoDBCluster") {
        let name = text(&cluster["metadata"]["name"]).to_owned();
        services.push(Service {
            namespace: namespace(cluster),
            selector: owned(&json!({"component": "mysqlrouter", "tier": "mysql", "mysql.oracle.com/cluster": name})),
            ports: [(3306, "mysqlrw".to_owned())].into(),
            name,
        });
    }
    services
}

/// The pods and their port behind the port of a Service, for a client in `namespace` that uses the Service's name.
///
/// # Errors
/// A message about the missing Service, port or pod.
pub fn behind<'a>(
    pods: &'a [Pods],
    services: &[Service],
    namespace: &str,
    name: &str,
    port: u16,
) -> Result<(&'a Pods, u16), String> {
    let service = services
        .iter()
        .find(|service| service.name == name && service.namespace == namespace)
        .ok_or_else(|| format!("there is no Service `{name}` in the namespace {namespace}"))?;
    let target = service.ports.get(&port);
    let target = target.ok_or_else(|| format!("the Service `{name}` has no port {port}"))?;
    pods.iter()
        .filter(|pods| pods.namespace == namespace)
        .filter(|pods| !service.selector.is_empty() && pods.match_labels(&service.selector))
        .find_map(|pods| Some((pods, pods.port(target)?)))
        .ok_or_else(|| format!("the Service `{name}` finds no pod with the port {target}"))
}

/// The namespace that kubectl creates an object in.
pub fn namespace(object: &Value) -> String {
    object["metadata"]["namespace"].as_str().unwrap_or("default").to_owned()
}

/// A map of texts, with owned keys and values.
pub fn owned(value: &Value) -> BTreeMap<String, String> {
    texts(value).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn port_number(value: &Value) -> u16 {
    value
        .as_u64()
        .and_then(|number| number.try_into().ok())
        .unwrap_or_else(|| panic!("not a port: {value}"))
}

#[test]
fn a_spin_app_becomes_pods_behind_a_service_of_its_name_and_namespace() {
    let app = json!({"kind": "SpinApp", "metadata": {"name": "a", "namespace": "n"},
        "spec": {"podLabels": {"x": "y"}}});
    let objects = [app];
    let (pods, services) = (pods(&objects), services(&objects));
    let (found, port) = behind(&pods, &services, "n", "a", 80).unwrap();
    assert_eq!((found.name.as_str(), port), ("a", 80));
    assert!(found.match_labels(&owned(&json!({"x": "y", "core.spinkube.dev/app-name": "a"}))));
    for (namespace, name, port, error) in [
        ("n", "a", 8080, "no port 8080"),
        ("n", "b", 80, "no Service `b`"),
        ("default", "a", 80, "no Service `a` in the namespace default"),
    ] {
        let refused = behind(&pods, &services, namespace, name, port).unwrap_err();
        assert!(refused.contains(error), "{refused}");
    }
}

//! The calls that the NetworkPolicies allow, by Kubernetes' rules: a call needs an egress rule of the caller and an
//! ingress rule of the callee, and a pod that no policy selects is unrestricted in that direction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    cluster::{Pods, namespace, owned, pods},
    manifests::{items, of_kind, text},
};

/// Caller, callee, port.
pub type Call = (String, String, u16);

/// Pods of other namespaces: the ingress controller, the DNS server, the MySQL Operator, and another application with
/// our labels.
pub fn outsiders() -> Vec<Pods> {
    let pods = |name: &str, namespace: &str, port, labels| Pods {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        labels: owned(&labels),
        ports: [("port".to_owned(), port)].into(),
    };
    vec![
        pods("traefik", "kube-system", 8000, json!({"app.kubernetes.io/name": "traefik"})),
        pods("kube-dns", "kube-system", 53, json!({"k8s-app": "kube-dns"})),
        pods("mysql-operator", "mysql-operator", 443, json!({"name": "mysql-operator"})),
        pods("stranger", "elsewhere", 80, json!({"library/mysql-client": "true"})),
    ]
}

/// Every call from, to or between the pods of `objects` that their policies allow.
pub fn allowed_calls(objects: &[Value]) -> BTreeSet<Call> {
    let (insiders, outsiders) = (pods(objects), outsiders());
    let all: Vec<&Pods> = insiders.iter().chain(&outsiders).collect();
    let is_ours = |pods: &Pods| insiders.iter().any(|ours| ours.namespace == pods.namespace);
    let mut calls = BTreeSet::new();
    for from in &all {
        for to in &all {
            if from.name == to.name || !(is_ours(from) || is_ours(to)) {
                continue;
            }
            for port in to.ports.values() {
                if allows(objects, &EGRESS, from, to, *port)
                    && allows(objects, &INGRESS, to, from, *port)
                {
                    calls.insert((from.name.clone(), to.name.clone(), *port));
                }
            }
        }
    }
    calls
}

/// The field names of a policy for one direction.
struct Direction {
    policy_type: &'static str,
    rules: &'static str,
    peers: &'static str,
}

const EGRESS: Direction = Direction { policy_type: "Egress", rules: "egress", peers: "to" };
const INGRESS: Direction = Direction { policy_type: "Ingress", rules: "ingress", peers: "from" };

/// Whether the policies allow traffic between `subject` and `peer` in one direction.
fn allows(
    objects: &[Value],
    direction: &Direction,
    subject: &Pods,
    peer: &Pods,
    port: u16,
) -> bool {
    let mut policies = of_kind(objects, "NetworkPolicy")
        .filter(|policy| namespace(policy) == subject.namespace)
        .map(|policy| &policy["spec"])
        .filter(|spec| selects(&spec["podSelector"], &subject.labels))
        .filter(|spec| items(&spec["policyTypes"]).iter().any(|kind| kind == direction.policy_type))
        .peekable();
    policies.peek().is_none()
        || policies.flat_map(|spec| items(&spec[direction.rules])).any(|rule| {
            let peers = &rule[direction.peers];
            let is_peer = peers.is_null()
                || items(peers).iter().any(|selector| selects_peer(selector, subject, peer));
            let ports = &rule["ports"];
            is_peer && (ports.is_null() || items(ports).iter().any(|p| p["port"] == port))
        })
}

fn selects_peer(selector: &Value, subject: &Pods, peer: &Pods) -> bool {
    for key in selector.as_object().unwrap().keys() {
        let is_known = ["podSelector", "namespaceSelector"].contains(&key.as_str());
        assert!(is_known, "{key} is not implemented here");
    }
    let namespace = [("kubernetes.io/metadata.name".to_owned(), peer.namespace.clone())].into();
    let in_namespace = match &selector["namespaceSelector"] {
        Value::Null => peer.namespace == subject.namespace,
        wanted => selects(wanted, &namespace),
    };
    in_namespace
        && (selector["podSelector"].is_null() || selects(&selector["podSelector"], &peer.labels))
}

fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    assert!(selector["matchExpressions"].is_null(), "matchExpressions are not implemented here");
    selector["matchLabels"]
        .as_object()
        .into_iter()
        .flatten()
        .all(|(key, value)| labels.get(key).is_some_and(|label| label == text(value)))
}

#[test]
fn a_call_needs_a_rule_on_both_sides() {
    let metadata = |name: &str| json!({"name": name, "namespace": "n"});
    let policy =
        |spec: Value| json!({"kind": "NetworkPolicy", "metadata": metadata("p"), "spec": spec});
    let app = |name: &str| json!({"kind": "SpinApp", "metadata": metadata(name), "spec": {}});
    let of = |name: &str| json!({"matchLabels": {"core.spinkube.dev/app-name": name}});
    let call = ("a".to_owned(), "b".to_owned(), 80);

    let mut objects = vec![app("a"), app("b")];
    assert!(allowed_calls(&objects).contains(&call), "without a policy every call is allowed");
    let mut elsewhere = policy(json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}));
    let default_deny = elsewhere.clone();
    elsewhere["metadata"]["namespace"] = "other".into();
    objects.push(elsewhere);
    assert!(
        allowed_calls(&objects).contains(&call),
        "a policy of another namespace changes nothing"
    );
    objects.push(default_deny);
    assert_eq!(allowed_calls(&objects), BTreeSet::new());
    objects.push(policy(json!({"podSelector": of("b"), "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": of("a")}], "ports": [{"port": 80}]}]})));
    assert_eq!(allowed_calls(&objects), BTreeSet::new(), "the egress rule is missing");
    objects.push(policy(json!({"podSelector": of("a"), "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": of("b")}], "ports": [{"port": 80}]}]})));
    assert_eq!(allowed_calls(&objects), [call].into(), "not from other namespaces, and not back");
}

//! Who may call whom by the NetworkPolicies, worked out as Kubernetes does: a call needs the caller's leave to go out
//! and the called one's to come in, and who is selected by no policy is free.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    cluster::{Pods, owned, pods},
    manifests::{items, of_kind, text},
};

/// Caller, called one, port.
pub type Call = (String, String, u16);

/// Pods in other namespaces: who leads browsers in, who resolves names, the MySQL Operator, and anybody.
pub fn outsiders() -> Vec<Pods> {
    let pods = |name: &str, namespace, port, labels| Pods {
        name: name.to_owned(),
        namespace,
        labels: owned(&labels),
        ports: [("port".to_owned(), port)].into(),
    };
    vec![
        pods("traefik", "kube-system", 8000, json!({"app.kubernetes.io/name": "traefik"})),
        pods("kube-dns", "kube-system", 53, json!({"k8s-app": "kube-dns"})),
        pods("mysql-operator", "mysql-operator", 443, json!({"name": "mysql-operator"})),
        pods("anybody", "elsewhere", 80, json!({"library/reaches-mysql": "true"})),
    ]
}

/// Every call that the policies in `objects` leave possible from, to or between its pods.
pub fn possible_calls(objects: &[Value]) -> BTreeSet<Call> {
    let (insiders, outsiders) = (pods(objects), outsiders());
    let everybody: Vec<&Pods> = insiders.iter().chain(&outsiders).collect();
    let mut calls = BTreeSet::new();
    for from in &everybody {
        for to in &everybody {
            let concerns_us = from.namespace == "library" || to.namespace == "library";
            if from.name == to.name || !concerns_us {
                continue;
            }
            for port in to.ports.values() {
                let may_leave = allows(objects, "Egress", "egress", "to", from, to, *port);
                let may_enter = allows(objects, "Ingress", "ingress", "from", to, from, *port);
                if may_leave && may_enter {
                    calls.insert((from.name.clone(), to.name.clone(), *port));
                }
            }
        }
    }
    calls
}

/// Whether the policies of one direction let `subject` talk with `peer`.
fn allows(
    objects: &[Value],
    direction: &str,
    rules: &str,
    peers: &str,
    subject: &Pods,
    peer: &Pods,
    port: u16,
) -> bool {
    let mut policies = of_kind(objects, "NetworkPolicy")
        .map(|policy| &policy["spec"])
        .filter(|spec| {
            subject.namespace == "library" && selects(&spec["podSelector"], &subject.labels)
        })
        .filter(|spec| items(&spec["policyTypes"]).iter().any(|kind| kind == direction))
        .peekable();
    policies.peek().is_none()
        || policies.flat_map(|spec| items(&spec[rules])).any(|rule| {
            let has_peer = rule[peers].is_null()
                || items(&rule[peers]).iter().any(|selector| is_meant(selector, peer));
            has_peer
                && (rule["ports"].is_null()
                    || items(&rule["ports"]).iter().any(|p| p["port"] == port))
        })
}

fn is_meant(selector: &Value, peer: &Pods) -> bool {
    for key in selector.as_object().unwrap().keys() {
        assert!(
            ["podSelector", "namespaceSelector"].contains(&key.as_str()),
            "{key} is not worked out here"
        );
    }
    let namespace = [("kubernetes.io/metadata.name".to_owned(), peer.namespace.to_owned())].into();
    let in_namespace = match &selector["namespaceSelector"] {
        Value::Null => peer.namespace == "library",
        wanted => selects(wanted, &namespace),
    };
    in_namespace
        && (selector["podSelector"].is_null() || selects(&selector["podSelector"], &peer.labels))
}

fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    assert!(selector["matchExpressions"].is_null(), "expressions are not worked out here");
    selector["matchLabels"]
        .as_object()
        .into_iter()
        .flatten()
        .all(|(key, value)| labels.get(key).is_some_and(|label| label == text(value)))
}

#[test]
fn a_call_needs_leave_on_both_sides() {
    let policy =
        |spec: Value| json!({"kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": spec});
    let app = |name: &str| json!({"kind": "SpinApp", "metadata": {"name": name}, "spec": {}});
    let of = |name: &str| json!({"matchLabels": {"core.spinkube.dev/app-name": name}});
    let call = ("a".to_owned(), "b".to_owned(), 80);

    let mut objects = vec![app("a"), app("b")];
    assert!(possible_calls(&objects).contains(&call), "no policy: everybody is free");
    objects.push(policy(json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})));
    assert_eq!(possible_calls(&objects), BTreeSet::new());
    objects.push(policy(json!({"podSelector": of("b"), "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": of("a")}], "ports": [{"port": 80}]}]})));
    assert_eq!(possible_calls(&objects), BTreeSet::new(), "a may not go out");
    objects.push(policy(json!({"podSelector": of("a"), "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": of("b")}], "ports": [{"port": 80}]}]})));
    assert_eq!(
        possible_calls(&objects),
        [call].into(),
        "nobody of another namespace, and not back"
    );
}

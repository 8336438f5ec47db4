//! The network allows the intended calls and no others.

use serde_json::Value;

use super::rule::{Refusal, Rule, object};
use crate::{
    calls::intended_calls,
    manifests::id,
    network::{Call, allowed_calls},
};

pub const ONLY_INTENDED_CALLS: Rule = Rule {
    name: "the network allows exactly the intended calls",
    check: |objects| {
        let allowed = allowed_calls(objects);
        let intended = intended_calls(objects);
        let shown = |(from, to, port): &Call| format!("{from} -> {to}:{port}");
        let surplus = allowed
            .difference(&intended)
            .map(|call| format!("allowed, but not intended: {}", shown(call)));
        let missing = intended
            .difference(&allowed)
            .map(|call| format!("intended, but not allowed: {}", shown(call)));
        surplus.chain(missing).collect()
    },
    refusals: &[
        Refusal {
            overlay: "observability",
            change: |o| o.retain(|object| id(object) != "NetworkPolicy/default-deny"),
            violation: "allowed, but not intended: stranger -> grafana:3000",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| o.retain(|object| id(object) != "NetworkPolicy/lending-ingress"),
            violation: "intended, but not allowed: frontend -> lending:80",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                object(o, "SpinApp/frontend")["spec"]["podLabels"]["library/mysql-client"] =
                    "true".into()
            },
            violation: "allowed, but not intended: frontend -> mysql:3306",
        },
        Refusal {
            overlay: "local",
            change: |o| {
                object(o, "NetworkPolicy/pages-ingress")["spec"]["ingress"][0]["from"] = Value::Null
            },
            violation: "allowed, but not intended: stranger -> library:80",
        },
        Refusal {
            overlay: "tls",
            change: |o| o.retain(|object| id(object) != "NetworkPolicy/acme-solver-ingress"),
            violation: "intended, but not allowed: traefik -> acme-solver:8089",
        },
        Refusal {
            overlay: "local",
            change: |o| {
                object(o, "NetworkPolicy/mysql-ingress")["metadata"]["namespace"] = "default".into()
            },
            violation: "intended, but not allowed: library -> mysql:3306",
        },
    ],
};

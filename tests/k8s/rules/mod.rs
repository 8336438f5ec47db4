//! Rules for the objects of every overlay. Each rule has counter-examples that it must refuse.

mod containers;
mod images;
mod network_calls;
mod persistence;
mod placement;
mod references;
mod rule;
mod secrets;
mod selectors;
mod variables;

use crate::manifests::{DEPLOYED, Objects, RENDERED};
use rule::Rule;

const RULES: [Rule; 12] = [
    containers::BOUNDED_PROBED_AND_CONFINED,
    images::VERSIONED,
    network_calls::ONLY_INTENDED_CALLS,
    persistence::DATA_OUTLIVES_THE_APP,
    placement::NAMESPACE_AND_LABELS,
    references::EVERYTHING_REFERRED_TO_EXISTS,
    secrets::NO_SECRET_VALUES,
    selectors::SELECTORS_FIND_PODS,
    selectors::NODES_CAN_BE_DRAINED,
    selectors::AUTOSCALERS_ACT_IN_TIME,
    variables::VARIABLES_OF_SPIN_TOML,
    variables::ADDRESSES_LEAD_TO_PODS,
];

#[test]
fn every_rule_holds_in_every_overlay() {
    let mut deployed = DEPLOYED.clone();
    // It is applied to a running library.
    let restored = [&DEPLOYED["overlays/local"][..], &RENDERED["restore"][..]].concat();
    deployed.insert("restore".to_owned(), restored);
    let mut violations = Vec::new();
    for (overlay, objects) in &deployed {
        for rule in RULES {
            let found = (rule.check)(objects);
            violations
                .extend(found.into_iter().map(|what| format!("{overlay}: {}: {what}", rule.name)));
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn every_rule_refuses_its_counter_examples() {
    for rule in RULES {
        assert!(!rule.refusals.is_empty(), "{} has no counter-example", rule.name);
        for refusal in rule.refusals {
            let mut objects = overlay(refusal.overlay).clone();
            (refusal.change)(&mut objects);
            let violations = (rule.check)(&objects).join("\n");
            assert!(
                violations.contains(refusal.violation),
                "{}: {}: {violations}",
                rule.name,
                refusal.violation
            );
        }
    }
}

fn overlay(name: &str) -> &'static Objects {
    DEPLOYED.get(name).unwrap_or_else(|| &DEPLOYED[&format!("overlays/{name}")])
}

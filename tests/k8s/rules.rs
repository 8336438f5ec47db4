//! What must hold of the objects, whatever overlay they are of. Each rule has examples of what it is there to refuse,
//! in counter_examples.rs.

use std::{collections::BTreeSet, fs, sync::LazyLock};

use serde_json::{Value, json};

use crate::{
    calls::meant_calls,
    cluster::{Pods, behind, owned, pod_templates, pods, services},
    counter_examples::counter_examples,
    manifests::{DEPLOYED, KEPT, RENDERED, id, items, of_kind, pod_claims, root, text, texts},
    network::{Call, possible_calls},
    spin::{SPIN, UNUSED, kept, peers},
};

/// Says what is wrong with the objects; nothing when all is well.
type Rule = fn(&[Value]) -> Vec<String>;

const RULES: [(&str, Rule); 11] = [
    ("no secret's value is here", no_secret_values),
    ("images have a version", images_have_a_version),
    ("containers are bounded, probed and confined", containers_are_bounded_probed_and_confined),
    ("what is selected is there", what_is_selected_is_there),
    ("nodes can be drained", nodes_can_be_drained),
    ("what is referred to is there, or the user makes it", what_is_referred_to_is_there),
    ("variables are those of spin.toml", variables_are_those_of_spin_toml),
    ("addresses lead somewhere", addresses_lead_somewhere),
    ("only the calls of spin.toml are possible", only_the_calls_of_spin_toml_are_possible),
    ("an executor comes before its apps", an_executor_comes_before_its_apps),
    ("the data outlive the app", the_data_outlive_the_app),
];

#[test]
fn every_rule_holds_for_everything_that_is_deployed() {
    let mut deployed = DEPLOYED.clone();
    // It is applied to a library that runs.
    let restored = [&DEPLOYED["overlays/local"][..], &RENDERED["restore"][..]].concat();
    deployed.insert("restore".to_owned(), restored);
    let mut complaints = Vec::new();
    for (overlay, objects) in &deployed {
        for (name, rule) in RULES {
            complaints
                .extend(rule(objects).into_iter().map(|what| format!("{overlay}: {name}: {what}")));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_rule_refuses_what_it_is_there_for() {
    let mut tried = BTreeSet::new();
    for refused in counter_examples() {
        let (name, rule) = RULES.into_iter().find(|(name, _)| *name == refused.rule).unwrap();
        let mut objects = DEPLOYED[refused.overlay].clone();
        assert_eq!(rule(&objects), Vec::<String>::new());
        (refused.change)(&mut objects);
        let complaints = rule(&objects).join("\n");
        assert!(
            complaints.contains(refused.complaint),
            "{name}: {}: {complaints}",
            refused.complaint
        );
        tried.insert(name);
    }
    assert_eq!(tried, RULES.into_iter().map(|(name, _)| name).collect());
}

fn no_secret_values(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    for secret in of_kind(objects, "Secret") {
        let keys = ["data", "stringData"].iter().flat_map(|part| texts(&secret[part]).into_keys());
        // SpinKube wants Spin's settings as a Secret. What is in ours is a file of the repository.
        for key in keys.filter(|key| *key != "runtime-config.toml") {
            complaints.push(format!("{} has {key}", id(secret)));
        }
    }
    for (object, template) in pod_templates(objects) {
        for variable in items(&template["spec"]["containers"]).iter().flat_map(|c| items(&c["env"]))
        {
            let name = text(&variable["name"]);
            let is_secret = ["PASSWORD", "PWD", "TOKEN", "SECRET", "PIN"]
                .iter()
                .any(|word| name.split('_').any(|part| part == *word));
            if is_secret && variable["valueFrom"]["secretKeyRef"].is_null() {
                complaints.push(format!("{} has a value for {name}", id(object)));
            }
        }
    }
    for app in of_kind(objects, "SpinApp") {
        for given in items(&app["spec"]["variables"]) {
            let name = text(&given["name"]);
            if !SPIN.variables.get(name).is_some_and(|variable| variable.is_secret) {
                continue;
            }
            let is_needed = kept(app).iter().any(|component| {
                SPIN.components.get(component).is_some_and(|c| c.variables.contains(name))
            });
            let is_reference = !given["valueFrom"]["secretKeyRef"].is_null();
            match (is_needed, is_reference) {
                (true, true) => {}
                (false, false) if given["value"] == UNUSED => {}
                (false, true) => {
                    complaints.push(format!("{} gets {name}, which it does not need", id(app)));
                }
                _ => complaints.push(format!("{} has a value for {name}", id(app))),
            }
        }
    }
    complaints
}

fn images_have_a_version(objects: &[Value]) -> Vec<String> {
    let of_containers = pod_templates(objects).flat_map(|(object, template)| {
        items(&template["spec"]["containers"]).iter().map(move |c| (id(object), text(&c["image"])))
    });
    let apps = || of_kind(objects, "SpinApp").map(|app| (id(app), text(&app["spec"]["image"])));
    let mut complaints: Vec<String> = of_containers
        .chain(apps())
        .filter(|(_, image)| {
            let name = image.rsplit('/').next().unwrap_or_default();
            let tag = name.split_once(':').map_or("", |(_, tag)| tag);
            tag == "latest" || !tag.contains(|c: char| c.is_ascii_digit())
        })
        .map(|(object, image)| format!("{object}: {image}"))
        .collect();
    let different: BTreeSet<&str> = apps().map(|(_, image)| image).collect();
    if different.len() > 1 {
        complaints.push(format!("SpinApps of several images: {different:?}"));
    }
    complaints
}

fn containers_are_bounded_probed_and_confined(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut missing = |object: &Value, place: &Value, paths: &[&str]| {
        for path in paths {
            if place.pointer(&format!("/{}", path.replace('.', "/"))).is_none_or(Value::is_null) {
                complaints.push(format!("{} has no {path}", id(object)));
            }
        }
    };
    const RESOURCES: [&str; 3] =
        ["resources.requests.cpu", "resources.requests.memory", "resources.limits.memory"];
    for app in of_kind(objects, "SpinApp") {
        missing(app, &app["spec"], &RESOURCES);
        missing(
            app,
            &app["spec"],
            &["checks.readiness", "checks.liveness", "invocationLimits.memory"],
        );
    }
    for (object, template) in pod_templates(objects) {
        for container in items(&template["spec"]["containers"]) {
            missing(object, container, &RESOURCES);
            match text(&object["kind"]) {
                // It ends by itself, or else by its deadline.
                "Job" => missing(object, &object["spec"], &["activeDeadlineSeconds"]),
                "CronJob" => {
                    missing(
                        object,
                        &object["spec"]["jobTemplate"]["spec"],
                        &["activeDeadlineSeconds"],
                    );
                }
                _ => {
                    missing(object, container, &["startupProbe", "readinessProbe", "livenessProbe"])
                }
            }
        }
    }
    for (object, template) in pod_templates(objects) {
        let pod = &template["spec"];
        let mut confined = |place: &Value, path: &str, wanted: Value| {
            if place.pointer(&format!("/{}", path.replace('.', "/"))) != Some(&wanted) {
                complaints.push(format!("{}: {path} is not {wanted}", id(object)));
            }
        };
        confined(pod, "securityContext.runAsNonRoot", true.into());
        confined(pod, "securityContext.seccompProfile.type", "RuntimeDefault".into());
        confined(pod, "automountServiceAccountToken", false.into());
        for container in items(&pod["containers"]) {
            confined(container, "securityContext.allowPrivilegeEscalation", false.into());
            confined(container, "securityContext.readOnlyRootFilesystem", true.into());
            confined(container, "securityContext.capabilities.drop", json!(["ALL"]));
        }
    }
    complaints
}

fn what_is_selected_is_there(objects: &[Value]) -> Vec<String> {
    let (pods, services) = (pods(objects), services(objects));
    let mut complaints = Vec::new();
    let mut must_be = |object: &Value, found: Result<(&Pods, u16), String>| {
        if let Err(why) = found {
            complaints.push(format!("{}: {why}", id(object)));
        }
    };
    for service in of_kind(objects, "Service") {
        for port in items(&service["spec"]["ports"]) {
            let port = port["port"].as_u64().unwrap_or_default() as u16;
            must_be(service, behind(&pods, &services, text(&service["metadata"]["name"]), port));
        }
    }
    for ingress in of_kind(objects, "Ingress") {
        let rules = items(&ingress["spec"]["rules"]).iter();
        for path in rules.flat_map(|rule| items(&rule["http"]["paths"])) {
            let service = &path["backend"]["service"];
            let port = service["port"]["number"].as_u64().unwrap_or_default() as u16;
            must_be(ingress, behind(&pods, &services, text(&service["name"]), port));
        }
    }
    for kind in ["PodDisruptionBudget", "NetworkPolicy", "Deployment", "StatefulSet"] {
        for object in of_kind(objects, kind) {
            let selector = match kind {
                "NetworkPolicy" => &object["spec"]["podSelector"],
                _ => &object["spec"]["selector"],
            };
            let labels = owned(&selector["matchLabels"]);
            if !pods.iter().any(|pods| pods.have(&labels)) {
                complaints.push(format!("{} selects no pod", id(object)));
            }
        }
    }
    for scaler in of_kind(objects, "HorizontalPodAutoscaler") {
        let target = &scaler["spec"]["scaleTargetRef"];
        let app = of_kind(objects, "SpinApp").find(|app| app["metadata"]["name"] == target["name"]);
        let wants_it = app.is_some_and(|app| app["spec"]["enableAutoscaling"] == true);
        if target["kind"] != "Deployment" || !wants_it {
            complaints.push(format!("{} scales what does not want it", id(scaler)));
        }
    }
    complaints
}

/// A number that has to stay holds up a drain for ever where there are no more pods than that.
fn nodes_can_be_drained(objects: &[Value]) -> Vec<String> {
    of_kind(objects, "PodDisruptionBudget")
        .filter(|budget| budget["spec"]["maxUnavailable"].as_u64().is_none_or(|pods| pods == 0))
        .map(|budget| format!("{} may keep a node", id(budget)))
        .collect()
}

fn what_is_referred_to_is_there(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_there =
        |kind: &str, name: &Value| of_kind(objects, kind).any(|o| &o["metadata"]["name"] == name);
    for object in objects {
        walk(object, &mut |key, value| {
            let (name, key_wanted) = (&value["name"], text(&value["key"]));
            match key {
                "secretKeyRef" => {
                    let wanted = (text(name).to_owned(), key_wanted.to_owned());
                    if !SECRETS_OF_THE_USER.contains(&wanted) {
                        complaints.push(format!(
                            "{}: the Secret {}, key {}",
                            id(object),
                            wanted.0,
                            wanted.1
                        ));
                    }
                }
                "secretName"
                    if object["kind"] == "InnoDBCluster"
                        && !SECRETS_OF_THE_USER.iter().any(|(secret, _)| value == secret) =>
                {
                    complaints.push(format!("{}: the Secret {value}", id(object)));
                }
                "loadFromSecret" if !is_there("Secret", value) => {
                    complaints.push(format!("{}: the Secret {value}", id(object)));
                }
                "configMap" | "configMapKeyRef" if !is_there("ConfigMap", name) => {
                    complaints.push(format!("{}: the ConfigMap {}", id(object), text(name)));
                }
                "executor" if !is_there("SpinAppExecutor", value) => {
                    complaints.push(format!("{}: the executor {}", id(object), text(value)));
                }
                "volumeSnapshotClassName" if !is_there("VolumeSnapshotClass", value) => {
                    complaints.push(format!("{}: the class {value}", id(object)));
                }
                "storageClassName" if !is_there("StorageClass", value) => {
                    complaints.push(format!("{}: the class {value}", id(object)));
                }
                _ => {}
            }
        });
    }
    for (object, template) in pod_templates(objects) {
        let claims = items(&object["spec"]["volumeClaimTemplates"]).iter();
        let volumes: BTreeSet<&str> = items(&template["spec"]["volumes"])
            .iter()
            .map(|volume| text(&volume["name"]))
            .chain(claims.map(|claim| text(&claim["metadata"]["name"])))
            .collect();
        for mount in
            items(&template["spec"]["containers"]).iter().flat_map(|c| items(&c["volumeMounts"]))
        {
            if !volumes.contains(text(&mount["name"])) {
                complaints.push(format!("{}: the volume {}", id(object), mount["name"]));
            }
        }
    }
    let kept: BTreeSet<String> = of_kind(&KEPT, "PersistentVolumeClaim")
        .map(|claim| text(&claim["metadata"]["name"]).to_owned())
        .collect();
    complaints
        .extend(pod_claims(objects).difference(&kept).map(|claim| format!("the claim {claim}")));
    complaints
}

fn variables_are_those_of_spin_toml(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut running = BTreeSet::new();
    for app in of_kind(objects, "SpinApp") {
        let given: BTreeSet<&str> = items(&app["spec"]["variables"])
            .iter()
            .map(|variable| text(&variable["name"]))
            .collect();
        for name in given.iter().filter(|name| !SPIN.variables.contains_key(**name)) {
            complaints.push(format!("{}: spin.toml has no variable {name}", id(app)));
        }
        for (name, variable) in &SPIN.variables {
            if variable.default.is_none() && !given.contains(name.as_str()) {
                complaints.push(format!("{}: {name} is required", id(app)));
            }
        }
        for component in kept(app) {
            if !SPIN.components.contains_key(&component) {
                complaints.push(format!("{}: spin.toml has no component {component}", id(app)));
            }
            running.insert(component);
        }
    }
    let missing = SPIN.components.keys().filter(|component| !running.contains(*component));
    complaints.extend(missing.map(|component| format!("no pod has the component {component}")));
    complaints
}

fn addresses_lead_somewhere(objects: &[Value]) -> Vec<String> {
    let (pods, services) = (pods(objects), services(objects));
    let mut complaints = Vec::new();
    for app in of_kind(objects, "SpinApp") {
        for (host, port) in peers(app) {
            let found = match host.strip_suffix(".spin.internal") {
                Some(component) if kept(app).iter().any(|name| name == component) => Ok(()),
                Some(component) => Err(format!("{component} is in other pods")),
                None => behind(&pods, &services, &host, port).map(drop),
            };
            if let Err(why) = found {
                complaints.push(format!("{}: {why}", id(app)));
            }
        }
    }
    complaints
}

fn only_the_calls_of_spin_toml_are_possible(objects: &[Value]) -> Vec<String> {
    let possible = possible_calls(objects);
    let meant = meant_calls(objects);
    let shown = |(from, to, port): &Call| format!("{from} -> {to}:{port}");
    let surplus =
        possible.difference(&meant).map(|call| format!("possible, but not meant: {}", shown(call)));
    let missing =
        meant.difference(&possible).map(|call| format!("meant, but not possible: {}", shown(call)));
    surplus.chain(missing).collect()
}

/// The operator refuses a SpinApp whose executor is not there yet, and kubectl applies in this order.
fn an_executor_comes_before_its_apps(objects: &[Value]) -> Vec<String> {
    let place = |kind: &str| objects.iter().position(|object| object["kind"] == kind);
    match (place("SpinAppExecutor"), place("SpinApp")) {
        (Some(executor), Some(app)) if executor > app => {
            vec!["the executor comes later".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn the_data_outlive_the_app(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    for kind in ["Namespace", "PersistentVolumeClaim", "PersistentVolume"] {
        let gone = of_kind(objects, kind)
            .map(|object| format!("{} would be deleted with the app", id(object)));
        complaints.extend(gone);
    }
    for server in of_kind(objects, "StatefulSet") {
        let policy = &server["spec"]["persistentVolumeClaimRetentionPolicy"];
        if policy["whenDeleted"] != "Retain" || policy["whenScaled"] != "Retain" {
            complaints.push(format!("{} takes its volumes along", id(server)));
        }
        let container = &server["spec"]["template"]["spec"]["containers"][0];
        let claims = items(&server["spec"]["volumeClaimTemplates"]);
        let data =
            items(&container["args"]).iter().find_map(|arg| text(arg).strip_prefix("--datadir="));
        let is_on_a_claim = items(&container["volumeMounts"]).iter().any(|mount| {
            let is_claim = claims.iter().any(|claim| claim["metadata"]["name"] == mount["name"]);
            is_claim
                && data.is_some_and(|data| {
                    data.starts_with(&format!("{}/", text(&mount["mountPath"])))
                })
        });
        if !is_on_a_claim {
            complaints.push(format!("{} has its data on no volume", id(server)));
        }
    }
    for class in of_kind(objects, "StorageClass").filter(|class| class["reclaimPolicy"] != "Retain")
    {
        complaints.push(format!("{} deletes volumes", id(class)));
    }
    complaints
}

/// The Secrets that the README has the user make, and their keys.
static SECRETS_OF_THE_USER: LazyLock<BTreeSet<(String, String)>> = LazyLock::new(|| {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let words: Vec<&str> = readme.split_whitespace().collect();
    let mut secrets = BTreeSet::new();
    let mut secret = "";
    for (place, word) in words.iter().enumerate() {
        if words[..place].ends_with(&["create", "secret", "generic"]) {
            secret = word;
        }
        if let Some(literal) = word.strip_prefix("--from-literal=") {
            let (key, _) = literal.split_once('=').unwrap();
            secrets.insert((secret.to_owned(), key.to_owned()));
        }
    }
    secrets
});

/// Calls `look` with every key and value in `value`.
fn walk<'a>(value: &'a Value, look: &mut impl FnMut(&str, &'a Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                look(key, value);
                walk(value, look);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, look)),
        _ => {}
    }
}

//! For each rule, what it is there to refuse.

use serde_json::{Value, json};

use crate::{
    manifests::{DEPLOYED, Objects, id, text},
    spin::UNUSED,
};

/// A change to the objects that `rule` has to complain of, with `complaint`.
pub struct Refused {
    pub rule: &'static str,
    pub overlay: &'static str,
    pub change: fn(&mut Objects),
    pub complaint: &'static str,
}

/// All of them.
pub fn counter_examples() -> Vec<Refused> {
    let refused = |rule, overlay, change, complaint| Refused { rule, overlay, change, complaint };
    vec![
        refused(
            "no secret's value is here",
            "base",
            |o| {
                let secret = json!({"kind": "Secret", "metadata": {"name": "library"},
                    "stringData": {"api-token": "hunter2"}});
                o.push(secret);
            },
            "Secret/library has api-token",
        ),
        refused(
            "no secret's value is here",
            "base",
            |o| container(o, "StatefulSet/mysql")["env"][0] = json!({"name": "MYSQL_ROOT_PASSWORD", "value": "x"}),
            "StatefulSet/mysql has a value for MYSQL_ROOT_PASSWORD",
        ),
        refused(
            "no secret's value is here",
            "five-pods",
            |o| variable(o, "catalog", "catalog_db_password", json!({"value": UNUSED})),
            "SpinApp/catalog has a value for catalog_db_password",
        ),
        refused(
            "no secret's value is here",
            "five-pods",
            |o| variable(o, "frontend", "catalog_db_password", json!({"valueFrom": {"secretKeyRef": {}}})),
            "SpinApp/frontend gets catalog_db_password, which it does not need",
        ),
        refused(
            "images have a version",
            "base",
            |o| container(o, "StatefulSet/mysql")["image"] = "mysql:latest".into(),
            "StatefulSet/mysql: mysql:latest",
        ),
        refused(
            "images have a version",
            "base",
            |o| object(o, "SpinApp/library")["spec"]["image"] = "host:5000/library".into(),
            "SpinApp/library: host:5000/library",
        ),
        refused(
            "images have a version",
            "five-pods",
            |o| object(o, "SpinApp/catalog")["spec"]["image"] = "test-registry:5000/library:0.0.9".into(),
            "SpinApps of several images",
        ),
        refused(
            "containers are bounded, probed and confined",
            "base",
            |o| container(o, "StatefulSet/mysql")["readinessProbe"] = Value::Null,
            "StatefulSet/mysql has no readinessProbe",
        ),
        refused(
            "containers are bounded, probed and confined",
            "base",
            |o| container(o, "Job/library-loader")["resources"]["limits"] = json!({}),
            "Job/library-loader has no resources.limits.memory",
        ),
        refused(
            "containers are bounded, probed and confined",
            "base",
            |o| container(o, "Job/library-loader")["securityContext"]["readOnlyRootFilesystem"] = false.into(),
            "Job/library-loader: securityContext.readOnlyRootFilesystem",
        ),
        refused(
            "containers are bounded, probed and confined",
            "base",
            |o| object(o, "Job/library-loader")["spec"]["template"]["spec"]["securityContext"] = Value::Null,
            "Job/library-loader: securityContext.runAsNonRoot",
        ),
        refused(
            "containers are bounded, probed and confined",
            "base",
            |o| object(o, "SpinApp/library")["spec"]["checks"]["liveness"] = Value::Null,
            "SpinApp/library has no checks.liveness",
        ),
        refused(
            "what is selected is there",
            "base",
            |o| object(o, "Service/mysql")["spec"]["selector"]["app.kubernetes.io/name"] = "mariadb".into(),
            "Service/mysql: the Service `mysql` finds no pod",
        ),
        refused(
            "what is selected is there",
            "five-pods",
            |o| object(o, "Ingress/library")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] = "library".into(),
            "Ingress/library: there is no Service `library`",
        ),
        refused(
            "what is selected is there",
            "base",
            |o| object(o, "PodDisruptionBudget/library")["spec"]["selector"]["matchLabels"] = json!({"a": "b"}),
            "PodDisruptionBudget/library selects no pod",
        ),
        refused(
            "nodes can be drained",
            "base",
            |o| object(o, "PodDisruptionBudget/library")["spec"] = json!({"minAvailable": 1}),
            "PodDisruptionBudget/library may keep a node",
        ),
        refused(
            "what is selected is there",
            "five-pods",
            |o| object(o, "SpinApp/lending")["spec"]["enableAutoscaling"] = false.into(),
            "HorizontalPodAutoscaler/lending scales what does not want it",
        ),
        refused(
            "what is referred to is there, or the user makes it",
            "base",
            |o| container(o, "StatefulSet/mysql")["env"][0]["valueFrom"]["secretKeyRef"]["key"] = "root".into(),
            "StatefulSet/mysql: the Secret library, key root",
        ),
        refused(
            "what is referred to is there, or the user makes it",
            "base",
            |o| o.retain(|object| object["kind"] != "ConfigMap"),
            "Job/library-loader: the ConfigMap catalogdb",
        ),
        refused(
            "what is referred to is there, or the user makes it",
            "base",
            |o| o.retain(|object| object["kind"] != "SpinAppExecutor"),
            "SpinApp/library: the executor library",
        ),
        refused(
            "what is referred to is there, or the user makes it",
            "backup",
            |o| {
                let spec = &mut object(o, "CronJob/backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"];
                for volume in spec["volumes"].as_array_mut().unwrap() {
                    if volume["name"] == "backups" {
                        volume["persistentVolumeClaim"]["claimName"] = "tapes".into();
                    }
                }
            },
            "the claim tapes",
        ),
        refused(
            "variables are those of spin.toml",
            "base",
            |o| variable(o, "library", "db_host", json!({"name": "db_hots"})),
            "SpinApp/library: spin.toml has no variable db_hots",
        ),
        refused(
            "variables are those of spin.toml",
            "five-pods",
            |o| {
                let variables = object(o, "SpinApp/frontend")["spec"]["variables"].as_array_mut().unwrap();
                variables.retain(|variable| variable["name"] != "patrons_db_password");
            },
            "SpinApp/frontend: patrons_db_password is required",
        ),
        refused(
            "variables are those of spin.toml",
            "five-pods",
            |o| object(o, "SpinApp/lending")["spec"]["components"] = json!(["landing"]),
            "SpinApp/lending: spin.toml has no component landing",
        ),
        refused(
            "variables are those of spin.toml",
            "five-pods",
            |o| o.retain(|object| id(object) != "SpinApp/lending"),
            "no pod has the component lending",
        ),
        refused(
            "addresses lead somewhere",
            "five-pods",
            |o| variable(o, "frontend", "catalog_url", json!({"value": "http://catalogue"})),
            "SpinApp/frontend: there is no Service `catalogue`",
        ),
        refused(
            "addresses lead somewhere",
            "five-pods",
            |o| variable(o, "lending", "patrons_url", json!({"value": "http://patrons:3000"})),
            "SpinApp/lending: the Service `patrons` has no port 3000",
        ),
        refused(
            "addresses lead somewhere",
            "five-pods",
            |o| variable(o, "lending", "patrons_url", json!({"value": "http://patrons.spin.internal"})),
            "SpinApp/lending: patrons is in other pods",
        ),
        refused(
            "only the calls of spin.toml are possible",
            "observability",
            |o| o.retain(|object| id(object) != "NetworkPolicy/default-deny"),
            "possible, but not meant: anybody -> grafana:3000",
        ),
        refused(
            "only the calls of spin.toml are possible",
            "five-pods",
            |o| o.retain(|object| id(object) != "NetworkPolicy/to-lending"),
            "meant, but not possible: frontend -> lending:80",
        ),
        refused(
            "only the calls of spin.toml are possible",
            "five-pods",
            |o| object(o, "SpinApp/frontend")["spec"]["podLabels"]["library/reaches-mysql"] = "true".into(),
            "possible, but not meant: frontend -> mysql:3306",
        ),
        refused(
            "only the calls of spin.toml are possible",
            "local",
            |o| object(o, "NetworkPolicy/browsers-to-pages")["spec"]["ingress"][0]["from"] = Value::Null,
            "possible, but not meant: anybody -> library:80",
        ),
        refused(
            "only the calls of spin.toml are possible",
            "tls",
            |o| o.retain(|object| id(object) != "NetworkPolicy/to-acme-solver"),
            "meant, but not possible: traefik -> acme-solver:8089",
        ),
        refused(
            "an executor comes before its apps",
            "five-pods",
            |o| o.sort_by_key(|object| text(&object["kind"]).to_owned()),
            "the executor comes later",
        ),
        refused(
            "the data outlive the app",
            "base",
            |o| o.push(json!({"kind": "Namespace", "metadata": {"name": "library"}})),
            "Namespace/library would be deleted with the app",
        ),
        refused(
            "the data outlive the app",
            "base",
            |o| {
                object(o, "StatefulSet/mysql")["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] =
                    "Delete".into();
            },
            "StatefulSet/mysql takes its volumes along",
        ),
        refused(
            "the data outlive the app",
            "base",
            |o| container(o, "StatefulSet/mysql")["volumeMounts"][0]["mountPath"] = "/var/lib/other".into(),
            "StatefulSet/mysql has its data on no volume",
        ),
        refused(
            "the data outlive the app",
            "csi",
            |o| object(o, "StorageClass/library")["reclaimPolicy"] = "Delete".into(),
            "StorageClass/library deletes volumes",
        ),
    ]
    .into_iter()
    .map(|mut refused| {
        if refused.overlay != "base" {
            refused.overlay = DEPLOYED
                .keys()
                .find(|name| name.strip_prefix("overlays/") == Some(refused.overlay))
                .unwrap();
        }
        refused
    })
    .collect()
}

fn object<'a>(objects: &'a mut Objects, wanted: &str) -> &'a mut Value {
    objects.iter_mut().find(|object| id(object) == wanted).unwrap()
}

fn container<'a>(objects: &'a mut Objects, wanted: &str) -> &'a mut Value {
    &mut object(objects, wanted)["spec"]["template"]["spec"]["containers"][0]
}

/// Gives a variable of a SpinApp these fields instead of its value.
fn variable(objects: &mut Objects, app: &str, name: &str, fields: Value) {
    let variables =
        object(objects, &format!("SpinApp/{app}"))["spec"]["variables"].as_array_mut().unwrap();
    let variable = variables.iter_mut().find(|variable| variable["name"] == name).unwrap();
    let mut changed = json!({"name": name});
    for (key, value) in fields.as_object().unwrap() {
        changed[key] = value.clone();
    }
    *variable = changed;
}

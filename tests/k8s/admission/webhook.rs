//! The webhooks of the Spin operator 0.6.1 (api/v1alpha1/*_types.go, internal/webhook/*.go).

use serde_json::{Value, json};

use crate::manifests::{id, of_kind, text};

/// Go's encoding of an absent field.
#[derive(Clone, Copy)]
enum Absent {
    /// Omitted: `omitempty`, and a type that can be empty
    Omitted,
    /// `{}`, because a struct is never empty, with its fields that Go always writes
    Struct,
    /// `null`: a slice, map or pointer without `omitempty`
    Null,
    /// The zero value: a string or number without `omitempty`
    Zero(fn() -> Value),
}

/// A field of a Go type, and its subfields; `*` stands for every item of a list.
struct Field(&'static str, Absent, &'static [Field]);

const EMPTY_TEXT: Absent = Absent::Zero(|| json!(""));

const PROBE: &[Field] = &[Field(
    "httpGet",
    Absent::Omitted,
    &[
        Field("path", EMPTY_TEXT, &[]),
        Field("httpHeaders", Absent::Null, &[Field("*", Absent::Omitted, &NAME_AND_VALUE)]),
    ],
)];
const NAME_AND_VALUE: [Field; 2] =
    [Field("name", EMPTY_TEXT, &[]), Field("value", EMPTY_TEXT, &[])];
const NAME_AND_TYPE: &[Field] = &[Field(
    "*",
    Absent::Omitted,
    &[Field("name", EMPTY_TEXT, &[]), Field("type", EMPTY_TEXT, &[])],
)];

/// The absent fields that Go writes, and their parents. For core/v1, those in volumes.
const SPIN_APP: &[Field] = &[
    Field(
        "spec",
        Absent::Struct,
        &[
            Field("executor", EMPTY_TEXT, &[]),
            Field("image", EMPTY_TEXT, &[]),
            Field(
                "checks",
                Absent::Struct,
                &[
                    Field("readiness", Absent::Omitted, PROBE),
                    Field("liveness", Absent::Omitted, PROBE),
                ],
            ),
            Field(
                "runtimeConfig",
                Absent::Struct,
                &[
                    Field("sqliteDatabases", Absent::Omitted, NAME_AND_TYPE),
                    Field("keyValueStores", Absent::Omitted, NAME_AND_TYPE),
                    Field("llmCompute", Absent::Omitted, &[Field("type", EMPTY_TEXT, &[])]),
                ],
            ),
            Field("resources", Absent::Struct, &[]),
            Field(
                "variables",
                Absent::Omitted,
                &[Field("*", Absent::Omitted, &[Field("name", EMPTY_TEXT, &[])])],
            ),
            Field(
                "volumes",
                Absent::Omitted,
                &[Field(
                    "*",
                    Absent::Omitted,
                    &[Field("projected", Absent::Omitted, &[Field("sources", Absent::Null, &[])])],
                )],
            ),
        ],
    ),
    Field("status", Absent::Struct, &[Field("readyReplicas", Absent::Zero(|| json!(0)), &[])]),
];

const EXECUTOR: &[Field] = &[
    Field("spec", Absent::Struct, &[Field("createDeployment", Absent::Zero(|| json!(false)), &[])]),
    Field("status", Absent::Struct, &[]),
];

/// The mutating webhook. It decodes the object into its Go type, chooses an executor if none is named, encodes it
/// again, and returns the difference as a patch. controller-runtime 0.21 drops removals from that patch, so fields are
/// only added.
pub fn mutate(object: &mut Value, stored: &[Value]) {
    if object["kind"] == "SpinApp" && text(&object["spec"]["executor"]).is_empty() {
        // In all namespaces, so it may choose one that the validating webhook refuses.
        let mut names: Vec<&str> =
            of_kind(stored, "SpinAppExecutor").map(|e| text(&e["metadata"]["name"])).collect();
        names.sort_unstable();
        if let Some(first) = names.first() {
            object["spec"]["executor"] = json!(first);
        }
    }
    add_what_go_writes(object, if object["kind"] == "SpinApp" { SPIN_APP } else { EXECUTOR });
}

fn add_what_go_writes(value: &mut Value, fields: &[Field]) {
    for Field(name, absent, below) in fields {
        if *name == "*" {
            value
                .as_array_mut()
                .into_iter()
                .flatten()
                .for_each(|item| add_what_go_writes(item, below));
            continue;
        }
        let Some(object) = value.as_object_mut() else { return };
        if !object.contains_key(*name) {
            let written = match absent {
                Absent::Omitted => continue,
                Absent::Struct => json!({}),
                Absent::Null => Value::Null,
                Absent::Zero(zero) => zero(),
            };
            object.insert((*name).to_owned(), written);
        }
        add_what_go_writes(&mut object[*name], below);
    }
}

/// The validating webhook.
pub fn validate(object: &Value, stored: &[Value]) -> Result<(), String> {
    let spec = &object["spec"];
    if object["kind"] == "SpinAppExecutor" {
        let config = &spec["deploymentConfig"];
        return match (config["runtimeClassName"].is_null(), config["spinImage"].is_null()) {
            (false, false) => {
                Err("runtimeClassName and spinImage are mutually exclusive".to_owned())
            }
            (true, true) if !config.is_null() => {
                Err("either runtimeClassName or spinImage must be set".to_owned())
            }
            _ => Ok(()),
        };
    }
    let name = text(&spec["executor"]);
    if name.is_empty() {
        return Err("spec.executor: executor must be set, likely no default executor was set because you have no \
                    executors installed"
            .to_owned());
    }
    let executor = of_kind(stored, "SpinAppExecutor")
        .find(|executor| {
            id(executor) == format!("SpinAppExecutor/{name}")
                && executor["metadata"]["namespace"] == object["metadata"]["namespace"]
        })
        .ok_or_else(|| {
            format!("spec.executor: Invalid value: {name:?}: executor does not exist in namespace")
        })?;
    let replicas = spec["replicas"].as_i64().unwrap_or_default();
    match spec["enableAutoscaling"].as_bool().unwrap_or_default() {
        true if replicas != 0 => {
            return Err(
                "spec.replicas: replicas cannot be set when autoscaling is enabled".to_owned()
            );
        }
        false if replicas < 1 => {
            return Err(format!("spec.replicas: Invalid value: {replicas}: replicas must be > 0"));
        }
        _ => {}
    }
    if executor["spec"]["createDeployment"] != true {
        for annotations in ["deploymentAnnotations", "podAnnotations"] {
            if spec[annotations].as_object().is_some_and(|map| !map.is_empty()) {
                return Err(format!(
                    "spec.{annotations}: {annotations} can't be set when the executor does not use operator deployments"
                ));
            }
        }
    }
    validate_invocation_memory(spec)
}

fn validate_invocation_memory(spec: &Value) -> Result<(), String> {
    let Some(wanted) = spec["invocationLimits"]["memory"].as_str() else { return Ok(()) };
    let bytes = quantity(&json!(wanted))
        .ok_or("memory limit must be a valid memory quantity (e.g. 128Mi, 1Gi)")?;
    let resources = &spec["resources"];
    for (kind, map) in [("limit", &resources["limits"]), ("request", &resources["requests"])] {
        let amount = &map["memory"];
        if let Some(bound) = quantity(amount) {
            if bytes > bound {
                return Err(format!(
                    "spec.invocationLimits[memory]: Invalid value: {wanted:?}: invocation limit quantity cannot be \
                     greater than the memory {kind} ({})",
                    text(amount)
                ));
            }
            return Ok(());
        }
    }
    Ok(())
}

/// A quantity of Kubernetes in its unit: a number with one of the usual suffixes.
pub fn quantity(value: &Value) -> Option<f64> {
    if let Some(number) = value.as_f64() {
        return Some(number);
    }
    let text = value.as_str()?;
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" => 1.0,
        "m" => 0.001,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

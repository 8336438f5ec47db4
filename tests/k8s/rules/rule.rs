//! The form of a rule, and the changes to objects that its counter-examples make.

use serde_json::{Value, json};

use crate::manifests::{Objects, id};

/// A rule for the objects of an overlay.
pub struct Rule {
    pub name: &'static str,
    /// The violations
    pub check: fn(&[Value]) -> Vec<String>,
    /// Changes that violate it
    pub refusals: &'static [Refusal],
}

/// A change to the objects of an overlay, and a part of the resulting violation.
pub struct Refusal {
    pub overlay: &'static str,
    pub change: fn(&mut Objects),
    pub violation: &'static str,
}

/// The object `Kind/name`. A Job's name may omit the version.
pub fn object<'a>(objects: &'a mut Objects, wanted: &str) -> &'a mut Value {
    let is_wanted = |object: &Value| {
        id(object) == wanted || object["kind"] == "Job" && id(object).starts_with(wanted)
    };
    objects.iter_mut().find(|object| is_wanted(object)).unwrap()
}

/// The first container of the object `Kind/name`.
pub fn container<'a>(objects: &'a mut Objects, wanted: &str) -> &'a mut Value {
    &mut object(objects, wanted)["spec"]["template"]["spec"]["containers"][0]
}

/// Replaces the fields of a SpinApp's variable, except its name.
pub fn set_variable(objects: &mut Objects, app: &str, name: &str, fields: Value) {
    let variables =
        object(objects, &format!("SpinApp/{app}"))["spec"]["variables"].as_array_mut().unwrap();
    let variable = variables.iter_mut().find(|variable| variable["name"] == name).unwrap();
    let mut changed = json!({"name": name});
    for (key, value) in fields.as_object().unwrap() {
        changed[key] = value.clone();
    }
    *variable = changed;
}

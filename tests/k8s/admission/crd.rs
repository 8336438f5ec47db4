//! The API server's handling of custom resources: strict decoding, defaults, validation.

use std::{collections::BTreeMap, fs, sync::LazyLock};

use serde_json::Value;
use tests::project;

use crate::manifests::{id, text};

/// The schemas in schemas/, by kind.
static SCHEMAS: LazyLock<BTreeMap<String, Schema>> = LazyLock::new(|| {
    let folder = fs::read_dir(project().join("tests/k8s/schemas")).unwrap();
    folder
        .map(|file| {
            let path = file.unwrap().path();
            let document: Value =
                serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let validator = jsonschema::draft202012::new(&document).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), Schema { document, validator })
        })
        .collect()
});

struct Schema {
    document: Value,
    validator: jsonschema::Validator,
}

/// The kinds that have a schema.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    SCHEMAS.keys().map(String::as_str)
}

/// Refuses fields that are not in the schema. kubectl requests this by default (`--validate=strict`); otherwise the API
/// server would drop them silently.
///
/// # Panics
/// If the kind has no schema.
pub fn decode_strictly(object: &Value) -> Result<(), String> {
    let schema = schema(object);
    let mut unknown = Vec::new();
    find_unknown(object, &schema.document, &schema.document, "", &mut unknown);
    match unknown.first() {
        None => Ok(()),
        Some(field) => Err(format!("strict decoding error: unknown field {field:?}")),
    }
}

/// Fills in the defaults of the schema.
pub fn set_defaults(object: &mut Value) {
    let schema = schema(object);
    fill(object, &schema.document, &schema.document);
}

/// Validates against the schema. `null` is a value of the type null.
pub fn validate(object: &Value) -> Result<(), String> {
    schema(object)
        .validator
        .validate(object)
        .map_err(|error| format!("{}: {error}", error.instance_path()))
}

fn schema(object: &Value) -> &'static Schema {
    let kind = text(&object["kind"]);
    SCHEMAS.get(kind).unwrap_or_else(|| panic!("{}: schemas/{kind}.json is missing", id(object)))
}

/// Follows a `$ref` to `#/$defs/…`.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn find_unknown(
    value: &Value,
    schema: &Value,
    root: &Value,
    path: &str,
    unknown: &mut Vec<String>,
) {
    let schema = resolve(schema, root);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}").trim_start_matches('.').to_owned();
                match (&schema["properties"][name], &schema["additionalProperties"]) {
                    (Value::Null, Value::Bool(false)) => unknown.push(path),
                    (Value::Null, Value::Null) => {}
                    (Value::Null, others) => find_unknown(value, others, root, &path, unknown),
                    (known, _) => find_unknown(value, known, root, &path, unknown),
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                find_unknown(value, &schema["items"], root, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn fill(value: &mut Value, schema: &Value, root: &Value) {
    let schema = resolve(schema, root);
    match value {
        Value::Object(fields) => {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let default = &resolve(field, root)["default"];
                if !fields.contains_key(name) && !default.is_null() {
                    fields.insert(name.clone(), default.clone());
                }
                if let Some(value) = fields.get_mut(name) {
                    fill(value, field, root);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, &schema["items"], root)),
        _ => {}
    }
}

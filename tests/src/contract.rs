//! Checks responses against docs/openapi.yaml: paths, methods, statuses, bodies and headers.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex},
};

use jsonschema::Validator;
use serde_json::{Map, Value};
use ureq::http::HeaderMap;

use crate::{answer::Answer, project};

/// A documented request, built from the document's examples.
#[derive(Debug, Clone)]
pub struct Example {
    /// Method and path template: `GET /catdb/{id}`
    pub operation: String,
    /// The method
    pub method: String,
    /// The path with example values, and the required query parameters
    pub path: String,
    /// The JSON body, if the operation has one
    pub body: Option<Value>,
    /// The documented statuses
    pub statuses: BTreeSet<u16>,
    /// Whether the operation may require the API token
    pub is_guarded: bool,
}

/// One example per operation of the document.
///
/// # Panics
/// If the document has none.
#[must_use]
pub fn examples() -> Vec<Example> {
    operations()
        .map(|(path, method, operation)| {
            let mut target = path.to_owned();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let parameter = resolved(parameter);
                let example = &parameter["example"];
                let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                let name = parameter["name"].as_str().expect("a name");
                if parameter["in"] == "path" {
                    target = target.replace(&format!("{{{name}}}"), &text);
                } else if !example.is_null() {
                    target += &format!("?{name}={text}");
                }
            }
            let content = &resolved(&operation["requestBody"])["content"];
            Example {
                operation: format!("{} {path}", method.to_uppercase()),
                method: method.to_uppercase(),
                path: target,
                body: content.get("application/json").map(|json| json["example"].clone()),
                statuses: responses(operation)
                    .keys()
                    .map(|s| s.parse().expect("a status"))
                    .collect(),
                is_guarded: operation["security"] != Value::Array(vec![]),
            }
        })
        .collect()
}

/// The operation of a request, in the form of [`Example::operation`].
#[must_use]
pub fn operation_of(method: &str, path: &str) -> Option<String> {
    find(method, path).map(|(path, method, _)| format!("{} {path}", method.to_uppercase()))
}

/// Checks a REST response.
///
/// # Panics
/// If it is not documented.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let first = |path: &str| -> String {
        let first = path.split(['/', '?']).find(|segment| !segment.is_empty());
        first.unwrap_or_default().to_owned()
    };
    let mut routes = ::contract::SERVICES.iter().flat_map(|(_, routes)| *routes);
    if !routes.any(|route| first(route.path) == first(path)) {
        return;
    }
    let complaint = |what: &str| -> ! {
        panic!("docs/openapi.yaml has {what} for {method} {path}: {answer:?}");
    };
    let status = answer.status.to_string();
    let response = match find(method, path) {
        Some((_, _, operation)) => responses(operation).get(&status),
        // Undocumented requests get a standard error.
        None => DOCUMENT["components"]["responses"].get(match answer.status {
            400 => "BadRequest",
            401 => "Unauthorized",
            404 => "NotFound",
            _ => "",
        }),
    };
    let Some(response) = response.map(resolved) else { complaint("no such status") };
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        if let Err(why) = check_header(&answer.headers, name, resolved(header)) {
            complaint(&format!("`{name}` otherwise ({why})"));
        }
    }
    if answer.header("content-type") != "application/json" {
        complaint("another content type");
    }
    if method == "HEAD" {
        return;
    }
    let Ok(body) = serde_json::from_str(&answer.body) else { complaint("JSON") };
    if let Err(why) = validate(&response["content"]["application/json"]["schema"], &body) {
        complaint(&format!("another body ({why})"));
    }
}

type Operation = (&'static str, &'static str, &'static Value);

fn operations() -> impl Iterator<Item = Operation> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods");
        methods.iter().map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The operation of a request; HEAD counts as GET. A literal path takes precedence over a template.
fn find(method: &str, path: &str) -> Option<Operation> {
    let method = if method == "HEAD" { "get" } else { &method.to_lowercase() };
    let path = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').skip(1).collect();
        template.len() == segments.len()
            && template.iter().zip(&segments).all(|(t, s)| t.starts_with('{') || t == s)
    };
    let path = DOCUMENT["paths"]
        .as_object()
        .expect("paths")
        .keys()
        .filter(|template| fits(template))
        .min_by_key(|template| template.matches('{').count())?;
    operations().find(|operation| operation.0 == path && operation.1 == method)
}

fn responses(operation: &Value) -> &Map<String, Value> {
    operation["responses"].as_object().expect("responses")
}

/// The target of a `$ref`, or the value itself.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).expect("the target of a reference"),
        None => value,
    }
}

fn check_header(headers: &HeaderMap, name: &str, header: &'static Value) -> Result<(), String> {
    let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) else {
        return if header["required"] == true { Err("it is missing".into()) } else { Ok(()) };
    };
    let schema = &header["schema"];
    let value = match schema["type"].as_str() {
        Some("integer") => value.parse().map(Value::Number).map_err(|e| e.to_string())?,
        _ => Value::from(value),
    };
    validate(schema, &value)
}

fn validate(schema: &'static Value, body: &Value) -> Result<(), String> {
    /// Compiled validators, by their schema
    static COMPILED: Mutex<Vec<(&Value, &Validator)>> = Mutex::new(Vec::new());
    let mut compiled = COMPILED.lock().expect("the validators");
    let known =
        compiled.iter().find(|(of, _)| std::ptr::eq(*of, schema)).map(|(_, validator)| *validator);
    let validator = known.unwrap_or_else(|| {
        // Include the whole document, because the schema refers to its parts.
        let mut whole = DOCUMENT.clone();
        for (key, value) in schema.as_object().expect("a schema") {
            whole[key] = value.clone();
        }
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&whole)
            .unwrap_or_else(|e| panic!("docs/openapi.yaml has no schema here: {e}: {schema}"));
        let validator: &Validator = Box::leak(Box::new(validator));
        compiled.push((schema, validator));
        validator
    });
    drop(compiled);
    validator.validate(body).map_err(|e| e.to_string())
}

/// The document, with every object closed, so that the tests reject undocumented keys, which clients must ignore.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let path = project().join("docs/openapi.yaml");
    let text = std::fs::read_to_string(path).expect("docs/openapi.yaml");
    let mut document = yaml_serde::from_str(&text).expect("docs/openapi.yaml");
    close_objects(&mut document);
    document
});

fn close_objects(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(close_objects),
        Value::Object(map) => {
            map.values_mut().for_each(close_objects);
            if map.contains_key("properties") {
                map.insert("additionalProperties".into(), false.into());
            }
        }
        _ => {}
    }
}

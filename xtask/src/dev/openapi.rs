//! docs/openapi.yaml: its schemas are generated from the types of the contract, everything else is written by hand.

use std::fs;

use anyhow::{Context, Result, bail};
use contract::{schema::Operation, services::document};
use serde_json::Value;

use super::python;
use crate::{
    progress::say,
    project::project,
    system::{environment, process::run},
};

const FILE: &str = "docs/openapi.yaml";

/// The line after which everything is generated.
const GENERATED: &str =
    "  # From here on generated from the types of crates/contract by `cargo xtask openapi`.\n";

/// Writes the schemas into the document.
///
/// # Errors
/// If the file cannot be read or written, or the types have no schemas.
pub fn write() -> Result<()> {
    let path = project().join(FILE);
    let text = fs::read_to_string(&path).context(FILE)?;
    fs::write(&path, generate(&text)?).context(FILE)?;
    say(&format!("wrote the schemas of the contract to {FILE}"));
    Ok(())
}

/// Checks that the schemas are those of the types, that each path has the types of its endpoint, and, with another
/// project's validator, that the document is OpenAPI 3.1.
///
/// # Errors
/// If one of these checks fails; the message says what to do.
pub fn check() -> Result<()> {
    let text = fs::read_to_string(project().join(FILE)).context(FILE)?;
    if text != generate(&text)? {
        bail!("the schemas in {FILE} are not those of crates/contract; run `cargo xtask openapi`");
    }
    let document_value: Value = yaml_serde::from_str(&text).context(FILE)?;
    let wrong: Vec<String> =
        document().operations.iter().filter_map(|o| difference(&document_value, o)).collect();
    if !wrong.is_empty() {
        bail!("{FILE}: {}", wrong.join("\n"));
    }
    let why = "docs/openapi.yaml is checked with openapi-spec-validator, a Python package";
    let programs = python::install_requirements("tests/openapi/requirements.txt", why)?;
    run(environment::command(programs.join("openapi-spec-validator"))
        .args(["--schema", "3.1", FILE])
        .current_dir(project())
        .stdout(std::io::stderr()))
}

/// The document with new schemas.
fn generate(text: &str) -> Result<String> {
    let (by_hand, _) = text
        .split_once(GENERATED)
        .with_context(|| format!("{FILE} lacks the line `{}`", GENERATED.trim()))?;
    let schemas = document().schemas().map_err(anyhow::Error::msg)?;
    let mut text = format!("{by_hand}{GENERATED}  schemas:\n");
    for line in yaml_serde::to_string(&schemas)?.lines() {
        // A description of several paragraphs has empty lines.
        let indent = if line.is_empty() { "" } else { "    " };
        text.push_str(&format!("{indent}{line}\n"));
    }
    Ok(text)
}

/// The difference between the document and the types of an endpoint.
fn difference(document: &Value, operation: &Operation) -> Option<String> {
    let route = operation.route;
    let method = route.method.as_str();
    let documented = &document["paths"][route.path][method.to_lowercase()];
    let answer = &documented["responses"][route.success.as_str()];
    let types = [
        ("request", type_of(document, &documented["requestBody"]), operation.request.as_deref()),
        ("answer", type_of(document, answer), Some(operation.answer.as_str())),
    ];
    let wrong = types.into_iter().find(|(_, documented, of_contract)| documented != of_contract);
    wrong.map(|(what, _, of_contract)| {
        let place = format!("the {what} of {method} {}", route.path);
        format!("{place} must have the schema {}", of_contract.unwrap_or("of no type"))
    })
}

/// The type of a body or an answer, which the document has in place or refers to.
fn type_of<'a>(document: &'a Value, body: &'a Value) -> Option<&'a str> {
    let body = match body["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#')?)?,
        None => body,
    };
    body["content"]["application/json"]["schema"]["$ref"].as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_by_hand_stays() {
        let text = generate(&format!("openapi: 3.1.0\n{GENERATED}  schemas: old\n")).unwrap();
        assert!(text.starts_with(&format!("openapi: 3.1.0\n{GENERATED}  schemas:\n    AddBook")));
        assert_eq!(generate(&text).unwrap(), text);
        assert!(generate("openapi: 3.1.0\n").is_err());
    }

    #[test]
    fn an_operation_with_another_type_is_named() {
        let operation =
            document().operations.into_iter().find(|o| o.route.path == "/borrow/renew").unwrap();
        let schema = |name: &str| {
            let schema = json!({"$ref": format!("#/components/schemas/{name}")});
            json!({"content": {"application/json": {"schema": schema}}})
        };
        let document = |answer: &str| {
            json!({
                "paths": {"/borrow/renew": {"post": {
                    "requestBody": {"$ref": "#/components/requestBodies/Borrow"},
                    "responses": {"201": schema(answer)},
                }}},
                "components": {"requestBodies": {"Borrow": schema("BorrowRequest")}},
            })
        };
        assert_eq!(difference(&document("BookRenewed"), &operation), None);
        let wrong = difference(&document("BookBorrowed"), &operation).unwrap();
        assert!(wrong.contains("the answer of POST /borrow/renew"), "{wrong}");
        assert!(difference(&json!({}), &operation).is_some());
    }
}

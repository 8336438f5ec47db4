//! The JSON Schemas of rows, which no derive macro can write; for docs/openapi.yaml.

use schemars::Schema;
use serde_json::Value;

/// The schema of a row: the elements of the row `base`, if it begins with one, and those of the tuple `further` after its
/// first, with their names. There may be more elements: a newer service adds them at the end.
pub fn row(base: Option<&Schema>, mut further: Schema, names: &[&str]) -> Schema {
    let elements = |schema: &Schema| match schema.get("prefixItems") {
        Some(Value::Array(elements)) => elements.clone(),
        _ => Vec::new(),
    };
    let mut row = base.map(elements).unwrap_or_default();
    for (mut element, name) in elements(&further).into_iter().skip(1).zip(names) {
        element["title"] = Value::from(*name);
        row.push(element);
    }
    further.insert("minItems".to_owned(), row.len().into());
    further.insert("prefixItems".to_owned(), row.into());
    further.remove("maxItems");
    further
}

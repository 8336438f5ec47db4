//! The JSON Schemas of every type in a request or an answer, for docs/openapi.yaml. Only the task runner builds this.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::Value;

use crate::{
    endpoint::{Endpoint, Input, Route},
    json::{Constant, Nullable, One, Text},
};

/// Every endpoint, and the schemas of its types.
pub struct Document {
    /// The endpoints.
    pub operations: Vec<Operation>,
    /// The schemas of requests.
    requests: SchemaGenerator,
    /// The schemas of answers.
    answers: SchemaGenerator,
}

/// One endpoint. Its types are references: `#/components/schemas/Books`.
pub struct Operation {
    /// Method, path and success status.
    pub route: Route,
    /// The type of the JSON body, if there is one.
    pub request: Option<String>,
    /// The type of the answer.
    pub answer: String,
}

impl Document {
    /// A document without endpoints.
    pub(crate) fn new() -> Self {
        let generator = |settings: SchemaSettings| {
            let place = |settings: &mut SchemaSettings| {
                settings.definitions_path = "/components/schemas".into();
            };
            settings.with(place).into_generator()
        };
        Self {
            operations: Vec::new(),
            requests: generator(SchemaSettings::draft2020_12().for_deserialize()),
            answers: generator(SchemaSettings::draft2020_12().for_serialize()),
        }
    }

    /// Adds an endpoint and its types.
    pub(crate) fn add<I: Input, A: JsonSchema>(&mut self, endpoint: &Endpoint<I, A>) {
        self.operations.push(Operation {
            route: endpoint.route,
            request: I::body_schema(&mut self.requests).map(reference),
            answer: reference(self.answers.subschema_for::<A>()),
        });
    }

    /// Adds the type of an answer that is not an endpoint's successful one.
    pub(crate) fn add_answer<A: JsonSchema>(&mut self) {
        self.answers.subschema_for::<A>();
    }

    /// The schemas by the names of their types.
    ///
    /// # Errors
    /// When two types have one name, or a type is written in another form than it is read.
    pub fn schemas(mut self) -> Result<BTreeMap<String, Value>, String> {
        let mut answers = self.answers.take_definitions(true);
        answers.values_mut().for_each(close_absent_keys);
        let requests = self.requests.take_definitions(true);
        let mut schemas = BTreeMap::new();
        for (name, schema) in answers.into_iter().chain(requests) {
            if name.ends_with(|last: char| last.is_ascii_digit()) {
                return Err(format!("two types have the name of {name}"));
            }
            if schemas.insert(name.clone(), schema.clone()).is_some_and(|other| other != schema) {
                return Err(format!("{name} is written in another form than it is read"));
            }
        }
        Ok(schemas)
    }
}

/// The type that `schema` refers to.
fn reference(schema: Schema) -> String {
    schema.get("$ref").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A key of an answer that may be absent is absent instead of null: `Option` with `skip_serializing_if`. And an answer has
/// no default values.
fn close_absent_keys(schema: &mut Value) {
    let required = schema["required"].clone();
    let is_required =
        |key: &str| required.as_array().is_some_and(|keys| keys.contains(&key.into()));
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (key, property) in properties.iter_mut() {
        property.as_object_mut().map(|property| property.remove("default"));
        if is_required(key) {
            continue;
        }
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|of| of != "null");
            if let [of] = &types[..] {
                property["type"] = of.clone();
            }
        }
        let alternatives = property.as_object_mut().and_then(|property| property.remove("anyOf"));
        if let Some(Value::Array(alternatives)) = alternatives {
            let not_null = alternatives.into_iter().find(|schema| schema["type"] != "null");
            for (key, value) in not_null.iter().filter_map(Value::as_object).flatten() {
                property[key] = value.clone();
            }
        }
    }
}

/// The position at which a list continues.
pub(crate) struct Cursor;

impl JsonSchema for Cursor {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The id at which a page continues, null where the list ends",
            "type": ["integer", "null"],
            "format": "int64",
            "minimum": 1,
        })
    }
}

impl<T: JsonSchema> JsonSchema for One<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("One{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let element = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "items": element, "minItems": 1, "maxItems": 1 })
    }
}

impl<const VALUE: bool> JsonSchema for Constant<VALUE> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Constant{VALUE}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": VALUE })
    }
}

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Nullable{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::document;

    fn schema(name: &str) -> Value {
        document().schemas().unwrap().remove(name).unwrap()
    }

    #[test]
    fn every_endpoint_has_the_types_of_its_request_and_its_answer() {
        let document = document();
        let named = |types: &str| types.starts_with("#/components/schemas/");
        for Operation { route, request, answer } in &document.operations {
            assert!(named(answer), "{route:?}");
            assert!(request.as_deref().is_none_or(named), "{route:?}");
        }
        let with_body = document.operations.iter().filter(|operation| operation.request.is_some());
        assert!(with_body.count() > 10);
    }

    #[test]
    fn a_row_is_an_array_that_may_grow() {
        let row = schema("OpenLoan");
        assert_eq!(row["type"], "array");
        assert_eq!((&row["minItems"], row.get("maxItems")), (&json!(6), None));
        assert_eq!(row["prefixItems"][0]["$ref"], "#/components/schemas/LoanId");
        assert_eq!(row["prefixItems"][5]["title"], "renewals");
    }

    #[test]
    fn a_key_that_may_be_absent_is_not_null() {
        let books = schema("Books");
        assert_eq!(books["required"], json!(["books"]));
        assert_eq!(books["properties"]["total"]["$ref"], "#/components/schemas/Total");
        assert_eq!(books["properties"]["total"].get("anyOf"), None);
        assert_eq!(schema("Lent")["properties"]["withdrawn"]["type"], "integer");
        assert_eq!(schema("Cursor")["type"], json!(["integer", "null"]));
    }

    #[test]
    fn a_request_says_what_must_be_there() {
        let limits = schema("LendLimits");
        let required = json!(["patron_exists", "copies", "loans", "block_when_overdue"]);
        assert_eq!(limits["required"], required);
        assert_eq!(limits["properties"]["copies"]["type"], json!(["integer", "null"]));
    }

    #[test]
    fn descriptions_have_no_links_into_the_code() {
        for (name, schema) in document().schemas().unwrap() {
            assert!(!schema.to_string().contains("]("), "{name}: {schema}");
        }
    }
}

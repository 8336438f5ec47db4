//! The JSON Schemas of numbers, which no derive macro can write; for docs/openapi.yaml.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Total, Whole};

impl<const MIN: u32, const MAX: u32> JsonSchema for Whole<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("WholeFrom{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

impl JsonSchema for Total {
    fn schema_name() -> Cow<'static, str> {
        "Total".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (counted, more) = (Self::COUNTED, u32::from(Self::MoreThanCounted));
        json_schema!({
            "description": format!("The number of rows; {more} means more than {counted}"),
            "type": "integer",
            "minimum": 0,
            "maximum": more,
        })
    }
}

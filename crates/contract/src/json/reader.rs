//! A deserializer over parsed JSON whose errors name the path of the value.
//!
//! `serde_path_to_error` does the same for any deserializer, but would make each component a tenth larger.

use std::fmt::{self, Display};

use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
    value::StrDeserializer,
};
use serde_json::{Value, map};

/// A path and the rule that its value breaks.
#[derive(Debug, Default)]
pub(super) struct ReadError {
    /// `borrow.limits.copies`; empty for the whole body.
    path: String,
    /// The rule: "must be an object".
    rule: String,
}

impl ReadError {
    /// The same error with `key` in front of its path.
    fn inside(mut self, key: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => key.to_owned(),
            path if path.starts_with('[') => format!("{key}{path}"),
            path => format!("{key}.{path}"),
        };
        self
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.path {
            "" => write!(f, "the body {}", self.rule),
            path => write!(f, "`{path}` {}", self.rule),
        }
    }
}

impl std::error::Error for ReadError {}

impl Error for ReadError {
    /// Errors of `domain` types end with "must …", even for a missing value.
    fn custom<T: Display>(message: T) -> Self {
        let text = message.to_string();
        let rule = text.rsplit_once("must ").map(|(_, rule)| format!("must {rule}"));
        let path = text.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        let path = path.map(|(path, _)| path.to_owned()).unwrap_or_default();
        Self { path, rule: rule.unwrap_or_else(|| format!("is invalid: {text}")) }
    }

    fn invalid_type(_: Unexpected, expected: &dyn Expected) -> Self {
        Self { path: String::new(), rule: format!("must be {expected}") }
    }

    fn invalid_value(_: Unexpected, expected: &dyn Expected) -> Self {
        Self::invalid_type(Unexpected::Unit, expected)
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::invalid_type(Unexpected::Unit, expected)
    }

    /// `domain` types report a missing value themselves, so only objects get here.
    fn missing_field(field: &'static str) -> Self {
        Self { path: field.to_owned(), rule: "must be an object".to_owned() }
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a Value);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_str(text),
            Value::Array(elements) => visitor.visit_seq(Elements { elements, index: 0 }),
            Value::Object(keys) => visitor.visit_map(Keys { keys: keys.iter(), next: None }),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    /// Accepts only an object; serde would also accept an array of the fields.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Object(keys) => visitor.visit_map(Keys { keys: keys.iter(), next: None }),
            _ => Err(Error::invalid_type(Unexpected::Unit, &visitor)),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

struct Keys<'a> {
    keys: map::Iter<'a>,
    next: Option<(&'a str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Keys<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        self.next = self.keys.next().map(|(key, value)| (key.as_str(), value));
        let key = self.next.map(|(key, _)| seed.deserialize(StrDeserializer::new(key)));
        key.transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (key, value) = self.next.unwrap_or(("", &Value::Null));
        seed.deserialize(Reader(value)).map_err(|error| error.inside(key))
    }
}

struct Elements<'a> {
    elements: &'a [Value],
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some(value) = self.elements.get(self.index) else { return Ok(None) };
        let path = format!("[{}]", self.index);
        self.index += 1;
        seed.deserialize(Reader(value)).map(Some).map_err(|error| error.inside(&path))
    }
}

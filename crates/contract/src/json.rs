//! JSON with errors that name the path, and shapes that several answers share.

mod reader;
mod unique;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::error::Category;

use reader::Reader;
use unique::Unique;

/// Reads a `T`.
///
/// # Errors
/// The path and the rule: "`borrow.book_id` must be a whole number from 1 to 9223372036854775807".
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    let Unique(value) = serde_json::from_slice(json).map_err(|error| match error.classify() {
        Category::Data => error.to_string(),
        _ => format!("the body is not JSON: {error}"),
    })?;
    T::deserialize(Reader(&value)).map_err(|error| error.to_string())
}

/// For `skip_serializing_if`: omits a flag that is false.
pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// For `skip_serializing_if`: a number that is written only if it is not zero.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
pub(crate) fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An array of one element, the contract's form of a single row. Reading ignores further elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct One<T>(pub T);

impl<T: Serialize> Serialize for One<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [&self.0].serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for First<T> {
            type Value = One<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of one element")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<One<T>, A::Error> {
                let first = elements.next_element()?;
                let first = first.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                Ok(One(first))
            }
        }

        deserializer.deserialize_seq(First(std::marker::PhantomData))
    }
}

/// A flag with one value, which tells this answer from others with the same key. Readers go by the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constant<const VALUE: bool>;

impl<const VALUE: bool> Serialize for Constant<VALUE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(VALUE)
    }
}

impl<'de, const VALUE: bool> Deserialize<'de> for Constant<VALUE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A number that may be null but must be present. Serde would read a missing `Option` as null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Nullable<T>(pub Option<T>);

impl<'de, T: TryFrom<u32, Error: fmt::Display>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrNull;

        impl Visitor<'_> for NumberOrNull {
            type Value = Option<u32>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or null")
            }

            fn visit_unit<E: Error>(self) -> Result<Option<u32>, E> {
                Ok(None)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Option<u32>, E> {
                u32::try_from(number).map(Some).map_err(E::custom)
            }
        }

        let number = deserializer.deserialize_any(NumberOrNull).map_err(|error| {
            D::Error::custom(format_args!("{error}: must be a whole number or null"))
        })?;
        let number = number.map(T::try_from).transpose();
        number.map(Self).map_err(|rule| D::Error::custom(format_args!("must {rule}")))
    }
}

/// A text without a rule. Its user validates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        domain::json::read::<String, Self, D>(deserializer, "be text")
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use domain::{BookId, Date};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(expecting = "an object")]
    struct Request {
        borrow: Borrow,
    }

    #[derive(Debug, Deserialize)]
    #[serde(expecting = "an object")]
    struct Borrow {
        book_id: BookId,
        due: Option<Date>,
    }

    #[test]
    fn a_number_that_may_be_null_must_be_given() {
        #[derive(Debug, Deserialize)]
        struct Limits {
            copies: Nullable<domain::CopyCount>,
        }
        let read = |json: &str| read::<Limits>(json.as_bytes()).map(|limits| limits.copies.0);
        assert_eq!(read(r#"{"copies": null}"#), Ok(None));
        assert_eq!(read(r#"{"copies": 2}"#).unwrap().map(|copies| copies.get()), Some(2));
        for json in ["{}", r#"{"copies": -2}"#, r#"{"copies": "2"}"#, r#"{"copies": 5000000000}"#] {
            let error = read(json).unwrap_err();
            assert_eq!(error, "`copies` must be a whole number or null", "{json}");
        }
        let error = read(r#"{"copies": 10000}"#).unwrap_err();
        assert_eq!(error, "`copies` must be a whole number from 0 to 9999");
    }

    fn error(json: &str) -> String {
        read::<Request>(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn an_error_names_the_path_and_what_the_value_must_be() {
        const ID: &str = "`borrow.book_id` must be a whole number from 1 to 9223372036854775807";
        for json in [
            r#"{"borrow": {}}"#,
            r#"{"borrow": {"book_id": null}}"#,
            r#"{"borrow": {"book_id": 0}}"#,
            r#"{"borrow": {"book_id": 1.5}}"#,
            r#"{"borrow": {"book_id": "7"}}"#,
            r#"{"borrow": {"book_id": "must be"}}"#,
            r#"{"borrow": {"book_id": 9223372036854775808}}"#,
            r#"{"borrow": {"book_id": [7]}}"#,
        ] {
            assert_eq!(error(json), ID, "{json}");
        }
        for due in ["\"2026-02-30\"", "7", "{}"] {
            assert_eq!(
                error(&format!(r#"{{"borrow": {{"book_id": 7, "due": {due}}}}}"#)),
                "`borrow.due` must be a calendar date written as YYYY-MM-DD"
            );
        }
        for json in ["{}", r#"{"borrow": 7}"#, r#"{"borrow": null}"#, r#"{"borrow": "x"}"#] {
            assert_eq!(error(json), "`borrow` must be an object", "{json}");
        }
        for json in ["7", "null", "\"{}\"", "[{\"book_id\": 7}]"] {
            assert_eq!(error(json), "the body must be an object", "{json}");
        }
        for json in
            ["", "{", "x", "{\"borrow\": {\"book_id\": 7},}", "{\"borrow\": {\"book_id\": 7}} x"]
        {
            assert!(error(json).starts_with("the body is not JSON: "), "{json}: {}", error(json));
        }
    }

    #[test]
    fn a_repeated_key_is_refused() {
        for (json, key) in [
            (r#"{"borrow": {"book_id": 7, "book_id": 7}}"#, "`book_id`"),
            (r#"{"borrow": {"book_id": 7}, "borrow": null}"#, "`borrow`"),
            (r#"{"borrow": {"book_id": 7, "x": [{"": 1, "": 2}]}}"#, "``"),
            ("{\"\\u202e\": 1, \"\u{202e}\": 1}", "`\\u{202e}`"),
        ] {
            let error = error(json);
            assert!(error.starts_with(&format!("{key} is given more than once")), "{error}");
        }
    }

    #[test]
    fn unknown_keys_and_further_elements_are_ignored() {
        let read: Request =
            read(br#"{"borrow": {"book_id": 7, "due": null, "x": []}, "y": 1}"#).unwrap();
        assert_eq!((read.borrow.book_id.get(), read.borrow.due), (7, None));
        let one: One<i64> = serde_json::from_str("[7, 8]").unwrap();
        assert_eq!(serde_json::to_string(&one).unwrap(), "[7]");
        assert!(serde_json::from_str::<One<i64>>("[]").is_err());
    }
}

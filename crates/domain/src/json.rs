//! The JSON form of domain types: values whose errors state the rule, and rows that may grow.
//!
//! The error of a value ends with `must …`, even for a missing value. A service puts the path in front:
//! "`borrow.book_id` must be a whole number from 1 to 9223372036854775807".

use std::{
    fmt::{self, Display},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
    ser::SerializeSeq,
};

/// Reads an `S` and converts it to a `T`. If there is no `S`, the error is "must" and `rule`; if the conversion fails,
/// it is "must" and the conversion's error.
///
/// # Errors
/// The deserializer's, with the rule.
pub fn read<'de, S, T, D>(deserializer: D, rule: impl Display) -> Result<T, D::Error>
where
    S: Deserialize<'de>,
    T: TryFrom<S, Error: Display>,
    D: Deserializer<'de>,
{
    let value = S::deserialize(deserializer)
        .map_err(|error| D::Error::custom(format_args!("{error}: must {rule}")))?;
    T::try_from(value).map_err(|error| D::Error::custom(format_args!("must {error}")))
}

/// Represents `$type` as the JSON value `$json`: reads it with `TryFrom` and writes it with `From`.
macro_rules! json_value {
    ($type:ty, $json:ty, $rule:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$json>::from(self.clone()).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json::read::<$json, Self, D>(deserializer, $rule)
            }
        }
    };
}

pub(crate) use json_value;

/// A struct that is a positional JSON array, defined by [`row!`](crate::row).
///
/// Rows may grow at the end. Readers ignore unknown elements and read a missing `Option` as `None`, so that services of
/// two versions can call each other.
pub trait Row: Sized {
    /// Writes the elements.
    ///
    /// # Errors
    /// The serializer's.
    fn write<S: SerializeSeq>(&self, elements: &mut S) -> Result<(), S::Error>;

    /// Reads the elements.
    ///
    /// # Errors
    /// Fails if one is missing or has another type.
    fn read<'de, A: SeqAccess<'de>>(elements: &mut A) -> Result<Self, A::Error>;
}

/// Writes a row.
///
/// # Errors
/// The serializer's.
pub fn write_row<S: Serializer>(row: &impl Row, serializer: S) -> Result<S::Ok, S::Error> {
    let mut elements = serializer.serialize_seq(None)?;
    row.write(&mut elements)?;
    elements.end()
}

/// Reads a row, and ignores further elements.
///
/// # Errors
/// Fails if it is not an array; otherwise as [`Row::read`].
pub fn read_row<'de, T: Row, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Elements<T>(PhantomData<T>);

    impl<'de, T: Row> Visitor<'de> for Elements<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<T, A::Error> {
            let row = T::read(&mut elements)?;
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            Ok(row)
        }
    }

    deserializer.deserialize_seq(Elements(PhantomData))
}

/// The next element of a row; `None` for a missing `Option`.
///
/// # Errors
/// Fails if it has another type, or is missing and not an `Option`.
pub fn element<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    elements: &mut A,
) -> Result<T, A::Error> {
    match elements.next_element()? {
        Some(element) => Ok(element),
        None => T::deserialize(Missing(PhantomData)),
    }
}

/// The deserializer of elements after the end of a row. Only an `Option` can be read from it.
struct Missing<E>(PhantomData<E>);

impl<'de, E: Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::custom("the row is too short"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Defines a struct that is a positional JSON array of its fields. `..loan: Loan` puts the elements of another row in
/// front. `#[schemars(…)]` adds to the schema of one element.
#[macro_export]
macro_rules! row {
    (
        $(#[doc = $row_doc:literal])*
        #[derive($($derive:ident),+)]
        pub struct $row:ident {
            $(..$base:ident: $base_row:ident,)?
            $(
                $(#[doc = $doc:literal])*
                $(#[cfg($cfg:meta)])?
                $(#[schemars($($rule:tt)*)])?
                pub $field:ident: $element:ty
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $row_doc])*
        #[derive($($derive),+)]
        pub struct $row {
            $(
                #[doc = concat!("The `", stringify!($base_row), "` that the row begins with.")]
                pub $base: $base_row,
            )?
            $($(#[doc = $doc])* $(#[cfg($cfg)])? pub $field: $element),+
        }

        impl $crate::json::Row for $row {
            fn write<S: serde::ser::SerializeSeq>(&self, elements: &mut S) -> Result<(), S::Error> {
                $($crate::json::Row::write(&self.$base, elements)?;)?
                $($(#[cfg($cfg)])? elements.serialize_element(&self.$field)?;)+
                Ok(())
            }

            fn read<'de, A: serde::de::SeqAccess<'de>>(elements: &mut A) -> Result<Self, A::Error> {
                $(let $base = $crate::json::Row::read(elements)?;)?
                $($(#[cfg($cfg)])? let $field = $crate::json::element(elements)?;)+
                Ok(Self { $($base,)? $($(#[cfg($cfg)])? $field),+ })
            }
        }

        impl serde::Serialize for $row {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::write_row(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $row {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json::read_row(deserializer)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $row {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($row).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $(#[doc = $row_doc])*
                #[derive(schemars::JsonSchema)]
                #[expect(dead_code, reason = "only its schema is of use")]
                struct Elements(
                    // One more element, because schemars does not describe a struct of one element as an array.
                    (),
                    $($(#[doc = $doc])* $(#[cfg($cfg)])? $(#[schemars($($rule)*)])? $element),+
                );

                let names = [$($(#[cfg($cfg)])? stringify!($field)),+];
                let base: Vec<schemars::Schema> = vec![$(<$base_row>::json_schema(generator))?];
                $crate::schema::row(base.first(), Elements::json_schema(generator), &names)
            }
        }
    };
}

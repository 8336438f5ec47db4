//! The ids of books, patrons and loans: positive numbers, assigned by the database.

use std::fmt;

/// Defines a type for one kind of id, so that a patron's id can't be passed as a book's.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A whole number from 1 to 9223372036854775807. Ids are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(
            #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 9_223_372_036_854_775_807_i64)))]
            i64,
        );

        $crate::json::json_value!($name, i64, $crate::InvalidId);

        impl $name {
            /// The number itself, at least 1.
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = $crate::InvalidId;

            fn try_from(number: i64) -> Result<Self, $crate::InvalidId> {
                if number > 0 { Ok(Self(number)) } else { Err($crate::InvalidId) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidId;

            /// Accepts only digits: no sign, space or fraction.
            fn from_str(text: &str) -> Result<Self, $crate::InvalidId> {
                if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err($crate::InvalidId);
                }
                text.parse::<i64>().map_err(|_| $crate::InvalidId)?.try_into()
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

pub(crate) use id;

/// The error for a value that is not an id. Its `Display` completes "must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "be a whole number from 1 to {}", i64::MAX)
    }
}

impl std::error::Error for InvalidId {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookId, LoanId, PatronId};

    #[test]
    fn an_id_is_a_positive_number_in_plain_digits() {
        assert_eq!("1".parse().map(BookId::get), Ok(1));
        assert_eq!("9223372036854775807".parse().map(PatronId::get), Ok(i64::MAX));
        for text in ["", "0", "-1", "+1", " 1", "1.0", "1e3", "abc", "٣", "9223372036854775808"] {
            assert_eq!(text.parse::<LoanId>(), Err(InvalidId), "{text:?}");
        }
    }

    #[test]
    fn in_json_an_id_is_the_plain_number() {
        let id: BookId = serde_json::from_str("7").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "7");
        for json in ["0", "-1", "1.0", "1e3", "\"1\"", "true", "null", "9223372036854775808"] {
            let error = serde_json::from_str::<BookId>(json).unwrap_err().to_string();
            assert!(
                error.contains("must be a whole number from 1 to 9223372036854775807"),
                "{error}"
            );
        }
    }
}

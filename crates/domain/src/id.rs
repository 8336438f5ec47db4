//! The numbers that name books, patrons and loans: positive, as the database counts them.

use std::fmt;

/// Defines one kind of number, so that a patron's can't be taken for a book's.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A whole number from 1 to 9223372036854775807 (`BIGINT AUTO_INCREMENT`); no two things of a
        /// kind ever have the same.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(into = "i64", try_from = "i64")]
        pub struct $name(i64);

        impl $name {
            /// The number itself, at least 1.
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = $crate::NotAnId;

            fn try_from(number: i64) -> Result<Self, $crate::NotAnId> {
                if number > 0 { Ok(Self(number)) } else { Err($crate::NotAnId) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::NotAnId;

            /// Digits only: a sign, a blank or a fraction names nothing.
            fn from_str(text: &str) -> Result<Self, $crate::NotAnId> {
                if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err($crate::NotAnId);
                }
                text.parse::<i64>().map_err(|_| $crate::NotAnId)?.try_into()
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

/// What was given names nothing: it is no whole number from 1 to 9223372036854775807.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id is a whole number from 1 to {}", i64::MAX)
    }
}

impl std::error::Error for NotAnId {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookId, LoanId, PatronId};

    #[test]
    fn an_id_is_a_positive_number_in_plain_digits() {
        assert_eq!("1".parse().map(BookId::get), Ok(1));
        assert_eq!("9223372036854775807".parse().map(PatronId::get), Ok(i64::MAX));
        for text in ["", "0", "-1", "+1", " 1", "1.0", "1e3", "abc", "٣", "9223372036854775808"] {
            assert_eq!(text.parse::<LoanId>(), Err(NotAnId), "{text:?}");
        }
    }

    #[test]
    fn in_json_an_id_is_the_plain_number() {
        let id: BookId = serde_json::from_str("7").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "7");
        for json in ["0", "-1", "1.0", "1e3", "\"1\"", "true", "null", "9223372036854775808"] {
            assert!(serde_json::from_str::<BookId>(json).is_err(), "{json}");
        }
    }
}

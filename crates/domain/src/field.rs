//! The texts that a client or a CSV file may write into the library, each with its rule. REST and the loader share the
//! rules.
//!
//! Reading is more tolerant: a row that is already in the database is shown unchanged.

use std::fmt;

use crate::{
    json::json_value,
    text::{self, TextError},
};

/// Defines a type for one kind of text, so that a title can't be passed as an author. `$rule` completes "must …" for a
/// value that is not a text; `$schema` has the limits for its JSON Schema.
macro_rules! field {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $error:ty, [$($schema:tt)+], $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars($($schema)+))] String);

        json_value!($name, String, $rule);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                let parse: fn(&str) -> Result<String, $error> = $parse;
                parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(field: $name) -> Self {
                field.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

field! {
    /// A book's title: visible text on one line, 1 to 255 characters.
    Title, "be a text of 1 to 255 characters", TextError, [length(min = 1, max = 255)],
    |text| text::line(text, 255)
}

field! {
    /// A book's author: visible text on one line, 1 to 255 characters.
    Author, "be a text of 1 to 255 characters", TextError, [length(min = 1, max = 255)],
    |text| text::line(text, 255)
}

field! {
    /// A first or a last name: visible text on one line, at most 100 characters; empty for a person with only one name.
    #[derive(Default)]
    PersonName, "be a text of at most 100 characters", TextError, [length(max = 100)],
    |text| match text.trim() {
        "" => Ok(String::new()),
        name => text::line(name, 100),
    }
}

field! {
    /// The address of a book's cover image: an https URL of at most 512 bytes, or empty.
    #[derive(Default)]
    CoverUrl, "be an https address of at most 512 bytes without spaces, or empty", InvalidCoverUrl,
    [length(max = 512)],
    |text| {
        let is_valid = text.is_empty()
            || (text.len() > "https://".len() && text.starts_with("https://") && text.len() <= 512);
        let has_gap = text.contains(|c: char| c.is_whitespace() || c.is_control());
        if is_valid && !has_gap { Ok(text.to_owned()) } else { Err(InvalidCoverUrl) }
    }
}

field! {
    /// The number on a library card: 4 to 64 letters, digits and hyphens (A-Z, a-z, 0-9, -).
    CardNumber, "be 4 to 64 letters, digits and hyphens (A-Z, a-z, 0-9, -)", InvalidCardNumber,
    [regex(pattern = "^[A-Za-z0-9-]{4,64}$")],
    |text| {
        let is_valid = (4..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_valid { Ok(text.to_owned()) } else { Err(InvalidCardNumber) }
    }
}

/// A librarian's PIN: 6 to 64 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pin(#[cfg_attr(feature = "schema", schemars(regex(pattern = "^[!-~]{6,64}$")))] String);

json_value!(Pin, String, "be 6 to 64 visible ASCII characters");

impl Pin {
    /// The PIN itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Pin {
    type Error = InvalidPin;

    fn try_from(text: String) -> Result<Self, InvalidPin> {
        let is_valid =
            (6..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_valid { Ok(Self(text)) } else { Err(InvalidPin) }
    }
}

impl From<Pin> for String {
    fn from(pin: Pin) -> Self {
        pin.0
    }
}

impl fmt::Debug for Pin {
    /// Shows none of the characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// The error for a text that is not a [`Pin`]. Its `Display` completes "must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPin;

impl fmt::Display for InvalidPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("be 6 to 64 visible ASCII characters")
    }
}

impl std::error::Error for InvalidPin {}

/// The error for a text that is not a [`CoverUrl`]. Its `Display` completes "must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCoverUrl;

impl fmt::Display for InvalidCoverUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("be an https address of at most 512 bytes without spaces, or empty")
    }
}

impl std::error::Error for InvalidCoverUrl {}

/// The error for a text that is not a [`CardNumber`]. Its `Display` completes "must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCardNumber;

impl fmt::Display for InvalidCardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("be 4 to 64 letters, digits and hyphens (A-Z, a-z, 0-9, -)")
    }
}

impl std::error::Error for InvalidCardNumber {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_may_have_one_name() {
        assert_eq!("  ".parse::<PersonName>().unwrap().as_str(), "");
        assert_eq!(" Madonna ".parse::<PersonName>().unwrap().as_str(), "Madonna");
        assert_eq!("\u{200b}".parse::<PersonName>(), Err(TextError::Invisible));
        assert_eq!("x".repeat(101).parse::<PersonName>(), Err(TextError::TooLong(100)));
    }

    #[test]
    fn a_card_number_has_letters_digits_and_hyphens() {
        for valid in ["AB-1", "abcd", "0000", &"7".repeat(64)] {
            assert!(valid.parse::<CardNumber>().is_ok(), "{valid}");
        }
        for invalid in
            ["", "ABC", " ABCD", "ABCD ", "AB+12", "12.34", "1234 5678", "ÄBCD", &"7".repeat(65)]
        {
            assert_eq!(invalid.parse::<CardNumber>(), Err(InvalidCardNumber), "{invalid}");
        }
    }

    #[test]
    fn a_pin_is_checked_and_never_shown() {
        assert!(Pin::try_from("314159".to_owned()).is_ok());
        for invalid in ["", "12345", "1234 6", "12345é", &"7".repeat(65)] {
            assert_eq!(Pin::try_from(invalid.to_owned()), Err(InvalidPin), "{invalid}");
        }
        assert_eq!(format!("{:?}", Pin::try_from("314159".to_owned())), "Ok(Pin(..))");
    }

    #[test]
    fn a_cover_is_an_https_address() {
        for valid in ["", "https://example.org/c.jpg", "https://example.org/é?a=b"] {
            assert!(valid.parse::<CoverUrl>().is_ok(), "{valid}");
        }
        let long = format!("https://{}", "x".repeat(505));
        for invalid in [
            "https://",
            "http://example.org",
            "javascript:x",
            " ",
            "https://a b",
            "https://a\n",
            &long,
        ] {
            assert_eq!(invalid.parse::<CoverUrl>(), Err(InvalidCoverUrl), "{invalid}");
        }
    }

    #[test]
    fn json_is_checked_by_the_same_rule() {
        let error = serde_json::from_str::<Title>("\" \"").unwrap_err().to_string();
        assert!(error.contains("have at least one visible character"), "{error}");
        assert_eq!(serde_json::from_str::<Author>("\" Zoe\\u0308 \"").unwrap().as_str(), "Zoë");
    }
}

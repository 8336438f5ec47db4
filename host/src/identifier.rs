//! Names in a manifest: component ids in kebab-case, variables in lower_snake_case.
use std::{borrow::Borrow, fmt};

use serde::Deserialize;

/// A component's id: words of ASCII letters and digits joined by `-`, each starting with a letter
/// and in a single case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ComponentId(String);

/// A variable's name: lowercase words of ASCII letters and digits joined by `_`, each starting with
/// a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct VariableName(String);

impl TryFrom<String> for ComponentId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        check_words(&id, '-')
            .map_err(|reason| format!("{id:?} is not a component id: {reason}"))?;
        Ok(Self(id))
    }
}

impl TryFrom<String> for VariableName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        check_words(&name, '_')
            .and_then(|()| match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                true => Err("it must be lowercase".into()),
                false => Ok(()),
            })
            .map_err(|reason| format!("{name:?} is not a variable name: {reason}"))?;
        Ok(Self(name))
    }
}

fn check_words(name: &str, delimiter: char) -> Result<(), String> {
    for word in name.split(delimiter) {
        if !word.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(format!("each word between {delimiter:?} must start with an ASCII letter"));
        }
        if let Some(odd) = word.chars().find(|char| !char.is_ascii_alphanumeric()) {
            return Err(format!("it contains {odd:?}; words are joined by {delimiter:?}"));
        }
        let uppercase = word.bytes().any(|byte| byte.is_ascii_uppercase());
        if uppercase && word.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(format!("{word:?} mixes upper and lower case"));
        }
    }
    Ok(())
}

macro_rules! impl_text {
    ($($name:ident),*) => {$(
        impl $name {
            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
impl_text!(ComponentId, VariableName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_ids_are_kebab_case() {
        for good in ["catalog", "my-shop2", "HTTP-door"] {
            assert!(ComponentId::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "my_shop", "a--b", "-a", "2nd", "a-2", "myShop", "büro", "a b"] {
            assert!(ComponentId::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn variable_names_are_lower_snake_case() {
        for good in ["a", "db_url", "db2_url"] {
            assert!(VariableName::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "dbUrl", "DB", "a__b", "_a", "a_", "a-b", "a_1"] {
            assert!(VariableName::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}

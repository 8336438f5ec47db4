//! A value that may be secret and cannot be printed by accident.
use std::fmt;

/// Text that is redacted in logs and errors. Every variable value is a `Secret`, because a manifest can
/// use a secret variable in the template of any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text. The caller must keep it out of logs and errors.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", Some(Secret::from("hunter2"))), "Some([redacted])");
    }
}

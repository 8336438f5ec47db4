//! The answer of a health check.

use serde::{Deserialize, Serialize};

/// The answer of a successful health check. A failed one is a 503 with an error body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Healthy {
    /// `ok`
    #[cfg_attr(feature = "schema", schemars(extend("const" = "ok")))]
    pub status: String,
}

impl Healthy {
    /// The only value.
    pub fn ok() -> Self {
        Self { status: "ok".to_owned() }
    }
}

//! The body of requests that undo everything.

use serde::{Deserialize, Serialize};

use crate::endpoint::json_input;

/// `{"reset": {}}`: the required body of requests that undo everything, so that none is sent by mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct ResetRequest {
    /// Empty.
    pub reset: Nothing,
}

/// An object whose keys are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct Nothing {}

json_input!(ResetRequest);

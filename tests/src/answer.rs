//! A response as the tests compare it.

use serde_json::Value;
use ureq::http::HeaderMap;

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// The status code
    pub status: u16,
    /// The headers
    pub headers: HeaderMap,
    /// The body; all bodies of the app are text
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// The status and the JSON body, to compare both at once.
    ///
    /// # Panics
    /// If the body is not JSON.
    #[must_use]
    pub fn both(&self) -> (u16, Value) {
        (self.status, self.json())
    }

    /// The `detail` of an error, empty if there is none.
    ///
    /// # Panics
    /// If the body is not JSON.
    #[must_use]
    pub fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// The header `name`, empty if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The items of the list `name` in the JSON body; none if it is null.
    ///
    /// # Panics
    /// If the body is not JSON.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<Value> {
        self.json()[name].as_array().cloned().unwrap_or_default()
    }

    /// Asserts that the request was refused as invalid, with a `detail` that names `key`.
    ///
    /// # Panics
    /// If it was not.
    pub fn assert_names(&self, key: &str) {
        assert_eq!(self.status, 400, "{key}: {}", self.body);
        assert!(self.detail().contains(key), "{key}: {}", self.body);
    }
}

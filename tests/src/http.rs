//! An HTTP client that sends what it is told, letter by letter, and takes any status for an answer.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code
    pub status: u16,
    /// The headers
    pub headers: HeaderMap,
    /// The body, which is always text here
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// The header `name`, empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A client of one app, with connections that stay open.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    address: SocketAddr,
}

impl Client {
    /// A client of the app at `address`.
    #[must_use]
    pub fn new(address: SocketAddr) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        Client { agent: config.into(), address }
    }

    /// The app's `http://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends `method` to `path`, which is taken as it is: percent-encode what has to be.
    ///
    /// # Errors
    /// When no HTTP answer came.
    pub fn try_send(&self, method: &str, path: &str) -> Result<Answer, ureq::Error> {
        let request =
            Request::builder().method(method).uri(format!("{}{path}", self.origin())).body(())?;
        let mut response = self.agent.run(request)?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string()?,
        })
    }

    /// As [`try_send`](Self::try_send), for an app that has to answer.
    ///
    /// # Panics
    /// When no HTTP answer came.
    #[must_use]
    pub fn send(&self, method: &str, path: &str) -> Answer {
        self.try_send(method, path).unwrap_or_else(|e| panic!("{method} {path}: no answer: {e}"))
    }

    /// A GET that has to be answered.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path)
    }
}

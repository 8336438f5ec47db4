//! An HTTP client that sends what it is told, letter by letter, and takes any status for an answer.
//!
//! Every REST answer is held to docs/openapi.yaml here, so that no test can forget it.

use std::{io::Read, net::SocketAddr, time::Duration};

use serde_json::Value;
use ureq::{
    AsSendBody, SendBody,
    http::{HeaderMap, Request},
};

use crate::contract;

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

    /// The status and the JSON, to compare both at once.
    ///
    /// # Panics
    /// When the body is no JSON.
    #[must_use]
    pub fn both(&self) -> (u16, Value) {
        (self.status, self.json())
    }

    /// The sentence for people, empty when there is none.
    ///
    /// # Panics
    /// When the body is no JSON.
    #[must_use]
    pub fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
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
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// A client of the app at `address`.
    #[must_use]
    pub fn new(address: SocketAddr) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .proxy(None)
            // A race is between requests, not between connections: they stay open.
            .max_idle_connections(256)
            .max_idle_connections_per_host(256)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Client { agent: config.into(), address, headers: Vec::new() }
    }

    /// This client, sending the header `name` with every request too.
    #[must_use]
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Client {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
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
    ///
    /// # Panics
    /// When the answer is none that docs/openapi.yaml has.
    pub fn try_send(&self, method: &str, path: &str) -> Result<Answer, ureq::Error> {
        self.exchange(method, path, ())
    }

    /// As [`try_send`](Self::try_send), for an app that has to answer.
    ///
    /// # Panics
    /// When no HTTP answer came.
    #[must_use]
    pub fn send(&self, method: &str, path: &str) -> Answer {
        answered(method, path, self.try_send(method, path))
    }

    /// A GET that has to be answered.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path)
    }

    /// Sends `body` as JSON; the app has to answer.
    ///
    /// # Panics
    /// When no HTTP answer came.
    #[must_use]
    pub fn send_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.with("content-type", "application/json").send_bytes(method, path, body.as_bytes())
    }

    /// Sends `body` as it is, with the content type that [`with`](Self::with) gave, if any.
    ///
    /// # Panics
    /// When no HTTP answer came.
    #[must_use]
    pub fn send_bytes(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        answered(method, path, self.exchange(method, path, body))
    }

    /// Sends `body` in chunks, so that its length is not known before its end.
    ///
    /// # Panics
    /// When no HTTP answer came.
    #[must_use]
    pub fn send_chunked(&self, method: &str, path: &str, mut body: impl Read) -> Answer {
        answered(method, path, self.exchange(method, path, SendBody::from_reader(&mut body)))
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        body: impl AsSendBody,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin()));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let mut response = self.agent.run(request.body(body)?)?;
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string()?,
        };
        contract::check(method, path, &answer);
        Ok(answer)
    }
}

fn answered(method: &str, path: &str, answer: Result<Answer, ureq::Error>) -> Answer {
    answer.unwrap_or_else(|e| panic!("{method} {path}: no answer: {e}"))
}

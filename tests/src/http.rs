//! An HTTP client that sends exactly what it is given and accepts any status.
//!
//! It checks every REST response against docs/openapi.yaml, so that no test can forget to.

use std::{
    io::Read,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use ureq::{AsSendBody, SendBody, http::Request};

use crate::{answer::Answer, contract, figures::Exchanges};

/// A client of one app. It keeps its connections open.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
    exchanges: Arc<Exchanges>,
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
            // Tests of concurrent requests must not measure the opening of connections.
            .max_idle_connections(256)
            .max_idle_connections_per_host(256)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Client { agent: config.into(), address, headers: Vec::new(), exchanges: Arc::default() }
    }

    /// Returns this client with one more header on every request.
    #[must_use]
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Client {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }

    /// The app's address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The app's `http://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a request without a body. `path` is sent unchanged: percent-encode it where needed.
    ///
    /// # Errors
    /// If there is no HTTP response.
    ///
    /// # Panics
    /// If docs/openapi.yaml does not document the response.
    pub fn try_send(&self, method: &str, path: &str) -> Result<Answer, ureq::Error> {
        self.exchange(method, path, ())
    }

    /// Like [`try_send`](Self::try_send), for an app that must respond.
    ///
    /// # Panics
    /// If there is no HTTP response.
    #[must_use]
    pub fn send(&self, method: &str, path: &str) -> Answer {
        answered(method, path, self.try_send(method, path))
    }

    /// Sends a GET request to an app that must respond.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path)
    }

    /// Sends `body` as JSON.
    ///
    /// # Errors
    /// If there is no HTTP response.
    pub fn try_send_json(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Answer, ureq::Error> {
        let body = body.to_string();
        self.with("content-type", "application/json").exchange(method, path, body.as_bytes())
    }

    /// Like [`try_send_json`](Self::try_send_json), for an app that must respond.
    ///
    /// # Panics
    /// If there is no HTTP response.
    #[must_use]
    pub fn send_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        answered(method, path, self.try_send_json(method, path, body))
    }

    /// Sends `body` unchanged, with the content type that [`with`](Self::with) set, if any.
    ///
    /// # Panics
    /// If there is no HTTP response.
    #[must_use]
    pub fn send_bytes(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        answered(method, path, self.exchange(method, path, body))
    }

    /// Sends `body` in chunks, without a length.
    ///
    /// # Panics
    /// If there is no HTTP response.
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
        let begin = Instant::now();
        let mut response = self.agent.run(request.body(body)?)?;
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            // Pictures are not text, and no test reads them.
            body: String::from_utf8_lossy(&response.body_mut().read_to_vec()?).into_owned(),
        };
        self.exchanges.add(method, path, begin.elapsed());
        contract::check(method, path, &answer);
        Ok(answer)
    }
}

fn answered(method: &str, path: &str, answer: Result<Answer, ureq::Error>) -> Answer {
    answer.unwrap_or_else(|e| panic!("{method} {path}: no answer: {e}"))
}

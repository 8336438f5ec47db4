//! The lab's HTTP client of the library. It uses only the public REST contract.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::{process::Child, time::sleep};

/// The time to become healthy. It is long, because the database may be recovering from a crash.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The open loans in the order of their ids, each a row of the REST contract.
pub type Loans = Vec<Value>;

/// A client of a running library.
pub struct LibraryClient {
    origin: String,
    token: String,
    _tunnel: Option<Child>,
}

impl LibraryClient {
    /// A client of the library at `origin`. `token` is empty if the library requires none.
    pub fn new(origin: String, token: String, tunnel: Option<Child>) -> LibraryClient {
        LibraryClient { origin, token, _tunnel: tunnel }
    }

    /// A shell command that shows all loans, without the token's value.
    pub fn command(&self) -> String {
        let header =
            if self.token.is_empty() { "" } else { "--header \"Authorization: Bearer $token\" " };
        format!("curl {header}{}/borrowdb", self.origin)
    }

    /// Lends `book` to `patron`, and describes the outcome. A refusal is not an error: the loan may exist already.
    pub async fn borrow(&self, book: i64, patron: i64) -> Result<String> {
        let body = json!({"borrow": {"book_id": book, "patron_id": patron}});
        let (status, answer) = self.send("POST", "/borrow", Some(body)).await?;
        match (status, answer["detail"].as_str()) {
            (201, _) => Ok("lent".to_owned()),
            (200, Some(refused)) => Ok(format!("refused: {refused}")),
            _ => bail!("the library responded to a loan with {status}: {answer}"),
        }
    }

    /// All open loans.
    pub async fn loans(&self) -> Result<Loans> {
        let (mut loans, mut after) = (Loans::new(), json!(0));
        while !after.is_null() {
            let path = format!("/borrowdb?limit=1000&after={after}");
            let (status, page) = self.send("GET", &path, None).await?;
            if status != 200 {
                bail!("the library responded to a query of its loans with {status}: {page}");
            }
            loans.extend(page["transactions"].as_array().into_iter().flatten().cloned());
            after = page["next"].clone();
        }
        Ok(loans)
    }

    /// The response of the health check.
    pub async fn health(&self) -> Result<String> {
        let (status, answer) = self.send("GET", "/borrow/healthz", None).await?;
        Ok(format!("{status} {answer}"))
    }

    /// Waits until all services reach their databases.
    pub async fn wait_until_healthy(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            let state = match self.send("GET", "/borrow/healthz", None).await {
                Ok((200, _)) => return Ok(()),
                Ok((status, answer)) => format!("its health check responds {status} {answer}"),
                Err(error) => format!("{error:#}"),
            };
            if started.elapsed() > TIMEOUT {
                bail!("the library is still unavailable after {TIMEOUT:?}: {state}");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn send(
        &self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.origin);
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(body)?;
        let response = tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(30)))
                .proxy(None)
                .build();
            let mut response = ureq::Agent::from(config).run(request)?;
            let text = response.body_mut().read_to_string()?;
            anyhow::Ok((response.status().as_u16(), text))
        });
        let (status, text) = response.await?.with_context(|| format!("no response from {url}"))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}

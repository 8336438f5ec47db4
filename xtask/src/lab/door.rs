//! What the lab asks the library over HTTP, as anybody could.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::{process::Child, time::sleep};

/// How long the library may take to answer again: its database may be repairing itself.
const PATIENCE: Duration = Duration::from_secs(300);

/// The open loans, in the order of their ids; each a row of the REST contract.
pub type Loans = Vec<Value>;

/// The way in to a running library, as long as this is held.
pub struct Door {
    origin: String,
    token: String,
    _tunnel: Option<Child>,
}

impl Door {
    /// The library at `origin`, with the token it wants, if it wants one.
    pub fn new(origin: String, token: String, tunnel: Option<Child>) -> Door {
        Door { origin, token, _tunnel: tunnel }
    }

    /// What anybody may type to see all loans. The token is not shown.
    pub fn command(&self) -> String {
        let header =
            if self.token.is_empty() { "" } else { "--header \"Authorization: Bearer $token\" " };
        format!("curl {header}{}/borrowdb", self.origin)
    }

    /// Lends `book` to `patron`, and says what became of it. A refusal is no failure: both may have done it before.
    pub async fn borrow(&self, book: i64, patron: i64) -> Result<String> {
        let body = json!({"borrow": {"book_id": book, "patron_id": patron}});
        let (status, answer) = self.ask("POST", "/borrow", Some(body)).await?;
        match (status, answer["detail"].as_str()) {
            (201, _) => Ok("lent".to_owned()),
            (200, Some(refused)) => Ok(format!("refused: {refused}")),
            _ => bail!("the library answered {status} to a loan: {answer}"),
        }
    }

    /// All open loans.
    pub async fn loans(&self) -> Result<Loans> {
        let (mut loans, mut after) = (Loans::new(), json!(0));
        while !after.is_null() {
            let path = format!("/borrowdb?limit=1000&after={after}");
            let (status, page) = self.ask("GET", &path, None).await?;
            if status != 200 {
                bail!("the library answered {status} instead of its loans: {page}");
            }
            loans.extend(page["transactions"].as_array().into_iter().flatten().cloned());
            after = page["next"].clone();
        }
        Ok(loans)
    }

    /// What the library says of its health.
    pub async fn health(&self) -> Result<String> {
        let (status, answer) = self.ask("GET", "/borrow/healthz", None).await?;
        Ok(format!("{status} {answer}"))
    }

    /// Waits until all its parts reach their database.
    pub async fn wait_until_healthy(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            let said = match self.ask("GET", "/borrow/healthz", None).await {
                Ok((200, _)) => return Ok(()),
                Ok((status, answer)) => format!("it says {status} {answer}"),
                Err(error) => format!("{error:#}"),
            };
            if started.elapsed() > PATIENCE {
                bail!("the library is not well again after {PATIENCE:?}: {said}");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn ask(
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
        let asked = tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(30)))
                .proxy(None)
                .build();
            let mut response = ureq::Agent::from(config).run(request)?;
            let text = response.body_mut().read_to_string()?;
            anyhow::Ok((response.status().as_u16(), text))
        });
        let (status, text) = asked.await?.with_context(|| format!("no answer from {url}"))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}

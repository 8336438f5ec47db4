//! The REST services, as the test needs them: new cards at the beginning, the ledger at the end.

use anyhow::{Context, Result, bail, ensure};
use http::{
    Method, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

use super::visit::{Card, FIRST_NAME};

/// Rows of one page of a list.
const PAGE: usize = 1000;

/// A client of the services.
pub struct Rest {
    client: Client<HttpConnector, Full<Bytes>>,
    origin: String,
    token: Option<String>,
    /// Distinguishes the cards of this run.
    run: u32,
}

impl Rest {
    /// A client of the library at `origin`.
    ///
    /// # Errors
    /// When the address is not one of plain HTTP.
    pub fn new(origin: &str, token: Option<&str>) -> Result<Rest> {
        ensure!(
            origin.starts_with("http://"),
            "--against takes an address that begins with http://, such as a port that kubectl forwards"
        );
        Ok(Rest {
            client: Client::builder(TokioExecutor::new()).build_http(),
            origin: origin.to_owned(),
            token: token.map(str::to_owned),
            run: rand::random(),
        })
    }

    /// The loan limit: the number of books that a patron may have.
    ///
    /// # Errors
    /// When lending does not answer.
    pub async fn loan_limit(&self) -> Result<usize> {
        let rules = self.send(Method::GET, "/borrow/rules", None).await?;
        let limit = rules["loan_limit"].as_u64().context("the rules have no loan_limit")?;
        Ok(usize::try_from(limit)?)
    }

    /// Registers the patron with this number in the run.
    ///
    /// # Errors
    /// When patrons does not answer.
    pub async fn register(&self, number: usize) -> Result<Card> {
        let (last_name, number) =
            (format!("Visitor {number}"), format!("LOAD-{:08X}-{number}", self.run));
        let patron = json!({ "first_name": FIRST_NAME, "last_name": last_name, "number": number });
        let answer = self
            .send(Method::POST, "/patdb/patrons", Some(&json!({ "patron": patron })))
            .await
            .context("can't register a patron")?;
        let patron = answer["patron"][0][0].as_u64().context("the new patron has no id")?;
        Ok(Card { patron, last_name, number, loans: Default::default() })
    }

    /// Every row of a list, page by page; `key` is where the rows are.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn all(&self, path: &str, key: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.send(Method::GET, &format!("{path}?limit={PAGE}{after}"), None).await?;
            rows.extend(page[key].as_array().into_iter().flatten().cloned());
            match page["next"].as_u64() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(rows),
            }
        }
    }

    /// Returns a book.
    ///
    /// # Errors
    /// When lending does not answer.
    pub async fn give_back(&self, book: u64, patron: u64) -> Result<()> {
        let body = json!({ "borrow": { "book_id": book, "patron_id": patron } });
        self.send(Method::DELETE, "/borrow", Some(&body)).await.map(drop)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin));
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.client.request(request.body(Full::new(Bytes::from(body)))?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{path}: status {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

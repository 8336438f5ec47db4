//! A patron's browser: it keeps cookies and one connection, follows redirects, and notes how long each page took.

use std::{collections::BTreeMap, time::Duration};

use http::{
    Method, Request, StatusCode,
    header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::{Instant, timeout};
use url::{Url, form_urlencoded};

use super::record::{Action, Recorder};

/// When a patron gives up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A page did not come, or came with an error of the server.
#[derive(Debug)]
pub struct Failed;

/// A page.
pub struct Page {
    /// Its HTML.
    pub html: String,
    /// Whether the form that led to it was executed: the notice on it is a good one.
    pub is_success: bool,
}

impl Page {
    /// Every text between `before` and the next `after`.
    pub fn all<'a>(&'a self, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
        self.html.split(before).skip(1).filter_map(move |rest| Some(rest.split_once(after)?.0))
    }

    /// The ids of the books that have a button with this name.
    pub fn buttons(&self, name: &str) -> Vec<u64> {
        let before = format!("name=\"{name}\" value=\"");
        self.all(&before, "\"").filter_map(|id| id.parse().ok()).collect()
    }

    fn hidden(&self, name: &str) -> String {
        let before = format!("name=\"{name}\" value=\"");
        self.all(&before, "\"").next().unwrap_or_default().to_owned()
    }
}

/// One patron's browser.
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    origin: Url,
    cookies: BTreeMap<String, String>,
    recorder: Recorder,
    /// The page that is shown.
    pub page: Page,
}

impl Browser {
    /// A browser without cookies.
    ///
    /// # Errors
    /// If `origin` is not a valid URL.
    pub fn new(origin: &str, recorder: Recorder) -> Result<Browser, url::ParseError> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let page = Page { html: String::new(), is_success: false };
        Ok(Browser {
            client,
            origin: Url::parse(origin)?,
            cookies: BTreeMap::new(),
            recorder,
            page,
        })
    }

    /// Opens a page at the time `at`.
    ///
    /// # Errors
    /// When it does not come; the record has the reason.
    pub async fn open(&mut self, action: Action, at: Instant, path: &str) -> Result<(), Failed> {
        self.click(action, at, Method::GET, path, None).await
    }

    /// Submits a form of the page at the time `at`, with its hidden fields and `fields`.
    ///
    /// # Errors
    /// As [`open`](Self::open); then it is unknown whether the form was executed.
    pub async fn submit(
        &mut self,
        action: Action,
        at: Instant,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<(), Failed> {
        let hidden = ["csrf_token", "key", "next"].map(|name| (name, self.page.hidden(name)));
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(hidden.iter().filter(|(_, value)| !value.is_empty()))
            .extend_pairs(fields)
            .finish();
        self.click(action, at, Method::POST, path, Some(form)).await
    }

    async fn click(
        &mut self,
        action: Action,
        at: Instant,
        method: Method,
        path: &str,
        form: Option<String>,
    ) -> Result<(), Failed> {
        let outcome = timeout(TIMEOUT, self.exchange(method, path, form)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(format!("no answer within {TIMEOUT:?}")));
        self.recorder.click(action, at.into_std(), outcome.as_ref().err().cloned());
        self.page = outcome.map_err(|_| Failed)?;
        Ok(())
    }

    /// Sends a request, and another one where the answer redirects to.
    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        form: Option<String>,
    ) -> Result<Page, String> {
        let (status, location, html) = self.send(method, path, form).await?;
        if status != StatusCode::SEE_OTHER {
            return shown(status, html);
        }
        let (status, _, html) = self.send(Method::GET, &location, None).await?;
        shown(status, html)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        form: Option<String>,
    ) -> Result<(StatusCode, String, String), String> {
        let mut url = self.origin.join(path).map_err(|error| error.to_string())?;
        url.set_fragment(None);
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(url.as_str());
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(form.unwrap_or_default()));
        let request = request.body(body).map_err(|error| error.to_string())?;
        let answer = self.client.request(request).await.map_err(|error| format!("{error:?}"))?;
        let (head, body) = answer.into_parts();
        for line in head.headers.get_all(SET_COOKIE) {
            self.keep_cookie(line.to_str().unwrap_or_default());
        }
        let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let body = body.collect().await.map_err(|error| format!("{error:?}"))?.to_bytes();
        Ok((head.status, location, String::from_utf8_lossy(&body).into_owned()))
    }

    fn keep_cookie(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        if attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn shown(status: StatusCode, html: String) -> Result<Page, String> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(format!("status {status}"));
    }
    let is_success = html.contains("class=\"flash notice-bar good\"");
    Ok(Page { html, is_success })
}

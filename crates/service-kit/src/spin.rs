//! Where the services meet Spin: requests in, answers out, variables, the database and other services.
//!
//! Nothing here works outside a component. The other modules don't need it, and so their tests run natively.

use std::{
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use futures::{
    TryStreamExt,
    future::{Either, poll_fn, select},
};
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_LENGTH},
};
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use spin_sdk::{
    http::{Headers, IncomingRequest, IncomingResponse, OutgoingResponse, ResponseOutparam, send},
    mysql::Connection,
    variables,
};
use wasi::{clocks::monotonic_clock, random::random::get_random_u64};

use crate::{
    Problem, access,
    body::{self, Body},
    database::{DatabaseError, Settings},
    peer::{Peer, PeerError},
    problem::{bad_request, fault},
    trace::{self, REQUEST_ID},
};

/// Longest time another service may take for its whole answer, unless the caller says otherwise. A page is
/// to come within 5 seconds even when that service hangs; Spin itself would wait for 10 minutes.
const PATIENCE: Duration = Duration::from_secs(4);

/// Answers one request to a REST service, as [`serve`] does: only with the library's token, if it has
/// one, and with a name for the logs.
pub async fn serve_rest(
    incoming: IncomingRequest,
    out: ResponseOutparam,
    handler: impl AsyncFnOnce(Request<Body>) -> Response<Vec<u8>>,
) {
    serve(incoming, out, async |mut request| {
        let random = || u128::from(get_random_u64()) << 64 | u128::from(get_random_u64());
        let name = trace::named(&mut request, random);
        let mut response = match token().and_then(|token| access::check(&request, &token)) {
            Ok(()) => handler(request).await,
            Err(problem) => problem.into_response(),
        };
        response.headers_mut().insert(REQUEST_ID, name);
        response
    })
    .await;
}

/// The token that services ask for and bring: the variable `api_token`, empty when there is none.
fn token() -> Result<String, Problem> {
    let token = variables::get("api_token").map_err(|e| fault(format!("api_token: {e}")))?;
    // A secret that was read from a file ends with the file's last line break.
    Ok(token.trim().to_owned())
}

/// Answers one request through `handler`, which sees HEAD as it is and may answer it like GET: the body
/// is left out here, its length is said all the same.
pub async fn serve(
    incoming: IncomingRequest,
    out: ResponseOutparam,
    handler: impl AsyncFnOnce(Request<Body>) -> Response<Vec<u8>>,
) {
    let request = request(incoming).await;
    let head = request.as_ref().is_ok_and(|request| request.method() == Method::HEAD);
    let mut response = match request {
        Ok(request) => handler(request).await,
        Err(why) => bad_request(format!("this is no request: {why}")).into_response(),
    };
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_LENGTH, length);

    let outgoing = OutgoingResponse::new(headers(&response));
    if outgoing.set_status_code(response.status().as_u16()).is_err() {
        eprintln!("fault: {} is no status", response.status());
    }
    if head {
        // An outgoing body that is never opened may lack the bytes that content-length promises.
        out.set(outgoing);
    } else if let Err(error) = out.set_with_body(outgoing, response.into_body()).await {
        eprintln!("the answer could not be sent: {error}");
    }
}

/// The request as the `http` crate has it.
async fn request(incoming: IncomingRequest) -> Result<Request<Body>, http::Error> {
    let mut request = Request::builder()
        .method(incoming.method().to_string().as_str())
        .uri(incoming.path_with_query().unwrap_or_default());
    for (name, value) in incoming.headers().entries() {
        request = request.header(name, value);
    }
    let reading = request.method_ref().is_some_and(|m| matches!(*m, Method::GET | Method::HEAD));
    let length =
        request.headers_ref().and_then(|headers| headers.get(CONTENT_LENGTH)?.to_str().ok());
    let is_long = length.and_then(|length| length.parse().ok()).is_some_and(|n: u64| n > MOST);
    let body = match is_long {
        _ if reading => Body::Whole(Vec::new()),
        true => Body::TooLarge,
        false => read_body(incoming).await,
    };
    request.body(body)
}

const MOST: u64 = body::LARGEST as u64;

async fn read_body(incoming: IncomingRequest) -> Body {
    let mut chunks = pin!(incoming.into_body_stream());
    let mut bytes = Vec::new();
    loop {
        match chunks.try_next().await {
            Ok(Some(chunk)) => bytes.extend(chunk),
            Ok(None) => return Body::Whole(bytes),
            Err(_) => return Body::Broken,
        }
        if bytes.len() > body::LARGEST {
            return Body::TooLarge;
        }
    }
}

fn headers(response: &Response<Vec<u8>>) -> Headers {
    let fields: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned()))
        .collect();
    Headers::from_list(&fields).unwrap_or_else(|error| {
        eprintln!("fault: a header of the answer was refused: {error}");
        Headers::new()
    })
}

/// Opens a session with the database that the component's variables `db_host`, `db_port`, `db_name`,
/// `db_user` and `db_password` name. It ends when it is dropped.
///
/// # Errors
/// Unreachable when there is no session to be had, a fault when a variable is missing.
pub fn database() -> Result<Connection, DatabaseError> {
    let variable =
        |name| variables::get(name).map_err(|e| DatabaseError::fault(format!("{name}: {e}")));
    let settings = Settings {
        host: variable("db_host")?,
        port: variable("db_port")?,
        name: variable("db_name")?,
        user: variable("db_user")?,
        password: variable("db_password")?,
    };
    Ok(Connection::open(&settings.url())?)
}

/// Another service, at the address in one of the component's variables: `http://catalog.spin.internal`
/// inside one process, `http://catalog` between pods.
#[derive(Clone, Debug)]
pub struct PeerAt {
    name: &'static str,
    variable: &'static str,
    patience: Duration,
    latest: Option<Instant>,
    request_id: Option<HeaderValue>,
}

impl PeerAt {
    /// The service that the log calls `name` and whose address is in `variable`.
    pub fn new(name: &'static str, variable: &'static str) -> Self {
        Self { name, variable, patience: PATIENCE, latest: None, request_id: None }
    }

    /// The same service, waited for as long as this.
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same service, waited for no longer than until then: who asks several services one after the
    /// other has one end to all the waiting.
    pub fn until(mut self, latest: Instant) -> Self {
        self.latest = Some(latest);
        self
    }

    /// The same service, asked on behalf of `request`, whose name it is told.
    pub fn for_request<B>(mut self, request: &Request<B>) -> Self {
        self.request_id = request.headers().get(REQUEST_ID).cloned();
        self
    }

    /// `request` with what every one to a service of ours has: its full address, the token, the name.
    fn addressed(&self, mut request: Request<Vec<u8>>) -> Result<Request<Vec<u8>>, String> {
        let base = variables::get(self.variable).map_err(|e| e.to_string())?;
        let url = format!("{}{}", base.trim_end_matches('/'), request.uri());
        *request.uri_mut() = url.parse().map_err(|e| format!("{}: {e}", self.variable))?;
        let token = token().map_err(|_| "the token is not to be had")?;
        if !token.is_empty() {
            let value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "the token is not fit for a header")?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        if let Some(id) = &self.request_id {
            request.headers_mut().insert(REQUEST_ID, id.clone());
        }
        Ok(request)
    }
}

impl Peer for PeerAt {
    fn name(&self) -> &str {
        self.name
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PeerError> {
        let unreachable = |why: &dyn std::fmt::Display| PeerError::Unreachable(why.to_string());
        let request = self.addressed(request).map_err(PeerError::Unreachable)?;
        let exchange = async {
            let incoming: IncomingResponse = send(request).await.map_err(|e| unreachable(&e))?;
            let status = StatusCode::from_u16(incoming.status()).map_err(|e| unreachable(&e))?;
            let mut response = Response::builder().status(status);
            for (name, value) in incoming.headers().entries() {
                response = response.header(name, value);
            }
            let body = incoming.into_body().await.map_err(|e| unreachable(&e))?;
            response.body(body).map_err(|e| unreachable(&e))
        };
        let left = self.latest.map(|latest| latest.saturating_duration_since(Instant::now()));
        let patience = left.map_or(self.patience, |left| left.min(self.patience));
        match select(pin!(exchange), pin!(sleep(patience))).await {
            Either::Left((answer, _)) => answer,
            // Dropping the exchange takes the request back.
            Either::Right(_) => {
                Err(PeerError::Unreachable(format!("no answer within {patience:?}")))
            }
        }
    }
}

/// 256 bits that nobody can guess.
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    for part in bytes.chunks_exact_mut(8) {
        part.copy_from_slice(&get_random_u64().to_ne_bytes());
    }
    bytes
}

/// Waits, while other futures of the same task go on.
///
/// The SDK sends requests without WASI's timeouts, and those would not bound a body that trickles.
async fn sleep(duration: Duration) {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let end = monotonic_clock::now().saturating_add(nanoseconds);
    let mut alarm = None;
    poll_fn(|context| {
        if monotonic_clock::now() >= end {
            return Poll::Ready(());
        }
        // The event loop lets go of an alarm that rang, so each turn sets a new one.
        let pollable = monotonic_clock::subscribe_instant(end);
        let token = push_waker_and_get_token(pollable, context.waker().clone());
        alarm = Some(CancelOnDropToken::from(token));
        Poll::Pending
    })
    .await;
    drop(alarm);
}

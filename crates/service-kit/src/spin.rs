//! Where the services meet Spin: requests in, answers out, variables, the database and other services.
//!
//! Nothing here works outside a component. The other modules don't need it, and so their tests run natively.

use std::{pin::pin, task::Poll, time::Duration};

use futures::future::{Either, poll_fn, select};
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_LENGTH};
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use spin_sdk::{
    http::{Headers, IncomingRequest, IncomingResponse, OutgoingResponse, ResponseOutparam, send},
    mysql::Connection,
    variables,
};
use wasi::clocks::monotonic_clock;

use crate::{
    database::{DatabaseError, Settings},
    peer::{Peer, PeerError},
    problem::bad_request,
};

/// Longest time another service may take for its whole answer. A page is to come within 5 seconds even
/// when that service hangs; Spin itself would wait for 10 minutes.
const PATIENCE: Duration = Duration::from_secs(4);

/// Answers one request through `handler`, which sees HEAD as it is and may answer it like GET: the body
/// is left out here, its length is said all the same.
pub async fn serve(
    incoming: IncomingRequest,
    out: ResponseOutparam,
    handler: impl AsyncFnOnce(Request<()>) -> Response<Vec<u8>>,
) {
    let request = request(&incoming);
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

/// The request as the `http` crate has it, without its body.
fn request(incoming: &IncomingRequest) -> Result<Request<()>, http::Error> {
    let mut request = Request::builder()
        .method(incoming.method().to_string().as_str())
        .uri(incoming.path_with_query().unwrap_or_default());
    for (name, value) in incoming.headers().entries() {
        request = request.header(name, value);
    }
    request.body(())
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
#[derive(Clone, Copy, Debug)]
pub struct PeerAt {
    /// What the service is called in the log.
    pub name: &'static str,
    /// The variable that holds its address.
    pub variable: &'static str,
}

impl Peer for PeerAt {
    fn name(&self) -> &str {
        self.name
    }

    async fn get(&self, target: &str) -> Result<Response<Vec<u8>>, PeerError> {
        let unreachable = |why: &dyn std::fmt::Display| PeerError::Unreachable(why.to_string());
        let base = variables::get(self.variable).map_err(|e| unreachable(&e))?;
        let url = format!("{}{target}", base.trim_end_matches('/'));
        let exchange = async {
            let request = spin_sdk::http::Request::get(url);
            let incoming: IncomingResponse = send(request).await.map_err(|e| unreachable(&e))?;
            let status = StatusCode::from_u16(incoming.status()).map_err(|e| unreachable(&e))?;
            let body = incoming.into_body().await.map_err(|e| unreachable(&e))?;
            let mut response = Response::new(body);
            *response.status_mut() = status;
            Ok(response)
        };
        match select(pin!(exchange), pin!(sleep(PATIENCE))).await {
            Either::Left((answer, _)) => answer,
            // Dropping the exchange takes the request back.
            Either::Right(_) => Err(unreachable(&format_args!("no answer within {PATIENCE:?}"))),
        }
    }
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

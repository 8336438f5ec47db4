//! Calls to another service of the library, with a timeout.

use std::fmt;

use contract::{
    Endpoint, ErrorBody,
    endpoint::{Input, Outgoing},
};
use domain::Refusal;
use http::{HeaderValue, Request, Response, StatusCode, header::RETRY_AFTER};
use serde::de::DeserializeOwned;

use crate::{
    Problem,
    idempotency::IDEMPOTENCY_KEY,
    log,
    problem::{internal_error, unavailable},
};

/// Most bytes of the input in the path and query of a call: far below the 64 KiB that Spin's and our HTTP libraries accept.
const MAX_TARGET: usize = 32 * 1024;

/// A fault that a client simulates, for learning. The service itself keeps working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is sent 3 seconds late.
    Slow,
    /// No answer comes.
    Silent,
    /// The answer is a 500.
    Error,
}

/// Another service of the library.
pub trait ServiceClient {
    /// The service's name in the log.
    fn name(&self) -> &str;

    /// Sends `request` and returns the answer, whatever its status. The request's URI is a path with an optional query.
    ///
    /// # Errors
    /// [`CallError::Unreachable`] if no complete answer arrives in time.
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, CallError>>;

    /// Calls an endpoint of the contract, with an idempotency key if it takes one.
    ///
    /// # Errors
    /// [`CallError::Refused`] if a lending rule refuses the request; otherwise see the other variants.
    fn call<I: Input, A: DeserializeOwned>(
        &self,
        endpoint: Endpoint<I, A>,
        input: &I,
        key: Option<&str>,
    ) -> impl Future<Output = Result<A, CallError>> {
        let request = request(&endpoint, input, key);
        async move {
            let response = self.send(request?).await?;
            check(endpoint.route.success, &response)?;
            serde_json::from_slice(response.body())
                .map_err(|error| CallError::Malformed(error.to_string()))
        }
    }

    /// Whether an endpoint answers with success and not with 404. Does not read the body, so its form may change.
    ///
    /// # Errors
    /// Same as [`ServiceClient::call`], except for 404.
    fn exists<I: Input, A>(
        &self,
        endpoint: Endpoint<I, A>,
        input: &I,
    ) -> impl Future<Output = Result<bool, CallError>> {
        let request = request(&endpoint, input, None);
        async move {
            let response = self.send(request?).await?;
            Ok(found(check(endpoint.route.success, &response))?.is_some())
        }
    }
}

fn request<I: Input, A>(
    endpoint: &Endpoint<I, A>,
    input: &I,
    key: Option<&str>,
) -> Result<Request<Vec<u8>>, CallError> {
    let mut outgoing = Outgoing::default();
    input.write(&mut outgoing);
    if outgoing.target_len() > MAX_TARGET {
        // As the service would answer.
        let (status, body) = (StatusCode::URI_TOO_LONG, Box::default());
        return Err(CallError::Rejected { status, retry_after: None, body });
    }
    let mut request = outgoing.into_request(endpoint.route).map_err(CallError::Malformed)?;
    request.extensions_mut().insert(endpoint.route);
    if let Some(key) = key {
        let key = HeaderValue::from_str(key).map_err(|e| CallError::Malformed(e.to_string()))?;
        request.headers_mut().insert(IDEMPOTENCY_KEY, key);
    }
    Ok(request)
}

/// Checks that `response` has the endpoint's success status.
fn check(success: StatusCode, response: &Response<Vec<u8>>) -> Result<(), CallError> {
    let status = response.status();
    if status == success {
        return Ok(());
    }
    let body: ErrorBody = serde_json::from_slice(response.body()).unwrap_or_default();
    if let (StatusCode::OK | StatusCode::CONFLICT, Some(refusal)) = (status, body.refusal()) {
        return Err(CallError::Refused(refusal, Box::new(body)));
    }
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    Err(CallError::Rejected { status, retry_after, body: Box::new(body) })
}

/// The answer of a call; `None` for 404.
///
/// # Errors
/// Every other error of the call.
pub fn found<A>(result: Result<A, CallError>) -> Result<Option<A>, CallError> {
    match result {
        Err(CallError::Rejected { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// The reason why a call has no answer of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// No connection, or no complete answer in time. The service may have done the work.
    Unreachable(String),
    /// A lending rule refused the request, and nothing changed. The body is the service's answer.
    Refused(Refusal, Box<ErrorBody>),
    /// Another status.
    Rejected {
        /// The status.
        status: StatusCode,
        /// Seconds after which a retry may work.
        retry_after: Option<u16>,
        /// The service's answer.
        body: Box<ErrorBody>,
    },
    /// A request or an answer that does not follow the contract.
    Malformed(String),
}

impl CallError {
    /// Whether a retry of the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Rejected { status, .. } => status.is_server_error(),
            Self::Refused(..) | Self::Malformed(_) => false,
        }
    }

    /// The reason code of a 409 or 429 that is not a refusal by the lending rules.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Rejected { body, .. } => body.reason.as_deref(),
            _ => None,
        }
    }

    /// The answer of a service that needs `service`: 503 if a retry may succeed, otherwise 500. Logs the cause.
    pub fn into_problem(self, service: &str) -> Problem {
        let cause = format!("{service}: {self}");
        if !self.is_temporary() {
            return internal_error(cause);
        }
        log::error("service unavailable", cause);
        unavailable(format!("the {service} service is unavailable"), 5)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "no answer: {why}"),
            Self::Refused(refusal, _) => write!(f, "refused: {}", refusal.code()),
            Self::Rejected { status, .. } => write!(f, "answered {status}"),
            Self::Malformed(why) => write!(f, "does not follow the contract: {why}"),
        }
    }
}

impl std::error::Error for CallError {}

#[cfg(test)]
mod tests {
    use contract::{borrowing, catalog, lending, patrons};
    use domain::BookId;
    use futures::executor::block_on;

    use super::*;
    use crate::testing::FakeService;

    fn book() -> BookId {
        7.try_into().unwrap()
    }

    fn borrow() -> lending::BorrowRequest {
        serde_json::from_str(r#"{"borrow": {"book_id": 7, "patron_id": 5}}"#).unwrap()
    }

    fn get_book(status: u16, body: &'static str) -> Result<catalog::OneBook, CallError> {
        block_on(FakeService::new("catalog", status, body).call(catalog::GET_BOOK, &book(), None))
    }

    #[test]
    fn a_call_is_a_request_and_a_typed_answer() {
        let service = FakeService::new("lending", 201, r#"{"transaction":true,"new":1}"#);
        block_on(service.call(lending::BORROW, &borrow(), Some("k-1"))).unwrap();
        let sent = service.requests();
        assert_eq!(sent[0].line, "POST /borrow");
        assert_eq!(sent[0].key.as_deref(), Some("k-1"));
        assert_eq!(sent[0].body, serde_json::json!({"borrow": {"book_id": 7, "patron_id": 5}}));
    }

    #[test]
    fn a_refusal_keeps_its_type() {
        let refusal = |error: CallError| match error {
            CallError::Refused(refusal, body) => (refusal, body.detail),
            other => panic!("{other}"),
        };
        let refused = (Refusal::NoCopyLeft, "No.".to_owned());
        let body = r#"{"transaction":false,"reason":"no_copy_left","detail":"No."}"#;
        let lending = FakeService::new("lending", 200, body);
        let answer = block_on(lending.call(lending::BORROW, &borrow(), None));
        assert_eq!(refusal(answer.unwrap_err()), refused);

        let body = r#"{"error":"Conflict","reason":"no_copy_left","detail":"No."}"#;
        let ledger = FakeService::new("borrowing", 409, body);
        let request = serde_json::from_str(r#"{"withdraw":{"book_id":7,"limits":{"copies":2}}}"#);
        let answer = block_on(ledger.call(borrowing::WITHDRAW, &request.unwrap(), None));
        assert_eq!(refusal(answer.unwrap_err()), refused);
    }

    #[test]
    fn a_change_that_was_not_done_has_another_status() {
        let body = r#"{"session":null,"reason":"wrong_details","detail":"No."}"#;
        let patrons = FakeService::new("patrons", 200, body);
        let login = r#"{"login":{"first_name":"a","last_name":"b","number":"c"}}"#;
        let login = serde_json::from_str(login).unwrap();
        let error = block_on(patrons.call(patrons::LOG_IN, &login, None)).unwrap_err();
        assert_eq!(error.reason(), Some("wrong_details"));

        let unknown = r#"{"transaction":false,"reason":"reserved","detail":"No."}"#;
        let lending = FakeService::new("lending", 200, unknown);
        let error = block_on(lending.call(lending::BORROW, &borrow(), None)).unwrap_err();
        assert!(matches!(error, CallError::Rejected { status: StatusCode::OK, .. }), "{error}");

        let ledger = FakeService::new("lending", 200, r#"{"transaction":false}"#);
        assert!(!block_on(ledger.call(lending::RETURN, &borrow(), None)).unwrap().transaction);
    }

    #[test]
    fn another_conflict_has_its_reason() {
        let error = get_book(409, r#"{"error":"Conflict","reason":"x","detail":"d"}"#).unwrap_err();
        assert_eq!(error.reason(), Some("x"));
        assert!(!error.is_temporary());
    }

    #[test]
    fn only_an_unavailable_service_is_temporary() {
        let is_temporary = |status, body| get_book(status, body).unwrap_err().is_temporary();
        assert!(is_temporary(503, "{}"));
        assert!(is_temporary(500, ""));
        assert!(!is_temporary(404, "{}"));
        assert!(!is_temporary(200, "{}"));
    }

    #[test]
    fn nothing_found_is_none() {
        assert_eq!(found(get_book(404, "{}")), Ok(None));
        assert!(found(get_book(503, "{}")).is_err());
        let exists = |status| {
            let service = FakeService::new("catalog", status, "unknown shape");
            block_on(service.exists(catalog::GET_BOOK, &book()))
        };
        assert_eq!((exists(200), exists(404)), (Ok(true), Ok(false)));
        assert!(exists(503).is_err());
    }
}

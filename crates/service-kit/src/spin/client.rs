//! Calls to another service through Spin.

use std::{
    fmt::Display,
    future::pending,
    time::{Duration, Instant},
};

use contract::{
    Route,
    work::{ASK, WORK, Work},
};
use http::{HeaderValue, Request, Response, StatusCode, header::AUTHORIZATION};
use spin_sdk::http::{IncomingResponse, send};

use super::{
    Spin,
    clock::{sleep, within},
    token,
};
use crate::{
    Environment,
    client::{CallError, Fault, ServiceClient},
    log,
};

/// The default timeout of a call. A page must be complete within 5 seconds even if a service hangs, and Spin would wait
/// for 10 minutes.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The delay of requests to a service that seems slow.
const DELAY: Duration = Duration::from_secs(3);

/// Another service, at the URL in one of the component's variables: `http://catalog.spin.internal` in one process,
/// `http://catalog` between pods.
#[derive(Clone, Debug)]
pub struct SpinServiceClient {
    name: &'static str,
    variable: &'static str,
    timeout: Duration,
    deadline: Option<Instant>,
    fault: Option<Fault>,
}

impl SpinServiceClient {
    /// The service `name`, at the URL in `variable`.
    pub fn new(name: &'static str, variable: &'static str) -> Self {
        Self { name, variable, timeout: TIMEOUT, deadline: None, fault: None }
    }

    /// The same service with another timeout for each call.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same service with a deadline for all calls together.
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same service, which seems broken.
    pub fn with_fault(mut self, fault: Option<Fault>) -> Self {
        self.fault = fault;
        self
    }

    /// Adds base URL, API token and request ID to `request`.
    fn prepare(&self, mut request: Request<Vec<u8>>) -> Result<Request<Vec<u8>>, String> {
        let base = Spin.variable(self.variable)?;
        let url = format!("{}{}", base.trim_end_matches('/'), request.uri());
        *request.uri_mut() = url.parse().map_err(|e| format!("{}: {e}", self.variable))?;
        let token = token().map_err(|_| "the API token cannot be read")?;
        if !token.is_empty() {
            let value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "the API token is not a valid header value")?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        if let Some(trace) = log::trace() {
            trace.write(request.headers_mut());
        }
        if log::records_work() {
            request.headers_mut().insert(ASK, HeaderValue::from_static("1"));
        }
        Ok(request)
    }

    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        let unreachable = |why: &dyn Display| CallError::Unreachable(why.to_string());
        let request = self.prepare(request).map_err(CallError::Unreachable)?;
        let exchange = async {
            match self.fault {
                None => {}
                Some(Fault::Slow) => sleep(DELAY).await,
                Some(Fault::Silent) => pending().await,
                Some(Fault::Error) => {
                    let status = StatusCode::INTERNAL_SERVER_ERROR;
                    let response = Response::builder().status(status).body(Vec::new());
                    return response.map_err(|e| unreachable(&e));
                }
            }
            let incoming: IncomingResponse = send(request).await.map_err(|e| unreachable(&e))?;
            let status = StatusCode::from_u16(incoming.status()).map_err(|e| unreachable(&e))?;
            let mut response = Response::builder().status(status);
            for (name, value) in incoming.headers().entries() {
                response = response.header(name, value);
            }
            let body = incoming.into_body().await.map_err(|e| unreachable(&e))?;
            response.body(body).map_err(|e| unreachable(&e))
        };
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = left.map_or(self.timeout, |left| left.min(self.timeout));
        let timed_out =
            || CallError::Unreachable(format!("timeout after {} ms", timeout.as_millis()));
        within(timeout, exchange).await.unwrap_or_else(|| Err(timed_out()))
    }
}

impl ServiceClient for SpinServiceClient {
    fn name(&self) -> &str {
        self.name
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        let route = request.extensions().get::<Route>().copied();
        let running = log::begin_work();
        let answer = self.exchange(request).await;
        let (status, work) = match &answer {
            Ok(answer) => (Some(answer.status().as_u16()), answer.headers().get(WORK)),
            Err(_) => (None, None),
        };
        let work = work.and_then(Work::from_header);
        log::service_call(&running, self.name, route.as_ref(), status, work);
        answer
    }
}

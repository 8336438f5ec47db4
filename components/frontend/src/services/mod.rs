//! The four services behind the pages, and the common part of their clients.
//!
//! Only these modules know endpoints and statuses; the pages call methods with typed results.

mod borrowing;
mod catalog;
mod lending;
mod patrons;

use std::time::Instant;

use contract::{Endpoint, Healthy, endpoint::Input};
use futures::future::LocalBoxFuture;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use service_kit::{
    client::{CallError, ServiceClient, found},
    log,
};

use crate::failure::Failure;

pub(crate) use borrowing::{Availability, Borrowing, CopyAway, CopyStatus, LoanList, LoanQuery};
pub(crate) use catalog::{
    AddBook, BookList, BookQuery, Catalog, ChangeCopies, EditBook, RemoveBook,
};
pub(crate) use lending::{Decision, Lending, WithdrawCopy};
pub(crate) use patrons::{
    AddPatron, AttemptLimit, Credentials, EditPatron, Login, PatronDetails, Patrons,
};

/// The services behind the pages.
pub struct Services<'a> {
    pub(crate) catalog: Catalog<'a>,
    pub(crate) patrons: Patrons<'a>,
    pub(crate) borrowing: Borrowing<'a>,
    pub(crate) lending: Lending<'a>,
}

impl<'a> Services<'a> {
    /// The services behind these four clients.
    pub fn new(
        catalog: Client<'a>,
        patrons: Client<'a>,
        borrowing: Client<'a>,
        lending: Client<'a>,
    ) -> Self {
        Self {
            catalog: Catalog(catalog),
            patrons: Patrons(patrons),
            borrowing: Borrowing(borrowing),
            lending: Lending(lending),
        }
    }
}

/// A client of one service. Boxed, so that pages need no type parameter for it.
pub struct Client<'a>(Box<dyn BoxedClient + 'a>);

/// [`ServiceClient`] with a boxed future, as trait objects need.
trait BoxedClient {
    fn name(&self) -> &str;
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> LocalBoxFuture<'_, Result<Response<Vec<u8>>, CallError>>;
}

impl<C: ServiceClient> BoxedClient for C {
    fn name(&self) -> &str {
        ServiceClient::name(self)
    }

    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> LocalBoxFuture<'_, Result<Response<Vec<u8>>, CallError>> {
        Box::pin(ServiceClient::send(self, request))
    }
}

/// Implements [`ServiceClient`] again, for its typed calls.
struct Boxed<'a>(&'a dyn BoxedClient);

impl ServiceClient for Boxed<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        self.0.send(request).await
    }
}

impl<'a> Client<'a> {
    /// Boxes a client.
    pub fn new(client: impl ServiceClient + 'a) -> Self {
        Self(Box::new(client))
    }

    /// The answer to a call, with an optional Idempotency-Key. The caller handles refusals and rejections.
    async fn try_call<I: Input, A: DeserializeOwned>(
        &self,
        endpoint: Endpoint<I, A>,
        input: &I,
        key: Option<&str>,
    ) -> Result<A, CallError> {
        Boxed(&*self.0).call(endpoint, input, key).await
    }

    /// The answer to a call that should succeed.
    async fn call<I: Input, A: DeserializeOwned>(
        &self,
        endpoint: Endpoint<I, A>,
        input: &I,
    ) -> Result<A, Failure> {
        self.try_call(endpoint, input, None).await.map_err(|error| self.failure(error))
    }

    /// Like [`call`](Self::call), but `None` for a 404.
    async fn find<I: Input, A: DeserializeOwned>(
        &self,
        endpoint: Endpoint<I, A>,
        input: &I,
    ) -> Result<Option<A>, Failure> {
        found(self.try_call(endpoint, input, None).await).map_err(|error| self.failure(error))
    }

    /// The failure for the error of a call: a temporary one if a retry may help. Logs the error unless it is the reader's.
    fn failure(&self, error: CallError) -> Failure {
        match error {
            CallError::Rejected { status: StatusCode::PAYLOAD_TOO_LARGE, .. } => {
                return Failure::FormTooLarge;
            }
            CallError::Rejected { status: StatusCode::URI_TOO_LONG, .. } => {
                return Failure::AddressTooLong;
            }
            _ => {}
        }
        let message = format!("{} service", self.0.name());
        log::error(&message, &error);
        if error.is_temporary() { Failure::ServiceUnavailable } else { Failure::Internal }
    }

    /// The state that the service's health check reports, and how long that took.
    async fn health(&self, endpoint: Endpoint<(), Healthy>) -> HealthCheck {
        let begin = Instant::now();
        let health = match self.try_call(endpoint, &(), None).await {
            Ok(_) => Health::Healthy,
            Err(CallError::Rejected { status: StatusCode::SERVICE_UNAVAILABLE, .. }) => {
                Health::Unavailable
            }
            Err(error) => {
                self.failure(error);
                Health::NotResponding
            }
        };
        let micros = begin.elapsed().as_micros().try_into().unwrap_or(u64::MAX);
        HealthCheck { health, micros }
    }
}

/// A health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    pub(crate) health: Health,
    /// The duration in microseconds.
    pub(crate) micros: u64,
}

/// The result of a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Healthy,
    /// The service responds, but something that it needs is unavailable.
    Unavailable,
    NotResponding,
}

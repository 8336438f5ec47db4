//! The lending service: borrowing, renewing, returning and withdrawing by the library's rules.

use contract::{
    Endpoint, ResetRequest,
    borrowing::Count,
    demo::SinceFirstDay,
    endpoint::Input,
    error::COPIES_CHANGED,
    lending::{
        BORROW, BookAndPatron, BorrowRequest, CopyToWithdraw, CopyWithdrawn, HEALTH, RENEW,
        RESET_TO_FIRST_DAY, RETURN, RULES, Rules, SINCE_FIRST_DAY, WITHDRAW, WithdrawCopyRequest,
    },
};
use domain::{BookId, PatronId, Refusal};
use http::StatusCode;
use serde::de::DeserializeOwned;
use service_kit::client::CallError;

use super::{Client, HealthCheck};
use crate::failure::Failure;

/// The client of the lending service.
pub(crate) struct Lending<'a>(pub(super) Client<'a>);

/// The lending rules' decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Done,
    /// `None` is an unknown refusal of a newer version.
    Refused(Option<Refusal>),
}

/// The outcome of withdrawing a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithdrawCopy {
    Withdrawn,
    /// Every copy is on loan or withdrawn.
    NoCopyLeft,
    /// The number of copies has changed since the form was shown.
    Conflict,
}

impl Lending<'_> {
    /// Lends a book to a patron.
    pub(crate) async fn borrow(
        &self,
        book: BookId,
        patron: PatronId,
        key: &str,
    ) -> Result<Decision, Failure> {
        self.decide(BORROW, &request(book, patron), key).await
    }

    /// Extends a loan.
    pub(crate) async fn renew(
        &self,
        book: BookId,
        patron: PatronId,
        key: &str,
    ) -> Result<Decision, Failure> {
        self.decide(RENEW, &request(book, patron), key).await
    }

    /// Takes a book back; returns whether the patron had it.
    pub(crate) async fn give_back(&self, book: BookId, patron: PatronId) -> Result<bool, Failure> {
        Ok(self.0.call(RETURN, &request(book, patron)).await?.transaction)
    }

    /// Removes one copy from the collection, if it has `from` copies.
    pub(crate) async fn withdraw(
        &self,
        book: BookId,
        from: Count,
        key: &str,
    ) -> Result<WithdrawCopy, Failure> {
        let withdraw = CopyToWithdraw { book_id: book, from: Some(from) };
        match self.0.try_call(WITHDRAW, &WithdrawCopyRequest { withdraw }, Some(key)).await {
            Ok(CopyWithdrawn { .. }) => Ok(WithdrawCopy::Withdrawn),
            // Its other refusal is an unknown book, which was looked up before.
            Err(CallError::Refused(..)) => Ok(WithdrawCopy::NoCopyLeft),
            Err(CallError::Rejected { body, .. })
                if body.reason.as_deref() == Some(COPIES_CHANGED) =>
            {
                Ok(WithdrawCopy::Conflict)
            }
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// The library's rules; `None` if they cannot be looked up.
    pub(crate) async fn rules(&self) -> Option<Rules> {
        self.0.call(RULES, &()).await.ok()
    }

    /// The data that a reset to the first day would discard; `None` if the library can't be reset.
    pub(crate) async fn since_first_day(&self) -> Result<Option<SinceFirstDay>, Failure> {
        self.unless_refused(self.0.try_call(SINCE_FIRST_DAY, &(), None).await)
    }

    /// Resets a demo to its first day; returns `false` if the library can't be reset.
    pub(crate) async fn reset_to_first_day(&self) -> Result<bool, Failure> {
        let reset = self.0.try_call(RESET_TO_FIRST_DAY, &ResetRequest::default(), None).await;
        Ok(self.unless_refused(reset)?.is_some())
    }

    fn unless_refused<T>(&self, answer: Result<T, CallError>) -> Result<Option<T>, Failure> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(CallError::Rejected {
                status: StatusCode::FORBIDDEN | StatusCode::CONFLICT,
                ..
            }) => Ok(None),
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// The state of the service, and how long it took to answer.
    pub(crate) async fn health(&self) -> HealthCheck {
        self.0.health(HEALTH).await
    }

    async fn decide<I: Input, A: DeserializeOwned>(
        &self,
        endpoint: Endpoint<I, A>,
        input: &I,
        key: &str,
    ) -> Result<Decision, Failure> {
        match self.0.try_call(endpoint, input, Some(key)).await {
            Ok(_) => Ok(Decision::Done),
            Err(CallError::Refused(refusal, _)) => Ok(Decision::Refused(Some(refusal))),
            Err(CallError::Rejected { status: StatusCode::OK, .. }) => Ok(Decision::Refused(None)),
            Err(error) => Err(self.0.failure(error)),
        }
    }
}

fn request(book: BookId, patron: PatronId) -> BorrowRequest {
    BorrowRequest { borrow: BookAndPatron { book_id: book, patron_id: patron } }
}

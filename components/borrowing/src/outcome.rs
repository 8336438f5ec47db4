//! The answer to a change of the ledger, and its event in the log.

use contract::borrowing::LoansChanged;
use domain::{LoanId, Refusal};
use http::{Response, StatusCode};
use serde::Serialize;
use service_kit::{
    Problem,
    database::DatabaseError,
    json_with,
    log::{self, Event},
    problem::refused,
};

/// The answer to a change, and its log event.
pub(crate) struct Outcome {
    pub(crate) response: Response<Vec<u8>>,
    pub(crate) loan: Option<LoanId>,
    pub(crate) word: &'static str,
}

impl Outcome {
    /// 201 with `body`.
    pub(crate) fn done(
        loan: Option<LoanId>,
        word: &'static str,
        body: &impl Serialize,
    ) -> Result<Self, Problem> {
        Ok(Self { response: json_with(StatusCode::CREATED, body)?, loan, word })
    }

    /// `status` with the number of loans that changed.
    pub(crate) fn counted(
        status: StatusCode,
        loans: i64,
        word: &'static str,
    ) -> Result<Self, Problem> {
        let transactions = loans.try_into().map_err(DatabaseError::internal)?;
        let response = json_with(status, &LoansChanged { transactions })?;
        Ok(Self { response, loan: None, word })
    }

    /// 409 with the code of the refusal.
    pub(crate) fn refused(refusal: Refusal, loan: Option<LoanId>) -> Self {
        Self { response: refused(refusal).into_response(), loan, word: refusal.code() }
    }

    /// Logs the outcome's event and returns its response.
    pub(crate) fn report(self, event: &'static str) -> Response<Vec<u8>> {
        let Self { response, loan, word } = self;
        log::set_event(Event { event, loan_id: loan.map(LoanId::get), outcome: word });
        response
    }
}

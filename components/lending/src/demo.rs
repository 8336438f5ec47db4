//! The reset of a demo to its first day, across the three services with data.
//!
//! No transaction spans three services. Instead each reset has a number, the epoch, and every service changes its data
//! and its epoch in one transaction. From the first of these transactions to the last, the epochs differ, and nothing is
//! lent: a loan needs a patron, a book and a ledger of the same epoch. If the reset stops in between, the epochs differ
//! until it is repeated, which resets every service again.

use contract::{
    Endpoint, borrowing, catalog,
    demo::{Epoch, InEpoch, SinceFirstDay, StartEpochRequest},
    error::{NO_DEMO_DATA, NUMBER_TAKEN},
    patrons,
};
use futures::{TryFutureExt, try_join};
use http::StatusCode;
use service_kit::{
    Problem,
    client::{CallError, ServiceClient},
    problem::{conflict, forbidden, internal_error},
};

use crate::Services;

/// The data that a reset would discard.
pub(crate) async fn since_first_day(
    services: &Services<impl ServiceClient>,
) -> Result<SinceFirstDay, Problem> {
    let Services { patrons, catalog, borrowing } = services;
    let (books, patrons, loans) = try_join!(
        catalog
            .call(catalog::SINCE_FIRST_DAY, &(), None)
            .map_err(|error| problem("catalog", error)),
        patrons
            .call(patrons::SINCE_FIRST_DAY, &(), None)
            .map_err(|error| problem("patrons", error)),
        borrowing
            .call(borrowing::SINCE_FIRST_DAY, &(), None)
            .map_err(|error| problem("borrowing", error)),
    )?;
    Ok(SinceFirstDay { books, patrons, loans })
}

/// Resets books, loans and patrons, in this order: sessions end last, so that after an interrupted reset the librarian
/// is still logged in to repeat it. No service changes before all of them have answered that they can be reset.
pub(crate) async fn reset(services: &Services<impl ServiceClient>) -> Result<InEpoch, Problem> {
    let last = since_first_day(services).await?.epochs().into_iter().max().unwrap_or_default();
    let next = last.checked_add(1).and_then(|next| Epoch::try_from(next).ok());
    let epoch = next.ok_or_else(|| internal_error("the epochs have ended"))?;
    start(&services.catalog, catalog::START_EPOCH, epoch).await?;
    start(&services.borrowing, borrowing::START_EPOCH, epoch).await?;
    start(&services.patrons, patrons::START_EPOCH, epoch).await
}

async fn start(
    client: &impl ServiceClient,
    endpoint: Endpoint<StartEpochRequest, InEpoch>,
    epoch: Epoch,
) -> Result<InEpoch, Problem> {
    let request = StartEpochRequest { demo: InEpoch { epoch } };
    client.call(endpoint, &request, None).await.map_err(|error| problem(client.name(), error))
}

/// The service's own refusal, or that it is unavailable.
fn problem(service: &str, error: CallError) -> Problem {
    match error {
        CallError::Rejected { status: StatusCode::FORBIDDEN, body, .. } => forbidden(body.detail),
        CallError::Rejected { status: StatusCode::CONFLICT, body, .. } => {
            let reasons = [NO_DEMO_DATA, NUMBER_TAKEN];
            let reason = reasons.into_iter().find(|known| body.reason.as_deref() == Some(*known));
            conflict(reason, body.detail)
        }
        other => other.into_problem(service),
    }
}

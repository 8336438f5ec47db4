//! Lending, renewing, returning and withdrawing through calls to the other services.
//!
//! The borrowing service applies the rules, `domain::decide`, atomically to its ledger. This module gathers the facts
//! about the patron and the book that the rules need.

use contract::{
    borrowing::{
        self, BookAndPatron, Count, LendLimits, LendRequest, NewLoan, RenewRequest, Renewal,
        RenewalLimits, ReturnRequest, WithdrawalLimits,
    },
    catalog::{self, OneBook, SetWithdrawnRequest},
    error::COPIES_CHANGED,
    json::{Constant, Nullable},
    lending::{CopyToWithdraw, Refused},
    patrons,
};
use domain::{Date, Refusal};
use futures::join;
use http::StatusCode;
use service_kit::{
    Problem,
    client::{CallError, ServiceClient, found},
    log,
    problem::{conflict, internal_error, unavailable},
};

use crate::policy::Policy;

/// The services that lending needs.
pub struct Services<C> {
    /// People and cards.
    pub patrons: C,
    /// Books.
    pub catalog: C,
    /// The ledger of loans.
    pub borrowing: C,
}

/// The reason why a request was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A lending rule refused it. The sentence is for people.
    Refused(Refusal, String),
    /// Anything else.
    Problem(Problem),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Separates a refusal, which is an answer, from a problem.
pub(crate) fn refusal<T>(result: Result<T, Failure>) -> Result<Result<T, Refused>, Problem> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(reason, detail)) => {
            Ok(Err(Refused { transaction: Constant, reason, detail }))
        }
        Err(Failure::Problem(problem)) => Err(problem),
    }
}

/// Lends the book from `today`. Reads patron and book concurrently, and sends the facts to the ledger, which decides
/// and writes atomically.
pub(crate) async fn lend(
    services: &Services<impl ServiceClient>,
    pair: BookAndPatron,
    policy: Policy,
    today: Date,
    key: Option<&str>,
) -> Result<(), Failure> {
    let BookAndPatron { book_id, patron_id } = pair;
    let (patron, book) = join!(
        services.patrons.call(patrons::GET_PATRON_STATUS, &patron_id, None),
        services.catalog.call(catalog::GET_BOOK, &book_id, None),
    );
    let patron = found(patron).map_err(|error| error.into_problem("patrons"))?;
    let book = found(book).map_err(|error| error.into_problem("catalog"))?;
    let acquired = book.as_ref().map(|book| count(book.acquired)).transpose()?;
    let epochs = [book.as_ref().map(|book| book.epoch), patron.as_ref().map(|patron| patron.epoch)];
    let epoch = match epochs {
        [Some(of_book), Some(of_patron)] if of_book != of_patron => {
            return Err(being_reset().into());
        }
        [of_book, of_patron] => of_book.or(of_patron).map(count).transpose()?,
    };

    let date_due = today.after_days(policy.loan_days);
    let date_due = date_due.ok_or_else(|| internal_error("the calendar has ended"))?;
    // An unknown patron or book goes to the ledger too, so that the refusal is recorded under the idempotency key.
    let limits = LendLimits {
        patron_exists: patron.is_some(),
        patron_blocked: patron.is_some_and(|patron| patron.blocked),
        copies: Nullable(acquired),
        loans: count(policy.loan_limit.into())?,
        block_when_overdue: policy.block_when_overdue,
        epoch,
    };
    let loan = NewLoan { book_id, patron_id, date_out: today, date_due, limits: Some(limits) };
    let answer = services.borrowing.call(borrowing::LEND, &LendRequest { borrow: loan }, key).await;
    if let Some(book) = book {
        let withdrawn = match &answer {
            Ok(lent) => lent.withdrawn,
            Err(error) => withdrawn_of(error),
        };
        tell_catalog(services, &book, withdrawn).await.ok();
    }
    answer.map(drop).map_err(from_ledger)
}

/// Withdraws a copy: first in the ledger, which from then on refuses to lend or withdraw it again, then in the catalog.
/// Returns the number of remaining copies.
///
/// If the second step fails, the catalog still counts the copy. The next loan or withdrawal of the book corrects it,
/// even if that request is refused, because it sends the total number of withdrawn copies.
pub(crate) async fn withdraw(
    services: &Services<impl ServiceClient>,
    CopyToWithdraw { book_id, from }: CopyToWithdraw,
    key: Option<&str>,
) -> Result<u32, Failure> {
    let book = services.catalog.call(catalog::GET_BOOK, &book_id, None).await;
    let book = found(book).map_err(|error| error.into_problem("catalog"))?;
    let unknown = || Failure::Refused(Refusal::UnknownBook, Refusal::UnknownBook.message().into());
    let book = book.ok_or_else(unknown)?;

    let (copies, epoch) = (count(book.acquired)?, Some(count(book.epoch)?));
    let limits = WithdrawalLimits { copies, left: from, epoch };
    let withdraw = borrowing::Withdrawal { book_id, limits };
    let request = borrowing::WithdrawRequest { withdraw };
    match services.borrowing.call(borrowing::WITHDRAW, &request, key).await {
        Ok(done) => Ok(tell_catalog(services, &book, Some(done.withdrawn)).await?),
        Err(error) => {
            tell_catalog(services, &book, withdrawn_of(&error)).await?;
            Err(from_ledger(error))
        }
    }
}

/// Raises the catalog's number of withdrawn copies to `withdrawn`, if it is lower. Returns the number of remaining
/// copies.
async fn tell_catalog(
    services: &Services<impl ServiceClient>,
    OneBook { book, acquired, epoch }: &OneBook,
    withdrawn: Option<u32>,
) -> Result<u32, Problem> {
    let book = &book.0;
    match withdrawn {
        Some(withdrawn) if book.copies > acquired.saturating_sub(withdrawn) => {
            let (withdrawn, epoch) = (count(withdrawn)?, Some(count(*epoch)?));
            let request = SetWithdrawnRequest { withdrawn, epoch };
            let input = (book.id, request);
            let changed = services.catalog.call(catalog::SET_WITHDRAWN, &input, None).await;
            let changed = changed.map_err(|error| match error {
                CallError::Rejected { status: StatusCode::CONFLICT, .. } => being_reset(),
                other => other.into_problem("catalog"),
            })?;
            Ok(changed.book.0.copies)
        }
        _ => Ok(book.copies),
    }
}

/// Renews the loan of this book and patron. Returns the new due date.
pub(crate) async fn renew(
    services: &Services<impl ServiceClient>,
    BookAndPatron { book_id, patron_id }: BookAndPatron,
    policy: Policy,
    key: Option<&str>,
) -> Result<Date, Failure> {
    // If the patrons service fails, the renewal continues, because the patron already has the book.
    let patron_blocked =
        match services.patrons.call(patrons::GET_PATRON_STATUS, &patron_id, None).await {
            Ok(patron) => patron.blocked,
            Err(error) => {
                log::error("a block was not checked", format!("patrons: {error}"));
                false
            }
        };
    let limits = RenewalLimits {
        renewals: small(policy.renewal_limit)?,
        days: small(policy.loan_days)?,
        patron_blocked,
    };
    let renew = Renewal { book_id, patron_id, limits: Some(limits) };
    let answer = services.borrowing.call(borrowing::RENEW, &RenewRequest { renew }, key).await;
    answer.map(|renewed| renewed.date_due).map_err(from_ledger)
}

/// Returns the book. `false` if the patron did not have it.
pub(crate) async fn return_book(
    services: &Services<impl ServiceClient>,
    pair: BookAndPatron,
) -> Result<bool, Problem> {
    let request = ReturnRequest { returned: pair };
    let answer = services.borrowing.call(borrowing::RETURN, &request, None).await;
    let closed = answer.map_err(|error| error.into_problem("borrowing"))?;
    Ok(closed.transaction > 0)
}

/// Checks concurrently that all services are healthy.
pub(crate) async fn health(services: &Services<impl ServiceClient>) -> Result<(), Problem> {
    let (patrons, catalog, borrowing) = join!(
        services.patrons.exists(patrons::HEALTH, &()),
        services.catalog.exists(catalog::HEALTH, &()),
        services.borrowing.exists(borrowing::HEALTH, &()),
    );
    let mut causes = Vec::new();
    for (name, health) in [("patrons", patrons), ("catalog", catalog), ("borrowing", borrowing)] {
        // The service's own `detail`, which contains no secrets.
        let why = match health {
            Ok(true) => continue,
            Err(CallError::Rejected { body, .. }) if !body.detail.is_empty() => body.detail,
            Ok(false) | Err(_) => "no answer".to_owned(),
        };
        causes.push(format!("{name} ({why})"));
    }
    match causes[..] {
        [] => Ok(()),
        _ => {
            let detail = format!("unavailable: {}", causes.join(", "));
            log::error("unhealthy", &detail);
            Err(unavailable(detail, 5))
        }
    }
}

/// The answer if patron, book and ledger are of different epochs: a reset to the first day is in progress or was
/// interrupted.
fn being_reset() -> Problem {
    unavailable("the library is being reset to its first day; try again in a moment", 1)
}

/// The client's answer to an error of the ledger.
fn from_ledger(error: CallError) -> Failure {
    match error {
        CallError::Refused(refusal, body) => Failure::Refused(refusal, body.detail),
        // The idempotency key was used for another request, or the number of copies has changed.
        CallError::Rejected { status: StatusCode::CONFLICT, body, .. }
            if !body.error.is_empty() =>
        {
            let reason = (body.reason.as_deref() == Some(COPIES_CHANGED)).then_some(COPIES_CHANGED);
            Failure::Problem(conflict(reason, body.detail))
        }
        other => Failure::Problem(other.into_problem("borrowing")),
    }
}

/// The number of withdrawn copies in the ledger's refusal.
fn withdrawn_of(error: &CallError) -> Option<u32> {
    match error {
        CallError::Refused(_, body) | CallError::Rejected { body, .. } => body.withdrawn,
        _ => None,
    }
}

fn count(number: u32) -> Result<Count, Problem> {
    number.try_into().map_err(|rule| internal_error(format!("{number} must {rule}")))
}

fn small(number: u16) -> Result<domain::Whole<0, 65535>, Problem> {
    u32::from(number).try_into().map_err(internal_error)
}

//! What changes the ledger: lending, taking back, renewing. Each is one atomic step, done once per key.

use domain::{Date, LoanId, PatronId, Refusal, Terms, decide};
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use service_kit::{
    Problem,
    contention::{in_transaction, until_settled, wait_briefly},
    database::{Database, DatabaseError},
    json_with,
    problem::{conflict, fault},
};

use crate::{
    requests::{self, Claim},
    store::{self, OPEN_LOAN_KEYS, desk},
    wish::{Lend, Renew, Return, Withdraw},
};

/// What became of a wish: what the client is told, and what the log is.
pub(crate) struct Outcome {
    pub(crate) response: Response<Vec<u8>>,
    pub(crate) loan: Option<LoanId>,
    pub(crate) word: &'static str,
}

/// Lends a book: 201 with the loan's id, or 409 with the reason why not.
pub(crate) fn lend(
    database: &impl Database,
    wish: &Lend,
    key: Option<&str>,
) -> Result<Outcome, Problem> {
    #[derive(Serialize)]
    struct Lent {
        transaction: LoanId,
    }
    wait_briefly(database)?;
    let terms = wish.terms.unwrap_or(Terms::NONE);
    // Read, decide, write: the unique keys refuse what was decided on news that had become old.
    let attempt = || match decide(&terms, &store::standing(database, wish)?) {
        Ok(place) => store::insert(database, wish, place).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    };
    let outcome = |result: Result<LoanId, Refusal>| match result {
        Ok(loan) => done(loan, "lent", &Lent { transaction: loan }),
        Err(refusal) => Ok(refused(refusal, None)),
    };
    match key {
        // A loan is one INSERT, and so a transaction by itself.
        None => outcome(until_settled(OPEN_LOAN_KEYS, attempt)?),
        Some(key) => once(database, key, &wish.fingerprint(), attempt, outcome),
    }
}

/// Makes a loan due later: 201 with the new day, or 409 with the reason why not.
pub(crate) fn renew(
    database: &impl Database,
    wish: &Renew,
    key: Option<&str>,
) -> Result<Outcome, Problem> {
    #[derive(Serialize)]
    struct Renewed {
        transaction: LoanId,
        date_due: Date,
    }
    wait_briefly(database)?;
    let attempt = || store::renew(database, wish);
    let outcome = |renewal: Option<store::Renewal>| match renewal {
        None => Ok(refused(Refusal::NotBorrowed, None)),
        Some(store::Renewal { loan, renewed: false }) => {
            Ok(refused(Refusal::RenewalLimit, Some(loan.id)))
        }
        Some(store::Renewal { loan, renewed: true }) => {
            let body = Renewed { transaction: loan.id, date_due: loan.date_due };
            done(loan.id, "renewed", &body)
        }
    };
    match key {
        None => outcome(in_transaction(database, OPEN_LOAN_KEYS, attempt)?),
        Some(key) => once(database, key, &wish.fingerprint(), attempt, outcome),
    }
}

/// Takes a book back: 201 with how many loans that closed, 1 or 0.
pub(crate) fn give_back(database: &impl Database, wish: &Return) -> Result<Outcome, Problem> {
    #[derive(Serialize)]
    struct Returned {
        transaction: u8,
    }
    wait_briefly(database)?;
    let loan = until_settled(OPEN_LOAN_KEYS, || store::give_back(database, wish.pair))?;
    let body = Returned { transaction: loan.is_some().into() };
    let word = if loan.is_some() { "returned" } else { Refusal::NotBorrowed.code() };
    Ok(Outcome { response: json_with(StatusCode::CREATED, &body)?, loan, word })
}

/// Takes a copy out of the collection: 201 with how many of the book are withdrawn now, or 409 when every
/// copy is out.
pub(crate) fn withdraw(
    database: &impl Database,
    wish: &Withdraw,
    today: Date,
    key: Option<&str>,
) -> Result<Outcome, Problem> {
    #[derive(Serialize)]
    struct Withdrawn {
        withdrawn: i64,
    }
    wait_briefly(database)?;
    let attempt = || desk::withdraw(database, wish.book, wish.copies, today);
    let outcome = |done: bool| match done {
        true => {
            let response = json_with(StatusCode::CREATED, &Withdrawn { withdrawn: 0 })?;
            Ok(Outcome { response, loan: None, word: "withdrawn" })
        }
        false => Ok(refused(Refusal::NoCopyLeft, None)),
    };
    let outcome = match key {
        None => outcome(until_settled(OPEN_LOAN_KEYS, attempt)?)?,
        Some(key) => once(database, key, &wish.fingerprint(), attempt, outcome)?,
    };
    if outcome.response.status() != StatusCode::CREATED {
        return Ok(outcome);
    }
    // Counted when it is done for good: of two at once, the second to count sees both.
    let withdrawn = desk::withdrawn(database, wish.book)?;
    Ok(Outcome { response: json_with(StatusCode::CREATED, &Withdrawn { withdrawn })?, ..outcome })
}

/// Takes every book back: 201 with how many loans that closed.
pub(crate) fn reset(database: &impl Database) -> Result<Outcome, Problem> {
    wait_briefly(database)?;
    let transactions = until_settled(OPEN_LOAN_KEYS, || desk::return_all(database))?;
    counted(StatusCode::CREATED, transactions, "reset")
}

/// Deletes what the patron had and brought back: 200 with how many loans these were.
pub(crate) fn forget(database: &impl Database, patron: PatronId) -> Result<Outcome, Problem> {
    wait_briefly(database)?;
    let transactions = until_settled(OPEN_LOAN_KEYS, || desk::forget(database, patron))?;
    counted(StatusCode::OK, transactions, "forgotten")
}

fn counted(status: StatusCode, transactions: i64, word: &'static str) -> Result<Outcome, Problem> {
    #[derive(Serialize)]
    struct Count {
        transactions: i64,
    }
    let response = json_with(status, &Count { transactions })?;
    Ok(Outcome { response, loan: None, word })
}

/// Does `attempt` unless it was done under this key before, and keeps what came of it: the same
/// request gets the same answer for a day.
fn once<T>(
    database: &impl Database,
    key: &str,
    fingerprint: &str,
    attempt: impl Fn() -> Result<T, DatabaseError>,
    outcome: impl Fn(T) -> Result<Outcome, Problem>,
) -> Result<Outcome, Problem> {
    requests::sweep(database)?;
    // A Problem here is our own fault and no answer to keep; it goes through the transaction as a value.
    in_transaction(database, OPEN_LOAN_KEYS, || {
        let outcome = match requests::claim(database, key, fingerprint)? {
            Claim::Ours => outcome(attempt()?),
            Claim::Answered { status, answer } => return Ok(repeated(status, answer)),
            Claim::Taken => return Ok(Ok(taken())),
        };
        if let Ok(Outcome { response, .. }) = &outcome {
            let answer = str::from_utf8(response.body()).map_err(DatabaseError::fault)?;
            requests::keep(database, key, response.status().as_u16(), answer)?;
        }
        Ok(outcome)
    })?
}

fn done(loan: LoanId, word: &'static str, body: &impl Serialize) -> Result<Outcome, Problem> {
    Ok(Outcome { response: json_with(StatusCode::CREATED, body)?, loan: Some(loan), word })
}

fn refused(refusal: Refusal, loan: Option<LoanId>) -> Outcome {
    let response = conflict(Some(refusal.code()), refusal.sentence()).into_response();
    Outcome { response, loan, word: refusal.code() }
}

fn repeated(status: u16, answer: String) -> Result<Outcome, Problem> {
    let mut response = Response::new(answer.into_bytes());
    *response.status_mut() = StatusCode::from_u16(status).map_err(fault)?;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Outcome { response, loan: None, word: "repeated" })
}

fn taken() -> Outcome {
    let detail = "another request came with this `Idempotency-Key`; a new one needs a new key";
    Outcome { response: conflict(None, detail).into_response(), loan: None, word: "key_taken" }
}

//! Idempotency records: the requests with an `Idempotency-Key`, and their answers. All SQL about them is here.
//!
//! A record is written in the transaction of its change, so neither exists without the other. It is written first, so
//! that the next request with the same key waits for the primary key's lock.

use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use service_kit::{
    Problem,
    database::{Database, DatabaseError, OnConstraint},
    problem::{conflict, internal_error},
    retry::{self, in_transaction},
};
use spin_sdk::mysql::ParameterValue::{Int32, Str};

use crate::{outcome::Outcome, store::OPEN_LOAN_KEYS};

/// `INSERT`s a record made now.
macro_rules! insert_request {
    ($key:literal, $fingerprint:literal, $status:literal, $answer:literal) => {
        concat!(
            "INSERT INTO requests (requestKey, fingerprint, status, answer, madeAt) VALUES (",
            $key,
            ", ",
            $fingerprint,
            ", ",
            $status,
            ", ",
            $answer,
            ", UTC_TIMESTAMP())"
        )
    };
}

const CLAIM: &str = insert_request!("?", "?", "0", "''");

/// The age is a word, because MySQL and MariaDB return comparisons as integers of different widths.
const FIND: &str = "SELECT fingerprint, status, answer, \
    IF(madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY, 'expired', 'valid') FROM requests WHERE requestKey = ?";

const CLAIM_EXPIRED: &str = "UPDATE requests SET fingerprint = ?, status = 0, answer = '', \
    madeAt = UTC_TIMESTAMP() WHERE requestKey = ?";

const SET_ANSWER: &str = "UPDATE requests SET status = ?, answer = ? WHERE requestKey = ?";

const FIND_EXPIRED: &str =
    "SELECT status FROM requests WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY LIMIT 1";

const DELETE_EXPIRED: &str = "DELETE FROM requests WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY \
    ORDER BY madeAt LIMIT 20";

const CHECK_WRITABLE: &str =
    insert_request!("CONCAT('health ', UUID())", "'health'", "0", "REPEAT('-', 1024)");

/// The state of a key.
enum Claim {
    /// The key was unused or expired. This transaction has claimed it.
    Ours,
    /// The same request was answered with this status and JSON.
    Answered(u16, String),
    /// The key was used for another request.
    Taken,
}

/// Runs `attempt` in a transaction and records its answer, unless the key already has one. For a day, the same request
/// gets the same answer. Without a key, nothing is recorded.
pub(crate) fn once<T>(
    database: &impl Database,
    key: Option<&str>,
    fingerprint: &str,
    attempt: impl Fn() -> Result<T, DatabaseError>,
    outcome: impl Fn(T) -> Result<Outcome, Problem>,
) -> Result<Outcome, Problem> {
    let Some(key) = key else {
        return outcome(in_transaction(database, OPEN_LOAN_KEYS, attempt)?);
    };
    retry::sweep(database, FIND_EXPIRED, DELETE_EXPIRED)?;
    // A `Problem` here is an internal error, which is not recorded. It passes through the transaction as a value.
    in_transaction(database, OPEN_LOAN_KEYS, || {
        let outcome = match claim(database, key, fingerprint)? {
            Claim::Ours => outcome(attempt()?),
            Claim::Answered(status, answer) => return Ok(repeat(status, answer)),
            Claim::Taken => return Ok(Ok(refuse_key())),
        };
        if let Ok(Outcome { response, .. }) = &outcome {
            let answer = str::from_utf8(response.body()).map_err(DatabaseError::internal)?;
            let status = Int32(response.status().as_u16().into());
            let binds = [status, Str(answer.to_owned()), Str(key.to_owned())];
            database.query(SET_ANSWER, &binds)?;
        }
        Ok(outcome)
    })?
}

/// Claims `key` for the request with this fingerprint. Waits for a running request with the same key.
///
/// # Errors
/// Contention if the running request rolled back. A retry then succeeds.
fn claim(database: &impl Database, key: &str, fingerprint: &str) -> Result<Claim, DatabaseError> {
    let text = |text: &str| Str(text.to_owned());
    let claimed = database.query(CLAIM, &[text(key), text(fingerprint)]).map(|_| true);
    if claimed.on_constraint("PRIMARY", || Ok(false))? {
        return Ok(Claim::Ours);
    }
    let found = database.rows(FIND, &[text(key)], |columns| {
        let (fingerprint, status, answer): (String, i32, String) =
            (columns.take()?, columns.take()?, columns.take()?);
        let is_expired = columns.take::<String>()? == "expired";
        Ok((fingerprint, status.try_into().map_err(DatabaseError::internal)?, answer, is_expired))
    })?;
    match found.into_iter().next() {
        None => Err(DatabaseError::Contention("the request with this key was rolled back".into())),
        Some((.., true)) => {
            database.query(CLAIM_EXPIRED, &[text(fingerprint), text(key)])?;
            Ok(Claim::Ours)
        }
        Some((first, status, answer, false)) if first == fingerprint => {
            Ok(Claim::Answered(status, answer))
        }
        Some(_) => Ok(Claim::Taken),
    }
}

fn repeat(status: u16, answer: String) -> Result<Outcome, Problem> {
    let mut response = Response::new(answer.into_bytes());
    *response.status_mut() = StatusCode::from_u16(status).map_err(internal_error)?;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Outcome { response, loan: None, word: "repeated" })
}

fn refuse_key() -> Outcome {
    let detail = "this `Idempotency-Key` was used for another request; use a new key";
    Outcome { response: conflict(None, detail).into_response(), loan: None, word: "key_taken" }
}

/// Checks that the service can write, with a record that it rolls back.
pub(crate) fn check_writable(database: &impl Database) -> Result<(), DatabaseError> {
    retry::dry_run(database, || database.query(CHECK_WRITABLE, &[]).map(drop))
}

//! Requests that came with an Idempotency-Key, and what each was answered: all SQL about them is here.
//!
//! The answer is kept in the transaction of the change it is about, so there is never one without the
//! other. The key comes first: while one request with it is at work, the next one waits at the primary key.

use service_kit::{
    contention,
    database::{Database, DatabaseError},
};
use spin_sdk::mysql::ParameterValue::{Int32, Str};

const CLAIM: &str = "INSERT INTO requests (requestKey, fingerprint, status, answer, madeAt) \
    VALUES (?, ?, 0, '', UTC_TIMESTAMP())";

/// In words, because a comparison is an integer of another width on each server.
const FIND: &str = "SELECT fingerprint, status, answer, \
    IF(madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY, 'old', 'fresh') FROM requests WHERE requestKey = ?";

const CLAIM_OLD: &str = "UPDATE requests SET fingerprint = ?, status = 0, answer = '', \
    madeAt = UTC_TIMESTAMP() WHERE requestKey = ?";

const KEEP: &str = "UPDATE requests SET status = ?, answer = ? WHERE requestKey = ?";

const HAS_OLD: &str =
    "SELECT status FROM requests WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY LIMIT 1";

const SWEEP: &str = "DELETE FROM requests WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY \
    ORDER BY madeAt LIMIT 20";

const REACH: &str = "SELECT status FROM requests LIMIT 1";

/// What there is under a key.
pub(crate) enum Claim {
    /// Nothing, or it is a day old: the key is ours, in this transaction.
    Ours,
    /// The answer to the same request.
    Answered {
        /// HTTP
        status: u16,
        /// JSON
        answer: String,
    },
    /// Another request.
    Taken,
}

/// Takes `key` for the request with this fingerprint, after whoever is at work with it.
///
/// # Errors
/// Contention when the one we waited for has given the key up; then it is worth trying again.
pub(crate) fn claim(
    database: &impl Database,
    key: &str,
    fingerprint: &str,
) -> Result<Claim, DatabaseError> {
    let text = |text: &str| Str(text.to_owned());
    match database.query(CLAIM, &[text(key), text(fingerprint)]) {
        Ok(_) => return Ok(Claim::Ours),
        Err(DatabaseError::Duplicate { .. }) => {}
        Err(other) => return Err(other),
    }
    let found = database.rows(FIND, &[text(key)], |columns| {
        let (fingerprint, status, answer): (String, i32, String) =
            (columns.take()?, columns.take()?, columns.take()?);
        let is_old = columns.take::<String>()? == "old";
        Ok((fingerprint, status.try_into().map_err(DatabaseError::fault)?, answer, is_old))
    })?;
    match found.into_iter().next() {
        None => Err(DatabaseError::Contention("the key was given up".into())),
        Some((.., true)) => {
            database.query(CLAIM_OLD, &[text(fingerprint), text(key)])?;
            Ok(Claim::Ours)
        }
        Some((first, status, answer, false)) if first == fingerprint => {
            Ok(Claim::Answered { status, answer })
        }
        Some(_) => Ok(Claim::Taken),
    }
}

/// Keeps the answer under a key that is ours.
pub(crate) fn keep(
    database: &impl Database,
    key: &str,
    status: u16,
    answer: &str,
) -> Result<(), DatabaseError> {
    let binds = [Int32(status.into()), Str(answer.to_owned()), Str(key.to_owned())];
    database.query(KEEP, &binds).map(drop)
}

/// Forgets some of the requests that are more than a day old: more than can come in meanwhile.
pub(crate) fn sweep(database: &impl Database) -> Result<(), DatabaseError> {
    contention::sweep(database, HAS_OLD, SWEEP)
}

/// Reads from the table, to see that it is there and may be read.
pub(crate) fn reach(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(REACH, &[]).map(drop)
}

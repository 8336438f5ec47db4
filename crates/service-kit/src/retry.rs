//! Retries on conflicts, transactions, and the session settings that both need.

use std::{
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

use crate::database::{Database, DatabaseError};

/// The limit of attempts. Except in a deadlock, each failed attempt means that another request succeeded, so only a
/// long run of bad luck or a broken database exhausts it.
const MAX_ATTEMPTS: u32 = 20;

/// The time after which contention is not retried. The caller's timeout is longer.
const MAX_DURATION: Duration = Duration::from_secs(3);

/// Sets, in one statement, the session variables that a change relies on, whatever the server's defaults: acknowledged
/// changes are committed, constraints are checked, values are not truncated, and a statement takes at most 10 seconds
/// and waits at most 2 for locks.
///
/// MariaDB and MySQL name two variables differently. Each skips the other's comment.
macro_rules! pin_session {
    ($autocommit:literal) => {
        concat!(
            "SET SESSION autocommit = ",
            $autocommit,
            ", completion_type = 0, foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0, \
             sql_auto_is_null = 0, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
             innodb_lock_wait_timeout = 2, lock_wait_timeout = 2, \
             /*!80000 transaction_read_only = 0, transaction_isolation = 'READ-COMMITTED', \
             max_execution_time = 10000 */\
             /*M!100000 tx_read_only = 0, tx_isolation = 'READ-COMMITTED', max_statement_time = 10 */"
        )
    };
}

const PIN_AUTOCOMMIT: &str = pin_session!("1");

/// Spin prepares every statement, and MySQL can't prepare `START TRANSACTION`. Without autocommit, the first statement
/// after a COMMIT or ROLLBACK begins a transaction. In READ COMMITTED its reads see concurrent commits.
const PIN_TRANSACTION: &str = pin_session!("0");

const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// Pins the session's settings for single-statement changes.
///
/// # Errors
/// Same as [`Database::query`].
pub fn pin_session(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(PIN_AUTOCOMMIT, &[]).map(drop)
}

/// Runs `act`, retrying when one of the unique keys `retry_on` reports a duplicate, or on deadlock.
///
/// # Errors
/// Contention if the retries take too long, and any other error of `act` at once.
pub fn retry_on_conflict<T>(
    retry_on: &[&str],
    mut act: impl FnMut() -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    let mut value = None;
    retry(retry_on, &mut || {
        value = Some(act()?);
        Ok(())
    })?;
    value.ok_or_else(|| DatabaseError::internal("nothing was done"))
}

/// [`retry_on_conflict`] for every type of result: one function instead of one for each caller.
fn retry(
    retry_on: &[&str],
    act: &mut dyn FnMut() -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let begin = Instant::now();
    for attempt in 1..=MAX_ATTEMPTS {
        match act() {
            // The next attempt reads what the other request wrote.
            Err(DatabaseError::Duplicate { constraint, .. })
                if retry_on.contains(&constraint.as_str()) => {}
            // The other request may hold its locks for long.
            Err(DatabaseError::Contention(_)) if begin.elapsed() < MAX_DURATION => {}
            other => return other,
        }
        pause(attempt);
    }
    let elapsed = begin.elapsed().as_millis();
    Err(DatabaseError::Contention(format!("{MAX_ATTEMPTS} attempts in {elapsed} ms")))
}

/// Runs `act` in a transaction, and retries the whole transaction on a conflict. Pins the session's settings first.
/// Afterwards the session can only be used for reads.
///
/// # Errors
/// Same as [`retry_on_conflict`]. On error nothing persists, unless the response to COMMIT was lost; then the outcome is
/// unknown.
pub fn in_transaction<T>(
    database: &impl Database,
    retry_on: &[&str],
    mut act: impl FnMut() -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    database.query(PIN_TRANSACTION, &[])?;
    retry_on_conflict(retry_on, || {
        let outcome = act().and_then(|value| database.query(COMMIT, &[]).map(|_| value));
        if outcome.is_err() {
            // If this fails, the server rolls back at the end of the session.
            database.query(ROLLBACK, &[]).ok();
        }
        outcome
    })
}

/// Runs `act` in a transaction and rolls it back, to check that it would succeed.
///
/// # Errors
/// Those of `act`.
pub fn dry_run(
    database: &impl Database,
    act: impl FnOnce() -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    database.query(PIN_TRANSACTION, &[])?;
    let outcome = act();
    database.query(ROLLBACK, &[])?;
    outcome
}

/// Deletes some expired rows with the statement `delete`, if the query `find` finds any. The query takes no locks, so
/// it delays no other request.
///
/// # Errors
/// Same as [`Database::query`].
#[track_caller]
pub fn sweep(database: &impl Database, find: &str, delete: &str) -> Result<(), DatabaseError> {
    if database.query(find, &[])?.rows.is_empty() {
        return Ok(());
    }
    match database.query(delete, &[]) {
        // Another request is deleting them.
        Err(DatabaseError::Contention(_)) => Ok(()),
        other => other.map(drop),
    }
}

/// Lets the other request finish: no pause before the first retry, then a random pause of up to 20 ms.
fn pause(attempt: u32) {
    if attempt > 2 {
        // The standard library seeds each `RandomState` differently, which is random enough here.
        let random = RandomState::new().hash_one(attempt);
        let max = u64::from(attempt.min(10)) * 2_000;
        thread::sleep(Duration::from_micros(random % max));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &["one_seat", "one_hat"];

    fn duplicate(constraint: &str) -> DatabaseError {
        DatabaseError::Duplicate { constraint: constraint.into(), message: String::new() }
    }

    #[test]
    fn a_conflict_is_retried() {
        let mut answers = vec![
            Ok(7),
            Err(DatabaseError::Contention("deadlock".into())),
            Err(duplicate("one_seat")),
            Err(duplicate("one_hat")),
        ];
        assert_eq!(retry_on_conflict(KEYS, || answers.pop().unwrap()), Ok(7));
    }

    #[test]
    fn other_errors_are_returned_at_once() {
        for error in [
            duplicate("PRIMARY"),
            DatabaseError::internal("x"),
            DatabaseError::Unreachable("x".into()),
        ] {
            let mut attempts = 0;
            let outcome = retry_on_conflict(KEYS, || {
                attempts += 1;
                Err::<(), _>(error.clone())
            });
            assert_eq!((outcome, attempts), (Err(error), 1));
        }
    }

    #[test]
    fn retries_are_limited() {
        let outcome = retry_on_conflict(KEYS, || Err::<(), _>(duplicate("one_seat")));
        assert!(matches!(outcome, Err(DatabaseError::Contention(_))));
    }
}

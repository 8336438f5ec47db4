//! Trying again when somebody else was faster, and transactions, which are tried again as a whole.

use std::{
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

use crate::database::{Database, DatabaseError};

/// Attempts before we give up. Each one that is lost was won by another request, or by none in a
/// deadlock, so only a very long row of bad luck or a broken database gets there.
const MOST: u32 = 20;

/// Time after which locked rows are no longer waited for. Who asks this service has more patience.
const LONGEST: Duration = Duration::from_secs(3);

// Reads in a transaction see what others have committed meanwhile, not only what was there when it
// began. `START TRANSACTION` cannot be prepared on MySQL, and Spin prepares every statement.
const READ_COMMITTED: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
const BEGIN: &str = "SET SESSION autocommit = 0";
const WAIT_BRIEFLY: &str = "SET SESSION innodb_lock_wait_timeout = 2";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// Has the session wait 2 seconds for locked rows, not the 50 of the server.
///
/// # Errors
/// As every statement.
pub fn wait_briefly(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(WAIT_BRIEFLY, &[]).map(drop)
}

/// Runs `act` until it is not overtaken: again when one of these unique keys says that its place is taken by now,
/// or when transactions are in each other's way.
///
/// # Errors
/// Contention when that takes too long, and every other error of `act` at once.
pub fn until_settled<T>(
    places: &[&str],
    mut act: impl FnMut() -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    let begin = Instant::now();
    for attempt in 1..=MOST {
        match act() {
            // The next look shows who took the place.
            Err(DatabaseError::Duplicate { constraint, .. })
                if places.contains(&constraint.as_str()) => {}
            // Whoever has locked the rows may keep them for long.
            Err(DatabaseError::Contention(_)) if begin.elapsed() < LONGEST => {}
            settled => return settled,
        }
        pause(attempt);
    }
    Err(DatabaseError::Contention(format!("overtaken {MOST} times in {:?}", begin.elapsed())))
}

/// Runs `act` in a transaction until it is not overtaken. The session is of no use for anything else then.
///
/// # Errors
/// As [`until_settled`]. Nothing of what `act` did is left, except that nobody knows what became of a
/// commit whose answer was lost.
pub fn in_transaction<T>(
    database: &impl Database,
    places: &[&str],
    mut act: impl FnMut() -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    database.query(READ_COMMITTED, &[])?;
    database.query(BEGIN, &[])?;
    until_settled(places, || {
        let outcome = act().and_then(|value| database.query(COMMIT, &[]).map(|_| value));
        if outcome.is_err() {
            // What can't be rolled back is rolled back when the session ends, and that is now.
            database.query(ROLLBACK, &[]).ok();
        }
        outcome
    })
}

/// Deletes some of what is old by the statement `sweep`, where the query `has_old` finds any. That one locks nothing,
/// so that it is in nobody's way when there is nothing to do.
///
/// # Errors
/// As every statement.
pub fn sweep(database: &impl Database, has_old: &str, sweep: &str) -> Result<(), DatabaseError> {
    if database.query(has_old, &[])?.rows.is_empty() {
        return Ok(());
    }
    match database.query(sweep, &[]) {
        // Somebody else is sweeping.
        Err(DatabaseError::Contention(_)) => Ok(()),
        other => other.map(drop),
    }
}

/// Lets the others go on: not at all at first, then a random time of up to 20 ms.
fn pause(attempt: u32) {
    if attempt > 2 {
        // The standard library seeds each RandomState anew, which is all the chance that is needed here.
        let chance = RandomState::new().hash_one(attempt);
        let most = u64::from(attempt.min(10)) * 2_000;
        thread::sleep(Duration::from_micros(chance % most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: &[&str] = &["one_seat", "one_hat"];

    fn overtaken(constraint: &str) -> DatabaseError {
        DatabaseError::Duplicate { constraint: constraint.into(), message: String::new() }
    }

    #[test]
    fn who_is_overtaken_tries_again() {
        let mut answers = vec![
            Ok(7),
            Err(DatabaseError::Contention("deadlock".into())),
            Err(overtaken("one_seat")),
            Err(overtaken("one_hat")),
        ];
        assert_eq!(until_settled(PLACES, || answers.pop().unwrap()), Ok(7));
    }

    #[test]
    fn what_trying_again_does_not_help_comes_back_at_once() {
        for error in [
            overtaken("PRIMARY"),
            DatabaseError::fault("x"),
            DatabaseError::Unreachable("x".into()),
        ] {
            let mut attempts = 0;
            let outcome = until_settled(PLACES, || {
                attempts += 1;
                Err::<(), _>(error.clone())
            });
            assert_eq!((outcome, attempts), (Err(error), 1));
        }
    }

    #[test]
    fn trying_again_has_an_end() {
        let outcome = until_settled(PLACES, || Err::<(), _>(overtaken("one_seat")));
        assert!(matches!(outcome, Err(DatabaseError::Contention(_))));
    }
}

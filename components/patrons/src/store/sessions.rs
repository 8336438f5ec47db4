//! Sessions and PINs in MySQL. Time is the database's: several services share one clock.

use domain::{Patron, PatronId};
use service_kit::{
    contention,
    database::{Columns, Database, DatabaseError},
};
use spin_sdk::mysql::ParameterValue::{self, Binary, Int64};

use super::patron;

/// Over after 30 minutes without use and 8 hours after the login. Whether its use should be noted is said in words,
/// because a comparison is an integer of another width on each server.
const USE: &str = "SELECT patrons.id, firstName, lastName, patronNum COLLATE utf8mb4_unicode_ci, role, \
    IF(usedAt < UTC_TIMESTAMP() - INTERVAL 1 MINUTE, 'note', 'noted') \
    FROM sessions JOIN patrons ON patrons.id = sessions.patronId \
    WHERE tokenHash = ? AND usedAt >= UTC_TIMESTAMP() - INTERVAL 30 MINUTE \
    AND begunAt >= UTC_TIMESTAMP() - INTERVAL 8 HOUR";

const NOTE_USE: &str = "UPDATE sessions SET usedAt = UTC_TIMESTAMP() WHERE tokenHash = ?";

const BEGIN: &str = "INSERT INTO sessions (tokenHash, patronId, begunAt, usedAt) \
    VALUES (?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP())";

const END: &str = "DELETE FROM sessions WHERE tokenHash = ?";

const END_ALL: &str = "DELETE FROM sessions";

const HAS_OLD: &str = "SELECT patronId FROM sessions \
    WHERE usedAt < UTC_TIMESTAMP() - INTERVAL 8 HOUR LIMIT 1";

const SWEEP: &str = "DELETE FROM sessions \
    WHERE usedAt < UTC_TIMESTAMP() - INTERVAL 8 HOUR ORDER BY usedAt LIMIT 20";

const PIN: &str = "SELECT hash FROM pins WHERE patronId = ?";

/// Whose session this is; it is used by that, and so goes on.
pub(crate) fn make_use(
    database: &impl Database,
    hash: &[u8; 32],
) -> Result<Option<Patron>, DatabaseError> {
    let read = |columns: &mut Columns| {
        let patron = patron(columns)?;
        Ok((patron, columns.take::<String>()? == "note"))
    };
    let Some((patron, is_to_note)) = database.rows(USE, &[token(hash)], read)?.pop() else {
        return Ok(None);
    };
    if is_to_note {
        contention::wait_briefly(database)?;
        match database.query(NOTE_USE, &[token(hash)]) {
            // Another request of the same session is noting it.
            Err(DatabaseError::Contention(_)) => {}
            other => other.map(drop)?,
        }
    }
    Ok(Some(patron))
}

/// Begins a session, and forgets some that are long over: more than can begin meanwhile.
pub(crate) fn begin(
    database: &impl Database,
    hash: &[u8; 32],
    patron: PatronId,
) -> Result<(), DatabaseError> {
    database.query(BEGIN, &[token(hash), Int64(patron.get())])?;
    contention::sweep(database, HAS_OLD, SWEEP)
}

/// Ends a session; how many these were, 1 or 0.
pub(crate) fn end(database: &impl Database, hash: &[u8; 32]) -> Result<i64, DatabaseError> {
    database.change(END, &[token(hash)])
}

/// Ends all of them; how many these were.
pub(crate) fn end_all(database: &impl Database) -> Result<i64, DatabaseError> {
    database.change(END_ALL, &[])
}

/// The hash of the patron's PIN, if there is one.
pub(crate) fn pin_of(
    database: &impl Database,
    patron: PatronId,
) -> Result<Option<String>, DatabaseError> {
    Ok(database.rows(PIN, &[Int64(patron.get())], |columns| columns.take())?.pop())
}

/// None, after as long as it takes to look for one.
pub(crate) fn pin_of_nobody(database: &impl Database) -> Result<Option<String>, DatabaseError> {
    Ok(database.rows(PIN, &[Int64(0)], |columns| columns.take())?.pop())
}

fn token(hash: &[u8; 32]) -> ParameterValue {
    Binary(hash.to_vec())
}

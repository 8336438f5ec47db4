//! Sessions in MySQL. They use the database's clock, which all instances share.

use domain::PatronId;
use service_kit::{
    database::{Columns, Database, DatabaseError},
    retry,
};
use spin_sdk::mysql::ParameterValue::{self, Binary, Int64};

use super::{Entry, read_entry, select_patrons};

/// A session ends 30 minutes after its last use, or 8 hours after the login. Its use is recorded at most once a minute.
const FIND: &str = select_patrons!(
    "JOIN sessions ON sessions.patronId = patrons.id \
     WHERE tokenHash = ? AND usedAt >= UTC_TIMESTAMP() - INTERVAL 30 MINUTE \
     AND begunAt >= UTC_TIMESTAMP() - INTERVAL 8 HOUR",
    "IF(usedAt < UTC_TIMESTAMP() - INTERVAL 1 MINUTE, 'note', 'noted')"
);

const NOTE_USE: &str = "UPDATE sessions SET usedAt = UTC_TIMESTAMP() WHERE tokenHash = ?";

const START: &str = "INSERT INTO sessions (tokenHash, patronId, begunAt, usedAt) \
    VALUES (?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP())";

const END: &str = "DELETE FROM sessions WHERE tokenHash = ?";

const END_OF_PATRON: &str = "DELETE FROM sessions WHERE patronId = ? AND tokenHash <> ?";

const END_ALL: &str = "DELETE FROM sessions";

const HAS_EXPIRED: &str = "SELECT patronId FROM sessions \
    WHERE usedAt < UTC_TIMESTAMP() - INTERVAL 8 HOUR LIMIT 1";

const DELETE_EXPIRED: &str = "DELETE FROM sessions \
    WHERE usedAt < UTC_TIMESTAMP() - INTERVAL 8 HOUR ORDER BY usedAt LIMIT 20";

/// The patron of an open session.
pub(crate) fn find(
    database: &impl Database,
    hash: &[u8; 32],
) -> Result<Option<Entry>, DatabaseError> {
    Ok(find_with_age(database, hash)?.map(|(entry, _)| entry))
}

/// The patron of an open session, which this use extends.
pub(crate) fn touch(
    database: &impl Database,
    hash: &[u8; 32],
) -> Result<Option<Entry>, DatabaseError> {
    let Some((entry, is_to_note)) = find_with_age(database, hash)? else { return Ok(None) };
    if is_to_note {
        retry::pin_session(database)?;
        match database.query(NOTE_USE, &[token(hash)]) {
            // Another request is recording the use, or the server is read-only. The session is open anyway.
            Err(DatabaseError::Contention(_) | DatabaseError::ReadOnly(_)) => {}
            other => other.map(drop)?,
        }
    }
    Ok(Some(entry))
}

fn find_with_age(
    database: &impl Database,
    hash: &[u8; 32],
) -> Result<Option<(Entry, bool)>, DatabaseError> {
    let read = |columns: &mut Columns| {
        let entry = read_entry(columns)?;
        Ok((entry, columns.take::<String>()? == "note"))
    };
    Ok(database.rows(FIND, &[token(hash)], read)?.pop())
}

/// Starts a session, and deletes up to 20 expired ones.
pub(crate) fn start(
    database: &impl Database,
    hash: &[u8; 32],
    patron: PatronId,
) -> Result<(), DatabaseError> {
    database.query(START, &[token(hash), Int64(patron.get())])?;
    retry::sweep(database, HAS_EXPIRED, DELETE_EXPIRED)
}

/// Ends a session. Returns the number of ended sessions, 1 or 0.
pub(crate) fn end(database: &impl Database, hash: &[u8; 32]) -> Result<i64, DatabaseError> {
    database.execute(END, &[token(hash)])
}

/// Ends a patron's sessions, except the one whose token has the hash `except`.
pub(crate) fn end_of_patron(
    database: &impl Database,
    patron: PatronId,
    except: Option<&[u8; 32]>,
) -> Result<(), DatabaseError> {
    let except = except.map_or_else(|| Binary(Vec::new()), token);
    database.query(END_OF_PATRON, &[Int64(patron.get()), except]).map(drop)
}

/// Ends all sessions and returns their number.
pub(crate) fn end_all(database: &impl Database) -> Result<i64, DatabaseError> {
    database.execute(END_ALL, &[])
}

fn token(hash: &[u8; 32]) -> ParameterValue {
    Binary(hash.to_vec())
}

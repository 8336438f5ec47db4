//! PIN hashes, and the right to set one.

use domain::PatronId;
use service_kit::{
    database::{Database, DatabaseError, OnConstraint},
    retry::in_transaction,
};
use spin_sdk::mysql::ParameterValue::{Int64, Str};

use super::{Entry, by_id, sessions};

const FIND: &str = "SELECT hash FROM pins WHERE patronId = ?";

const INSERT: &str = "INSERT INTO pins (patronId, hash) VALUES (?, ?)";

const UPDATE: &str = "UPDATE pins SET hash = ? WHERE patronId = ?";

/// The outcome of setting a PIN.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PinChange {
    /// The PIN of this patron is set.
    Done(Entry),
    /// The session is not a librarian's.
    Forbidden,
    /// No patron has this id.
    NoPatron,
    /// The patron is not a librarian.
    NotALibrarian,
}

/// The hash of the patron's PIN, if there is one. `None` runs the same query and finds nothing.
pub(crate) fn find(
    database: &impl Database,
    patron: Option<PatronId>,
) -> Result<Option<String>, DatabaseError> {
    let id = patron.map_or(0, PatronId::get);
    Ok(database.rows(FIND, &[Int64(id)], |columns| columns.take())?.pop())
}

/// Sets the PIN of librarian `id`, authorized by a librarian's session, and ends the other sessions of `id`.
pub(crate) fn set(
    database: &impl Database,
    session: &[u8; 32],
    id: Option<PatronId>,
    hash: &str,
) -> Result<PinChange, DatabaseError> {
    in_transaction(database, &[], || {
        let user = sessions::find(database, session)?;
        if !user.is_some_and(|user| user.patron.is_librarian()) {
            return Ok(PinChange::Forbidden);
        }
        let Some(id) = id else { return Ok(PinChange::NoPatron) };
        let Some(entry) = by_id(database, id)? else { return Ok(PinChange::NoPatron) };
        if !entry.patron.is_librarian() {
            return Ok(PinChange::NotALibrarian);
        }
        let hash = || Str(hash.to_owned());
        database
            .query(INSERT, &[Int64(id.get()), hash()])
            .map(drop)
            .on_constraint("PRIMARY", || {
                database.query(UPDATE, &[hash(), Int64(id.get())]).map(drop)
            })?;
        sessions::end_of_patron(database, id, Some(session))?;
        Ok(PinChange::Done(entry))
    })
}

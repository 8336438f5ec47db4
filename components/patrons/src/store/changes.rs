//! Changes of patrons, which may end sessions.

use contract::patrons::{NewPatron, PatronCorrection};
use domain::PatronId;
use service_kit::{
    database::{Database, DatabaseError, OnConstraint},
    retry::in_transaction,
};
use spin_sdk::mysql::ParameterValue::{Int64, Str};

use super::{Entry, by_id, by_number, index::search_text, read_entry, select_patrons, sessions};

/// The unique key on card numbers.
const ONE_PATRON_PER_CARD: &str = "one_patron_per_card";

const INSERT: &str =
    "INSERT INTO patrons (firstName, lastName, patronNum, searchText) VALUES (?, ?, ?, ?)";

/// Locks the patron until the end of the transaction.
const LOCK: &str = select_patrons!("WHERE patrons.id = ? FOR UPDATE");

const EDIT: &str = "UPDATE patrons SET firstName = ?, lastName = ?, patronNum = ?, searchText = ? \
    WHERE id = ?";

const BLOCK: &str =
    "UPDATE patrons SET blockedAt = UTC_TIMESTAMP() WHERE id = ? AND blockedAt IS NULL";

const UNBLOCK: &str = "UPDATE patrons SET blockedAt = NULL WHERE id = ?";

/// The outcome of a change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The change was made; the patron is now this.
    Done(Entry),
    /// No patron has this id.
    NoPatron,
    /// The patron does not have the expected values.
    Changed,
    /// Another patron's card has this number.
    NumberTaken,
}

/// Registers a patron. Succeeds without a change if a patron with these names and this number exists, so the request
/// can be repeated.
pub(crate) fn add(database: &impl Database, new: &NewPatron) -> Result<Change, DatabaseError> {
    let (first_name, last_name) = (new.first_name.as_str(), new.last_name.as_str());
    let number = new.number.as_str();
    let binds = [
        Str(first_name.to_owned()),
        Str(last_name.to_owned()),
        Str(number.to_owned()),
        Str(search_text(first_name, last_name)),
    ];
    in_transaction(database, &[], || {
        database.query(INSERT, &binds).map(drop).on_constraint(ONE_PATRON_PER_CARD, || Ok(()))?;
        let entry = by_number(database, number)?;
        let entry = entry.ok_or_else(|| DatabaseError::internal("a new patron is missing"))?;
        let is_same = entry.patron.first_name == first_name && entry.patron.last_name == last_name;
        Ok(if is_same { Change::Done(entry) } else { Change::NumberTaken })
    })
}

/// Corrects names and card number. Succeeds without a change if the patron already has the new values. A new number
/// ends the patron's sessions, because the old card may be stolen.
pub(crate) fn edit(
    database: &impl Database,
    id: PatronId,
    correction: &PatronCorrection,
) -> Result<Change, DatabaseError> {
    let (from, to) = (&correction.from, &correction.to);
    let (first_name, last_name) = (to.first_name.as_str(), to.last_name.as_str());
    let number = to.number.as_str();
    in_transaction(database, &[], || {
        let Some(mut entry) = lock(database, id)? else { return Ok(Change::NoPatron) };
        let patron = &mut entry.patron;
        let is = |first_name: &str, last_name: &str, number: &str| {
            patron.first_name == first_name
                && patron.last_name == last_name
                && patron.number == number
        };
        if is(first_name, last_name, number) {
            return Ok(Change::Done(entry));
        }
        if !is(&from.first_name.0, &from.last_name.0, &from.number.0) {
            return Ok(Change::Changed);
        }
        let binds = [
            Str(first_name.to_owned()),
            Str(last_name.to_owned()),
            Str(number.to_owned()),
            Str(search_text(first_name, last_name)),
            Int64(id.get()),
        ];
        let edited = database.query(EDIT, &binds).map(|_| true);
        if !edited.on_constraint(ONE_PATRON_PER_CARD, || Ok(false))? {
            return Ok(Change::NumberTaken);
        }
        if patron.number != number {
            sessions::end_of_patron(database, id, None)?;
        }
        patron.first_name = first_name.to_owned();
        patron.last_name = last_name.to_owned();
        patron.number = number.to_owned();
        Ok(Change::Done(entry))
    })
}

/// Blocks or unblocks the patron.
pub(crate) fn set_blocked(
    database: &impl Database,
    id: PatronId,
    is_blocked: bool,
) -> Result<Change, DatabaseError> {
    in_transaction(database, &[], || {
        let sql = if is_blocked { BLOCK } else { UNBLOCK };
        database.query(sql, &[Int64(id.get())])?;
        Ok(by_id(database, id)?.map_or(Change::NoPatron, Change::Done))
    })
}

/// Locks the patron with this id until the end of the transaction.
fn lock(database: &impl Database, id: PatronId) -> Result<Option<Entry>, DatabaseError> {
    Ok(database.rows(LOCK, &[Int64(id.get())], read_entry)?.pop())
}

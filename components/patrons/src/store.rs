//! The patrons in MySQL. All of this service's SQL is here, about logging in in [`sessions`] and [`attempts`].
//!
//! The session is in the service's own schema, so tables need no prefix. The statements are those that
//! MySQL and MariaDB have in common. A card's number compares by its bytes (`utf8mb4_bin`), and such a column
//! comes out as bytes unless it is selected with another collation.

pub(crate) mod attempts;
pub(crate) mod sessions;

use std::collections::BTreeSet;

use domain::{Patron, PatronId};
use service_kit::{
    database::{Columns, Database, DatabaseError, containing, id_list},
    listing::Window,
};
use spin_sdk::mysql::ParameterValue::{Int64, Str};

use crate::newcomer::Newcomer;

/// The unique key that refuses a second card with the same number.
pub(crate) const ONE_PATRON_PER_CARD: &str = "one_patron_per_card";

const LIST: &str = "SELECT id, firstName, lastName, patronNum COLLATE utf8mb4_unicode_ci, role \
    FROM patrons WHERE id > ? ORDER BY id LIMIT ?";

const BY_IDS: &str = "SELECT patrons.id, firstName, lastName, patronNum COLLATE utf8mb4_unicode_ci, role \
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked \
    JOIN patrons ON patrons.id = asked.id WHERE patrons.id > ? ORDER BY patrons.id LIMIT ?";

const BY_ID: &str = "SELECT id, firstName, lastName, patronNum COLLATE utf8mb4_unicode_ci, role \
    FROM patrons WHERE id = ?";

const BY_NUMBER: &str = "SELECT id, firstName, lastName, patronNum COLLATE utf8mb4_unicode_ci, role \
    FROM patrons WHERE patronNum = ?";

const BY_NAME: &str = "SELECT id, firstName, lastName, patronNum COLLATE utf8mb4_unicode_ci, role \
    FROM patrons WHERE id > ? AND (firstName LIKE ? ESCAPE '!' OR lastName LIKE ? ESCAPE '!') \
    ORDER BY id LIMIT ?";

const INSERT: &str = "INSERT INTO patrons (firstName, lastName, patronNum) VALUES (?, ?, ?)";

const REACH: &str = "SELECT id FROM patrons LIMIT 1";

/// The patrons in order of id.
pub(crate) fn list(database: &impl Database, window: Window) -> Result<Vec<Patron>, DatabaseError> {
    database.rows(LIST, &[Int64(window.above()), Int64(window.rows_to_read())], patron)
}

/// Those of the patrons with these ids that there are, in order of id.
pub(crate) fn by_ids(
    database: &impl Database,
    ids: &BTreeSet<PatronId>,
    window: Window,
) -> Result<Vec<Patron>, DatabaseError> {
    let binds = [id_list(ids), Int64(window.above()), Int64(window.rows_to_read())];
    database.rows(BY_IDS, &binds, patron)
}

/// The patron with this id.
pub(crate) fn by_id(
    database: &impl Database,
    id: PatronId,
) -> Result<Option<Patron>, DatabaseError> {
    Ok(database.rows(BY_ID, &[Int64(id.get())], patron)?.pop())
}

/// The patron whose card has this number.
pub(crate) fn by_number(
    database: &impl Database,
    number: &str,
) -> Result<Option<Patron>, DatabaseError> {
    let patrons = database.rows(BY_NUMBER, &[Str(number.to_owned())], patron)?;
    // To the collation, blanks at the end are nothing.
    Ok(patrons.into_iter().find(|patron| patron.number == number))
}

/// The patrons with `name` in the first or the last name, in order of id.
pub(crate) fn by_name(
    database: &impl Database,
    name: &str,
    window: Window,
) -> Result<Vec<Patron>, DatabaseError> {
    let name = || containing(name);
    let binds = [Int64(window.above()), name(), name(), Int64(window.rows_to_read())];
    database.rows(BY_NAME, &binds, patron)
}

/// Writes a new patron.
///
/// # Errors
/// A duplicate of [`ONE_PATRON_PER_CARD`] when there is a card with that number.
pub(crate) fn insert(database: &impl Database, newcomer: &Newcomer) -> Result<(), DatabaseError> {
    let text = |text: &str| Str(text.to_owned());
    let Newcomer { first_name, last_name, number } = newcomer;
    database.query(INSERT, &[text(first_name), text(last_name), text(number)]).map(drop)
}

/// Reads from the table, to see that it is there and may be read.
pub(crate) fn reach(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(REACH, &[]).map(drop)
}

fn patron(columns: &mut Columns) -> Result<Patron, DatabaseError> {
    Ok(Patron {
        id: columns.take::<i64>()?.try_into().map_err(DatabaseError::fault)?,
        first_name: columns.take()?,
        last_name: columns.take()?,
        number: columns.take()?,
        role: columns.take()?,
    })
}

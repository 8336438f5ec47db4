//! The patrons of the first day of a demo, which the loader keeps in a table that this service only reads.
//!
//! Roles and PINs do not change: the service has no right to change a role, and the PIN of the first day is not stored.
//! Added librarians stay too, because the operator added them.

use contract::demo::RowsSinceFirstDay;
use service_kit::{
    database::{Columns, Database, DatabaseError},
    epoch::read_epoch,
};

use super::sessions;

const IS_KNOWN: &str = "SELECT id FROM demo_patrons LIMIT 1";

const NUMBER_TAKEN: &str = "SELECT patrons.id FROM patrons \
    JOIN demo_patrons AS demo ON demo.patronNum = patrons.patronNum \
    WHERE patrons.role = 'librarian' AND patrons.id NOT IN (SELECT id FROM demo_patrons) LIMIT 1";

/// Compares with `utf8mb4_bin`, because the columns' collation treats some different texts as equal, such as those that
/// differ only in case.
const SINCE: &str = "SELECT (SELECT number FROM epochs WHERE id = 1), \
    (SELECT COUNT(*) FROM patrons WHERE role = 'user' AND id NOT IN (SELECT id FROM demo_patrons)), \
    (SELECT COUNT(*) FROM patrons JOIN demo_patrons AS demo ON demo.id = patrons.id \
     WHERE patrons.firstName COLLATE utf8mb4_bin <> demo.firstName \
     OR patrons.lastName COLLATE utf8mb4_bin <> demo.lastName \
     OR patrons.patronNum COLLATE utf8mb4_bin <> demo.patronNum OR patrons.blockedAt IS NOT NULL)";

const DELETE_ATTEMPTS: &str = "DELETE FROM attempts";

const DELETE_ADDED: &str =
    "DELETE FROM patrons WHERE role = 'user' AND id NOT IN (SELECT id FROM demo_patrons)";

/// Frees the card numbers first, because two patrons may have swapped theirs.
const FREE_NUMBERS: &str = "UPDATE patrons JOIN demo_patrons AS demo ON demo.id = patrons.id \
    SET patrons.patronNum = CONCAT(patrons.id, '-', UUID()) \
    WHERE patrons.patronNum COLLATE utf8mb4_bin <> demo.patronNum";

const RESTORE: &str = "UPDATE patrons JOIN demo_patrons AS demo ON demo.id = patrons.id \
    SET patrons.firstName = demo.firstName, patrons.lastName = demo.lastName, \
    patrons.patronNum = demo.patronNum, patrons.blockedAt = NULL, patrons.searchText = NULL";

/// Whether the library was loaded with demo patrons.
pub(crate) fn is_known(database: &impl Database) -> Result<bool, DatabaseError> {
    Ok(!database.query(IS_KNOWN, &[])?.rows.is_empty())
}

/// Whether a librarian who stays has the card number of a patron of the first day.
pub(crate) fn is_number_taken(database: &impl Database) -> Result<bool, DatabaseError> {
    Ok(!database.query(NUMBER_TAKEN, &[])?.rows.is_empty())
}

/// The differences between the patrons and those of the first day, none of whom can be removed.
pub(crate) fn changes_since(database: &impl Database) -> Result<RowsSinceFirstDay, DatabaseError> {
    let count = |columns: &mut Columns| {
        u64::try_from(columns.take::<i64>()?).map_err(DatabaseError::internal)
    };
    database.row(SINCE, &[], |columns| {
        let epoch = read_epoch(columns)?;
        let (added, changed) = (count(columns)?, count(columns)?);
        Ok(RowsSinceFirstDay { epoch, added, changed, removed: 0 })
    })
}

/// Restores the patrons of the first day and logs everyone out, in the caller's transaction. The next search indexes
/// their names again.
pub(crate) fn restore(database: &impl Database) -> Result<(), DatabaseError> {
    sessions::end_all(database)?;
    for sql in [DELETE_ATTEMPTS, DELETE_ADDED, FREE_NUMBERS, RESTORE] {
        database.query(sql, &[])?;
    }
    Ok(())
}

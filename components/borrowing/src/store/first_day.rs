//! The ledger as on the first day of a demo: empty.

use contract::demo::LoansSinceFirstDay;
use service_kit::{
    database::{Database, DatabaseError},
    epoch::read_epoch,
};

use super::count;

const SINCE: &str = "SELECT (SELECT number FROM epochs WHERE id = 1), COUNT(*), COUNT(loans.isOpen) \
    FROM loans WHERE patronId IS NOT NULL";

const DELETE_LOANS: &str = "DELETE FROM loans";

/// The number of loans since the first day.
pub(crate) fn loans_since(database: &impl Database) -> Result<LoansSinceFirstDay, DatabaseError> {
    database.row(SINCE, &[], |columns| {
        let epoch = read_epoch(columns)?;
        Ok(LoansSinceFirstDay { epoch, loans: count(columns)?, open: count(columns)? })
    })
}

/// Deletes every loan, including those that represent withdrawn copies. Idempotency records stay, so a repeated request
/// gets its first answer and lends nothing.
pub(crate) fn delete_loans(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(DELETE_LOANS, &[]).map(drop)
}

//! The version of a service's schema.

use super::{Database, DatabaseError};

/// No row where the server's settings would cut off lists or refuse larger reads. The loader refuses such a server, but
/// the settings can change later, and reads set no session variables, which would cost a round trip.
const NEWEST_APPLIED: &str = "SELECT version FROM refinery_schema_history \
    WHERE @@GLOBAL.sql_select_limit >= 4294967296 AND @@GLOBAL.max_join_size >= 4294967296 \
    ORDER BY version DESC LIMIT 1";

/// Checks that the schema has all of the service's migrations; `newest` is the number of the last one. Health checks
/// call it, so that a pod of a new version gets no requests before the loader has migrated the database.
///
/// # Errors
/// [`DatabaseError::NotReady`] while a migration is missing, and the errors of [`Database::query`].
pub fn check_schema(database: &impl Database, newest: i32) -> Result<(), DatabaseError> {
    let applied = database.rows(NEWEST_APPLIED, &[], |columns| columns.take::<i32>())?;
    match applied.first() {
        Some(version) if *version >= newest => Ok(()),
        Some(version) => Err(DatabaseError::NotReady(format!(
            "the schema has version {version}, and this service needs {newest}"
        ))),
        None => Err(DatabaseError::NotReady(
            "the schema is empty, or the server's settings `sql_select_limit` or `max_join_size` limit what a query reads"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use spin_sdk::mysql::DbValue;

    use super::*;
    use crate::testing::ScriptedDatabase;

    #[test]
    fn an_older_schema_is_not_ready_and_a_newer_one_is() {
        for (rows, is_ready) in [
            (vec![], false),
            (vec![vec![DbValue::Int32(2)]], false),
            (vec![vec![DbValue::Int32(3)]], true),
            (vec![vec![DbValue::Int32(4)]], true),
        ] {
            let database = ScriptedDatabase::new([Ok(rows)]);
            match check_schema(&&database, 3) {
                Ok(()) => assert!(is_ready),
                Err(error) => assert!(matches!(error, DatabaseError::NotReady(_)) && !is_ready),
            }
        }
    }
}

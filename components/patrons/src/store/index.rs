//! Writes the search text of patrons: with each change, and for patrons who were not registered through this service.

use domain::text::split_words;
use service_kit::{
    database::{Database, DatabaseError},
    log,
    retry::in_transaction,
};
use spin_sdk::mysql::ParameterValue::{Int64, Str};

const UNINDEXED: &str =
    "SELECT id, firstName, lastName FROM patrons WHERE searchText IS NULL LIMIT 1000";

/// Skips a patron whom a concurrent change has indexed.
const SET_SEARCH_TEXT: &str =
    "UPDATE patrons SET searchText = ? WHERE id = ? AND searchText IS NULL";

/// The value of `patrons.searchText`: the search keys of both names' words.
pub(crate) fn search_text(first_name: &str, last_name: &str) -> String {
    split_words(&format!("{first_name} {last_name}")).join(" ")
}

/// Indexes patrons without a search text. If the server refuses changes, logs the error; the search then misses these
/// patrons.
///
/// # Errors
/// Fails if the database is unreachable.
pub(crate) fn catch_up(database: &impl Database) -> Result<(), DatabaseError> {
    match index_some(database) {
        Err(DatabaseError::Unreachable(why)) => Err(DatabaseError::Unreachable(why)),
        Err(error) => {
            log::error("the search index is not up to date", error);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn index_some(database: &impl Database) -> Result<(), DatabaseError> {
    let patrons = database.rows(UNINDEXED, &[], |columns| {
        Ok((columns.take::<i64>()?, columns.take::<String>()?, columns.take::<String>()?))
    })?;
    if patrons.is_empty() {
        return Ok(());
    }
    in_transaction(database, &[], || {
        for (id, first_name, last_name) in &patrons {
            let text = Str(search_text(first_name, last_name));
            database.query(SET_SEARCH_TEXT, &[text, Int64(*id)])?;
        }
        Ok(())
    })
}

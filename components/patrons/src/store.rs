//! The patrons in MySQL: reads, searches and the health check. All of this service's SQL is in this module and its
//! submodules.
//!
//! The session uses the service's own schema, so tables need no prefix. All statements run on both MySQL and MariaDB.
//! Card numbers are compared byte by byte (`utf8mb4_bin`). Spin returns such a column as bytes unless the statement
//! selects it with another collation.

pub(crate) mod attempts;
pub(crate) mod changes;
pub(crate) mod first_day;
pub(crate) mod index;
pub(crate) mod pins;
pub(crate) mod sessions;

use std::collections::BTreeSet;

use contract::paging::Cursor;
use domain::{
    Patron, PatronId,
    text::{self, spellings},
};
use service_kit::{
    database::{
        Columns, Database, DatabaseError, check_schema, json_ids, like_pattern, limit_query_time,
        prefix_pattern,
    },
    epoch::read_epoch,
    retry::dry_run,
};
use spin_sdk::mysql::ParameterValue::{Int64, Str};

use attempts::insert_attempt;

/// A `SELECT` of the columns that [`read_entry`] reads, followed by `$more`. Conditions are selected as words, because
/// MySQL and MariaDB return comparisons as integers of different widths.
macro_rules! select_patrons {
    ($rest:literal $(, $more:literal)*) => {
        concat!(
            "SELECT patrons.id, patrons.firstName, patrons.lastName, \
             patrons.patronNum COLLATE utf8mb4_unicode_ci, patrons.role, \
             IF(patrons.blockedAt IS NULL, 'active', 'blocked')" $(, ", ", $more)*,
            " FROM patrons ", $rest
        )
    };
}
pub(crate) use select_patrons;

const BY_ID: &str = select_patrons!("WHERE patrons.id = ?");

const BY_ID_WITH_EPOCH: &str =
    select_patrons!("WHERE patrons.id = ?", "(SELECT number FROM epochs WHERE epochs.id = 1)");

const BY_NUMBER: &str = select_patrons!("WHERE patrons.patronNum = ?");

const BY_NUMBER_KEY: &str =
    select_patrons!("WHERE patrons.numberKey = LOWER(? COLLATE utf8mb4_bin)");

const BY_NAME: &str = select_patrons!(
    "WHERE patrons.id > ? AND (firstName LIKE ? ESCAPE '!' OR lastName LIKE ? ESCAPE '!' \
     OR firstName LIKE ? ESCAPE '!' OR lastName LIKE ? ESCAPE '!' \
     OR firstName LIKE ? ESCAPE '!' OR lastName LIKE ? ESCAPE '!') ORDER BY patrons.id LIMIT ?"
);

const LIST_AFTER: &str = select_patrons!("WHERE patrons.id > ?");

const LIST_BEFORE: &str = select_patrons!("WHERE patrons.id < ?");

const AMONG: &str = " AND patrons.id IN (SELECT asked.id \
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked)";

const HAS_WORD: &str =
    " AND (patrons.searchText LIKE ? ESCAPE '!' OR patrons.numberKey LIKE ? ESCAPE '!')";

const IN_ORDER: &str = " ORDER BY patrons.id LIMIT ?";

const BACKWARD: &str = " ORDER BY patrons.id DESC LIMIT ?";

/// The number of the newest migration in mysql/patronsdb.
pub(crate) const SCHEMA_VERSION: i32 = 7;

/// Reads from each table that the service needs.
const READ_TABLES: &str = "SELECT (SELECT MAX(id) FROM patrons), (SELECT MAX(patronId) FROM pins), \
    (SELECT MAX(patronId) FROM sessions), (SELECT MAX(slot) FROM attempts), \
    (SELECT MAX(id) FROM demo_patrons), (SELECT number FROM epochs WHERE id = 1)";

const WRITE: &str = insert_attempt!("UNHEX(SHA2(UUID(), 256))", "1", "NULL");

/// A patron, and whether the patron is blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) patron: Patron,
    pub(crate) is_blocked: bool,
}

/// The words of a search, after the index caught up with the patrons; none for all patrons.
pub(crate) fn search_words(
    database: &impl Database,
    text: Option<&str>,
) -> Result<Vec<String>, DatabaseError> {
    let words = text::search_words(text.unwrap_or_default());
    if !words.is_empty() {
        index::catch_up(database)?;
        limit_query_time(database)?;
    }
    Ok(words)
}

/// The first `rows` patrons from `cursor` on, in the direction in which they are read: those with each of the words in a
/// name or at the beginning of the card number, and among `ids`.
pub(crate) fn list(
    database: &impl Database,
    words: &[String],
    ids: Option<&BTreeSet<PatronId>>,
    cursor: Cursor,
    rows: i64,
) -> Result<Vec<Entry>, DatabaseError> {
    let (select, id, order) = match cursor {
        Cursor::Start => (LIST_AFTER, 0, IN_ORDER),
        Cursor::After(id) => (LIST_AFTER, id, IN_ORDER),
        Cursor::Before(id) => (LIST_BEFORE, id, BACKWARD),
    };
    let (mut sql, mut binds) = (select.to_owned(), vec![Int64(id)]);
    if let Some(ids) = ids {
        sql += AMONG;
        binds.push(json_ids(ids));
    }
    for word in words {
        sql += HAS_WORD;
        binds.extend([like_pattern(word), prefix_pattern(word)]);
    }
    sql += order;
    binds.push(Int64(rows));
    database.rows(&sql, &binds, read_entry)
}

/// The patron with this id.
pub(crate) fn by_id(
    database: &impl Database,
    id: PatronId,
) -> Result<Option<Entry>, DatabaseError> {
    Ok(database.rows(BY_ID, &[Int64(id.get())], read_entry)?.pop())
}

/// The patron with this id, and the current epoch.
pub(crate) fn by_id_with_epoch(
    database: &impl Database,
    id: PatronId,
) -> Result<Option<(Entry, u32)>, DatabaseError> {
    let read = |columns: &mut Columns| Ok((read_entry(columns)?, read_epoch(columns)?));
    Ok(database.rows(BY_ID_WITH_EPOCH, &[Int64(id.get())], read)?.pop())
}

/// The patron whose card has exactly this number.
pub(crate) fn by_number(
    database: &impl Database,
    number: &str,
) -> Result<Option<Entry>, DatabaseError> {
    let entries = database.rows(BY_NUMBER, &[Str(number.to_owned())], read_entry)?;
    // The collation ignores trailing spaces.
    Ok(entries.into_iter().find(|entry| entry.patron.number == number))
}

/// The patron whose card number equals this one, ignoring case. If several numbers differ only by case, only an exact
/// match counts.
pub(crate) fn by_number_in_any_case(
    database: &impl Database,
    number: &str,
) -> Result<Option<Entry>, DatabaseError> {
    let mut entries = database.rows(BY_NUMBER_KEY, &[Str(number.to_owned())], read_entry)?;
    entries.retain(|entry| entry.patron.number.trim() == entry.patron.number);
    let exact = entries.iter().position(|entry| entry.patron.number == number);
    Ok(match (exact, entries.len()) {
        (Some(index), _) => Some(entries.swap_remove(index)),
        (None, 1) => entries.pop(),
        _ => None,
    })
}

/// The first `rows` patrons above an id whose first or last name contains `name` in one of its spellings.
///
/// # Errors
/// [`DatabaseError::TimedOut`] after 3 seconds, because the search reads every patron.
pub(crate) fn by_name(
    database: &impl Database,
    name: &str,
    above: i64,
    rows: i64,
) -> Result<Vec<Entry>, DatabaseError> {
    limit_query_time(database)?;
    let mut binds = vec![Int64(above)];
    for spelling in spellings(name) {
        binds.extend([like_pattern(&spelling), like_pattern(&spelling)]);
    }
    binds.push(Int64(rows));
    database.rows(BY_NAME, &binds, read_entry)
}

/// Checks that the schema is up to date, that every table is readable, and, with a change that it rolls back, that the
/// server accepts changes.
pub(crate) fn check_health(database: &impl Database) -> Result<(), DatabaseError> {
    check_schema(database, SCHEMA_VERSION)?;
    dry_run(database, || {
        database.query(READ_TABLES, &[])?;
        database.query(WRITE, &[]).map(drop)
    })
}

pub(crate) fn read_entry(columns: &mut Columns) -> Result<Entry, DatabaseError> {
    let patron = Patron {
        id: columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)?,
        first_name: columns.take()?,
        last_name: columns.take()?,
        number: columns.take()?,
        role: columns.take::<String>()?.into(),
    };
    Ok(Entry { patron, is_blocked: columns.take::<String>()? == "blocked" })
}

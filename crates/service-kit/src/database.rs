//! A service's MySQL session, typed rows, and classified errors.

mod error;
mod schema;
mod settings;

use std::{any::type_name, collections::BTreeSet, fmt, panic::Location};

use spin_sdk::mysql::{Connection, DbValue, ParameterValue, RowSet};

pub use error::DatabaseError;
pub use schema::check_schema;
pub use settings::Settings;

use crate::log;

/// The number of rows that the statement before it changed.
const ROW_COUNT: &str = "SELECT ROW_COUNT()";

/// A database session. Statements run in order and have a `?` for every value.
///
/// The methods track their caller, so that recorded work names the source file of each statement.
pub trait Database {
    /// Runs a statement and returns its rows. Values are bound and never part of `sql`.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    #[track_caller]
    fn query(&self, sql: &str, binds: &[ParameterValue]) -> Result<RowSet, DatabaseError>;

    /// Runs `sql` and reads each row with `read`.
    ///
    /// # Errors
    /// Same as [`Database::query`], and an internal error if `read` does not match a row.
    #[track_caller]
    fn rows<T>(
        &self,
        sql: &str,
        binds: &[ParameterValue],
        read: impl Fn(&mut Columns) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let set = self.query(sql, binds)?;
        set.rows.into_iter().map(|row| read(&mut Columns(row.into_iter()))).collect()
    }

    /// Runs `sql`, which always returns one row, and reads it.
    ///
    /// # Errors
    /// Those of [`Database::rows`]; also an internal error if the result is empty.
    #[track_caller]
    fn row<T>(
        &self,
        sql: &str,
        binds: &[ParameterValue],
        read: impl Fn(&mut Columns) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let row = self.rows(sql, binds, read)?.into_iter().next();
        row.ok_or_else(|| DatabaseError::internal("a row is missing"))
    }

    /// Runs a statement and returns the number of changed rows.
    ///
    /// # Errors
    /// Same as [`Database::query`].
    #[track_caller]
    fn execute(&self, sql: &str, binds: &[ParameterValue]) -> Result<i64, DatabaseError> {
        self.query(sql, binds)?;
        row_count(self)
    }
}

/// A separate function without `#[track_caller]`, because the statement is in this file.
fn row_count(database: &(impl Database + ?Sized)) -> Result<i64, DatabaseError> {
    database.row(ROW_COUNT, &[], |columns| columns.take())
}

impl Database for Connection {
    fn query(&self, sql: &str, binds: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        let running = log::begin_work();
        let result = Connection::query(self, sql, binds);
        let rows = result.as_ref().map_or(0, |set| set.rows.len());
        log::statement(&running, sql, Location::caller().file(), rows);
        result.map_err(DatabaseError::from)
    }
}

/// Handles a duplicate for a named unique key.
pub trait OnConstraint<T> {
    /// The value, or `refused()` if the error is a duplicate for the unique key `constraint`.
    ///
    /// # Errors
    /// Every other error.
    fn on_constraint(
        self,
        constraint: &str,
        refused: impl FnOnce() -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError>;
}

impl<T> OnConstraint<T> for Result<T, DatabaseError> {
    fn on_constraint(
        self,
        constraint: &str,
        refused: impl FnOnce() -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        match self {
            Err(DatabaseError::Duplicate { constraint: key, .. }) if key == constraint => refused(),
            other => other,
        }
    }
}

/// The values of a row, read in the order of the statement's columns.
#[derive(Debug)]
pub struct Columns(std::vec::IntoIter<DbValue>);

impl Columns {
    /// The next value. Types are strict: an `INT` is an `i32`.
    ///
    /// # Errors
    /// An internal error if the row has no further value or the value has another type.
    pub fn take<T: Column>(&mut self) -> Result<T, DatabaseError> {
        let value = self.0.next().ok_or_else(|| DatabaseError::internal("a row is too short"))?;
        T::read(value).ok_or_else(|| {
            DatabaseError::internal(format!("a column is not of type {}", type_name::<T>()))
        })
    }
}

/// The type of a column. The SDK's own `Decode` copies every text, and its errors add 25 KB of code that prints numbers
/// to each component.
pub trait Column: Sized {
    /// The value, if it is of this type.
    fn read(value: DbValue) -> Option<Self>;
}

/// Implements `Column` for types that each correspond to one variant.
macro_rules! columns {
    ($($type:ty: $variant:ident),+ $(,)?) => {
        $(impl Column for $type {
            fn read(value: DbValue) -> Option<Self> {
                match value {
                    DbValue::$variant(value) => Some(value),
                    _ => None,
                }
            }
        })+
    };
}

columns!(i32: Int32, i64: Int64, u64: Uint64, String: Str, Vec<u8>: Binary);

impl<T: Column> Column for Option<T> {
    fn read(value: DbValue) -> Option<Self> {
        match value {
            DbValue::DbNull => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

/// Each server skips the other's comment. MySQL counts milliseconds, MariaDB seconds.
const LIMIT_QUERY_TIME: &str = "SET SESSION sql_auto_is_null = 0\
    /*!80000 , max_execution_time = 3000 */ /*M!100000 , max_statement_time = 3 */";

/// Limits each further query of the session to 3 seconds, for queries that may read a whole table.
///
/// # Errors
/// Same as [`Database::query`]. A query that takes longer fails with [`DatabaseError::TimedOut`].
pub fn limit_query_time(database: &impl Database) -> Result<(), DatabaseError> {
    database.query(LIMIT_QUERY_TIME, &[]).map(drop)
}

/// A `LIKE` pattern that matches texts with the literal prefix `text`; `!` is the escape character.
pub fn prefix_pattern(text: &str) -> ParameterValue {
    ParameterValue::Str(format!("{}%", escape(text)))
}

/// A `LIKE` pattern that matches texts containing `text` literally; `!` escapes `%`, `_` and itself. The column's
/// collation compares case and accents. Not `LOCATE`: in MariaDB it misses letters that the collation considers equal
/// but UTF-8 encodes with different lengths, such as `e` and `ë`.
pub fn like_pattern(text: &str) -> ParameterValue {
    ParameterValue::Str(format!("%{}%", escape(text)))
}

fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern
}

/// The ids as a JSON array, for `JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$'))`: one statement for lists of any
/// length.
pub fn json_ids<T: fmt::Display>(ids: &BTreeSet<T>) -> ParameterValue {
    let ids: Vec<String> = ids.iter().map(T::to_string).collect();
    ParameterValue::Str(format!("[{}]", ids.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_text_has_no_wildcards() {
        for (text, pattern) in [("", "%%"), ("50%_off!", "%50!%!_off!!%"), ("a\\b'", "%a\\b'%")] {
            match like_pattern(text) {
                ParameterValue::Str(bound) => assert_eq!(bound, pattern),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_row_is_read_by_strict_types() {
        let columns = |row: Vec<DbValue>| Columns(row.into_iter());
        let mut row =
            columns(vec![DbValue::DbNull, DbValue::Int64(7), DbValue::Str("Tove".into())]);
        assert_eq!(row.take::<Option<i64>>(), Ok(None));
        assert_eq!(row.take::<Option<i64>>(), Ok(Some(7)));
        assert_eq!(row.take::<String>(), Ok("Tove".into()));
        assert!(matches!(row.take::<String>(), Err(DatabaseError::Internal(_))), "too short");
        for other in [DbValue::Int32(7), DbValue::Uint64(7), DbValue::DbNull] {
            let read = columns(vec![other]).take::<i64>();
            assert_eq!(read, Err(DatabaseError::internal("a column is not of type i64")));
        }
    }

    #[test]
    fn a_constraint_becomes_a_result_by_its_name() {
        let duplicate = |constraint: &str| {
            let constraint = constraint.to_owned();
            Err::<i64, _>(DatabaseError::Duplicate { constraint, message: String::new() })
        };
        assert_eq!(duplicate("one_hat").on_constraint("one_hat", || Ok(7)), Ok(7));
        assert!(duplicate("one_seat").on_constraint("one_hat", || Ok(7)).is_err());
        assert_eq!(Ok(1).on_constraint("one_hat", || Ok(7)), Ok(1));
    }
}

//! A service's MySQL: where it is, one session to it, typed rows, and errors by what they mean.

use std::{collections::BTreeSet, fmt};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use spin_sdk::mysql::{Connection, DbValue, Decode, MysqlError, ParameterValue, RowSet};

/// One session with the database. Statements run in order and take `?` for every value.
pub trait Database {
    /// Runs one statement and gives back its rows, none when it isn't a `SELECT`.
    ///
    /// # Errors
    /// What the database or the way to it says, see [`DatabaseError`].
    fn query(&self, sql: &str, binds: &[ParameterValue]) -> Result<RowSet, DatabaseError>;

    /// The rows of `sql`, each turned into a `T` by `read`.
    ///
    /// # Errors
    /// As [`Database::query`], and a fault when `read` finds a row of another shape.
    fn rows<T>(
        &self,
        sql: &str,
        binds: &[ParameterValue],
        read: impl Fn(&mut Columns) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let set = self.query(sql, binds)?;
        set.rows.iter().map(|row| read(&mut Columns(row.iter()))).collect()
    }

    /// Runs one statement and says how many rows it changed.
    ///
    /// # Errors
    /// As [`Database::query`].
    fn change(&self, sql: &str, binds: &[ParameterValue]) -> Result<i64, DatabaseError> {
        self.query(sql, binds)?;
        let counts = self.rows("SELECT ROW_COUNT()", &[], |columns| columns.take())?;
        counts.into_iter().next().ok_or_else(|| DatabaseError::fault("a count is missing"))
    }
}

impl Database for Connection {
    fn query(&self, sql: &str, binds: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        Connection::query(self, sql, binds).map_err(DatabaseError::from)
    }
}

/// The values of one row, taken from left to right in the order the statement names them.
#[derive(Debug)]
pub struct Columns<'row>(std::slice::Iter<'row, DbValue>);

impl Columns<'_> {
    /// The next value. Types are strict: an `INT` is an `i32` and nothing else.
    ///
    /// # Errors
    /// A fault when the row has no further value or one of another type.
    pub fn take<T: Decode>(&mut self) -> Result<T, DatabaseError> {
        let value = self.0.next().ok_or_else(|| DatabaseError::fault("a row is too short"))?;
        T::decode(value).map_err(DatabaseError::fault)
    }
}

/// Why a statement has no result, sorted by what one does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseError {
    /// There is no session, or no longer. Later it may work.
    Unreachable(String),
    /// The server is there, but not yet the schema, the table or our right to it. Whoever loads it may be
    /// about to.
    NotReady(String),
    /// A unique key refused the row; its name says which rule that is.
    Duplicate {
        /// The key's name without the table: `one_title_per_patron`.
        constraint: String,
        /// What the database said.
        message: String,
    },
    /// Another transaction is in the way (deadlock or lock wait); this one is rolled back.
    Contention(String),
    /// Anything else: our mistake or a broken database.
    Fault(String),
}

impl DatabaseError {
    /// An error nobody can do anything about now.
    pub fn fault(cause: impl fmt::Display) -> Self {
        Self::Fault(cause.to_string())
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the database cannot be reached: {why}"),
            Self::NotReady(why) => write!(f, "the database is not set up: {why}"),
            Self::Duplicate { constraint, message } => {
                write!(f, "refused by the unique key {constraint}: {message}")
            }
            Self::Contention(why) => write!(f, "another transaction is in the way: {why}"),
            Self::Fault(why) => write!(f, "the database failed: {why}"),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<MysqlError> for DatabaseError {
    fn from(error: MysqlError) -> Self {
        match error {
            MysqlError::ConnectionFailed(text) => Self::Unreachable(without_urls(&text)),
            MysqlError::QueryFailed(text) | MysqlError::Other(text) => classified(&text),
            MysqlError::BadParameter(text) | MysqlError::ValueConversionFailed(text) => {
                Self::Fault(without_urls(&text))
            }
        }
    }
}

/// Sorts a failed statement by its text, because the interface has no error code: a server's error comes
/// as the debug form `Server(ServerError { code: 1062, message: "…", state: "23000" })`, a lost session
/// as `Io(…)` or `Driver(ConnectionClosed)`, or in words when it is lost between two rows.
fn classified(text: &str) -> DatabaseError {
    const LOST: [&str; 5] = [
        "Io(",
        "Driver(ConnectionClosed",
        "Driver(PoolDisconnected",
        "Input/output error",
        "too many connections",
    ];
    let why = without_urls(text);
    let code = text
        .strip_prefix("Server(ServerError { code: ")
        .and_then(|rest| rest.split(',').next())
        .and_then(|code| code.parse::<u16>().ok());
    // Codes of the MySQL and MariaDB server error references.
    match code {
        // ER_DUP_ENTRY
        Some(1062) => DatabaseError::Duplicate { constraint: refusing_key(text), message: why },
        // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK
        Some(1205 | 1213) => DatabaseError::Contention(why),
        // ER_DBACCESS_DENIED_ERROR, ER_BAD_DB_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_NO_SUCH_TABLE:
        // the loader makes tables first and grants them then
        Some(1044 | 1049 | 1142 | 1146) => DatabaseError::NotReady(why),
        // ER_CON_COUNT_ERROR, ER_SERVER_SHUTDOWN, ER_TOO_MANY_USER_CONNECTIONS, ER_QUERY_INTERRUPTED,
        // ER_CONNECTION_KILLED (MariaDB), ER_CLIENT_INTERACTION_TIMEOUT (MySQL)
        Some(1040 | 1053 | 1203 | 1317 | 1927 | 4031) => DatabaseError::Unreachable(why),
        None if LOST.iter().any(|sign| text.starts_with(sign)) => DatabaseError::Unreachable(why),
        _ => DatabaseError::Fault(why),
    }
}

/// The key in `Duplicate entry '…' for key 'name'`; MySQL puts the table before it, MariaDB does not.
/// Searched from the end, because the entry itself may say anything.
fn refusing_key(text: &str) -> String {
    let after = text.rsplit_once("for key '").map_or("", |(_, after)| after);
    let key = after.split('\'').next().unwrap_or_default();
    key.rsplit('.').next().unwrap_or_default().to_owned()
}

/// `text` with every database URL cut to its scheme: a refused address comes back with its password.
fn without_urls(text: &str) -> String {
    const SCHEME: &str = "mysql://";
    let mut parts = text.split(SCHEME);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([' ', '"', '\'', '`', '\n']).unwrap_or(part.len());
        clean.push_str(SCHEME);
        clean.push('…');
        clean.push_str(&part[end..]);
    }
    clean
}

/// What a column is `LIKE` that has `text` in it, literally: `!` takes the meaning from `%`, `_` and itself.
/// Case and accents don't count, by the column's collation. `LOCATE` would need no pattern, but MariaDB's
/// overlooks letters that the collation holds equal and UTF-8 writes at another length, as `e` and `ë`.
pub fn containing(text: &str) -> ParameterValue {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    ParameterValue::Str(pattern)
}

/// What `JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$'))` makes a table of these ids of: the same statement
/// for lists of every length.
pub fn id_list<T: fmt::Display>(ids: &BTreeSet<T>) -> ParameterValue {
    let ids: Vec<String> = ids.iter().map(T::to_string).collect();
    ParameterValue::Str(format!("[{}]", ids.join(",")))
}

/// Where a service's schema is and as whom it is used.
#[derive(Clone)]
pub struct Settings {
    /// Name or IP address of the server.
    pub host: String,
    /// Its TCP port.
    pub port: String,
    /// The schema.
    pub name: String,
    /// The database user.
    pub user: String,
    /// That user's password, as it is: encoding it is done here.
    pub password: String,
}

impl Settings {
    /// The address Spin's MySQL interface takes.
    pub fn url(&self) -> String {
        // A host that knows only some options panics at others, so these are no one's to add to:
        // - prefer_socket=false: else the driver goes on to a socket file the server names, on a machine
        //   where another server may own that file;
        // - the other two spare each new session a round trip that would ask the server for them. 16 MiB
        //   is the smallest default of the servers in use, and no statement or row comes near it; a
        //   session lives for one request and so never sees the end of 8 hours idle.
        const OPTIONS: &str = "prefer_socket=false&max_allowed_packet=16777216&wait_timeout=28800";
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let host = match self.host.contains(':') && !self.host.starts_with('[') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        format!(
            "mysql://{}:{}@{host}:{}/{}?{OPTIONS}",
            encoded(&self.user),
            encoded(&self.password),
            self.port,
            encoded(&self.name),
        )
    }
}

impl fmt::Debug for Settings {
    /// Everything but the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}/{}", self.user, self.host, self.port, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, message: &str) -> DatabaseError {
        let text = format!(
            "Server(ServerError {{ code: {code}, message: {message:?}, state: \"HY000\" }})"
        );
        MysqlError::QueryFailed(text).into()
    }

    #[test]
    fn a_duplicate_key_is_known_by_its_name_on_both_servers() {
        for key in ["loans.one_title_per_patron", "one_title_per_patron"] {
            // The entry is a client's text and may try to look like another key.
            let message = format!("Duplicate entry 'x for key 'PRIMARY'' for key '{key}'");
            match server(1062, &message) {
                DatabaseError::Duplicate { constraint, .. } => {
                    assert_eq!(constraint, "one_title_per_patron");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn an_error_is_sorted_by_its_code_and_not_by_its_words() {
        assert!(matches!(server(1213, "Deadlock found"), DatabaseError::Contention(_)));
        assert!(matches!(server(1205, "Lock wait timeout"), DatabaseError::Contention(_)));
        assert!(matches!(server(1053, "Server shutdown"), DatabaseError::Unreachable(_)));
        assert!(matches!(server(1146, "No such table"), DatabaseError::NotReady(_)));
        assert!(matches!(server(1064, "code: 1213, Io(gone)"), DatabaseError::Fault(_)));
    }

    #[test]
    fn a_lost_session_is_unreachable() {
        for text in
            ["Io(Io(Os { code: 111 }))", "Driver(ConnectionClosed)", "Input/output error: x"]
        {
            let error = DatabaseError::from(MysqlError::Other(text.into()));
            assert!(matches!(error, DatabaseError::Unreachable(_)), "{text}");
        }
        let refused =
            MysqlError::ConnectionFailed("address mysql://u:p%40ss@db/x not permitted".into());
        assert_eq!(
            DatabaseError::from(refused),
            DatabaseError::Unreachable("address mysql://… not permitted".into())
        );
    }

    #[test]
    fn search_text_has_no_wildcards() {
        for (text, pattern) in [("", "%%"), ("50%_off!", "%50!%!_off!!%"), ("a\\b'", "%a\\b'%")] {
            match containing(text) {
                ParameterValue::Str(bound) => assert_eq!(bound, pattern),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn any_password_makes_a_url_of_the_same_shape() {
        let settings = Settings {
            host: "::1".into(),
            port: "3306".into(),
            name: "catalogdb".into(),
            user: "catalog".into(),
            password: "p@ss:/?#%&=é\"'".into(),
        };
        assert_eq!(
            settings.url(),
            "mysql://catalog:p%40ss%3A%2F%3F%23%25%26%3D%C3%A9%22%27@[::1]:3306/catalogdb\
             ?prefer_socket=false&max_allowed_packet=16777216&wait_timeout=28800"
        );
        assert!(!format!("{settings:?}").contains("p@ss"));
    }

    #[test]
    fn a_row_is_read_by_strict_types() {
        let row = [DbValue::Int64(7), DbValue::Str("Tove".into())];
        let mut columns = Columns(row.iter());
        assert_eq!(columns.take::<i64>(), Ok(7));
        assert_eq!(columns.take::<String>(), Ok("Tove".into()));
        assert!(matches!(columns.take::<String>(), Err(DatabaseError::Fault(_))));
        let narrow = [DbValue::Int32(7)];
        assert!(matches!(Columns(narrow.iter()).take::<i64>(), Err(DatabaseError::Fault(_))));
    }
}

//! Database errors, classified by the possible remedy.

use std::fmt;

use mysql_errors::Class;
use spin_sdk::mysql::MysqlError;

/// A failed statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseError {
    /// No session could be opened, or it was lost. A retry may succeed.
    Unreachable(String),
    /// The schema, a table, a column or a privilege is missing. The loader may be about to create it.
    NotReady(String),
    /// The server is read-only, for example during a failover.
    ReadOnly(String),
    /// The server's disk is full.
    Full(String),
    /// The query exceeded the time limit, see [`limit_query_time`](super::limit_query_time).
    TimedOut(String),
    /// A unique key refused the row. The key's name identifies the rule.
    Duplicate {
        /// The key's name without the table: `one_title_per_patron`.
        constraint: String,
        /// The server's message, including values.
        message: String,
    },
    /// A deadlock or a lock wait timeout; the transaction is rolled back.
    Contention(String),
    /// The request was decided with facts from before a reset. Only its sender can look them up again.
    Outdated(String),
    /// Any other error: a bug or a broken database.
    Internal(String),
}

impl DatabaseError {
    /// An error that a retry does not cure.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// A summary for clients, without the server's message.
    pub fn summary(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "the database cannot be reached",
            Self::NotReady(_) => "the database is not set up yet",
            Self::ReadOnly(_) => "the database accepts no changes at the moment",
            Self::Full(_) => "the database has no space left",
            Self::TimedOut(_) => "the query took too long",
            Self::Contention(_) => "too many requests want the same rows",
            Self::Outdated(_) => "the library is being reset to its first day",
            Self::Duplicate { .. } | Self::Internal(_) => "the database failed",
        }
    }
}

impl fmt::Display for DatabaseError {
    /// For the log: omits values of rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.summary();
        match self {
            Self::Duplicate { constraint, .. } => {
                write!(f, "{summary}: duplicate for {constraint}")
            }
            Self::Unreachable(why)
            | Self::NotReady(why)
            | Self::ReadOnly(why)
            | Self::Full(why)
            | Self::TimedOut(why)
            | Self::Contention(why)
            | Self::Outdated(why)
            | Self::Internal(why) => write!(f, "{summary}: {why}"),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<MysqlError> for DatabaseError {
    fn from(error: MysqlError) -> Self {
        match error {
            MysqlError::ConnectionFailed(text) => match classify(&text) {
                Self::Internal(why) => Self::Unreachable(why),
                other => other,
            },
            MysqlError::QueryFailed(text) | MysqlError::Other(text) => classify(&text),
            MysqlError::BadParameter(text) | MysqlError::ValueConversionFailed(text) => {
                Self::Internal(without_urls(&text))
            }
        }
    }
}

/// Classifies a failed statement by its text, because Spin's interface has no error code. If the statement itself
/// failed, the text is the driver's debug form: `Server(ServerError { code: 1062, message: "…", state: "23000" })`,
/// `Io(…)` or `Driver(ConnectionClosed)`. If it failed while its rows were read, the text is the driver's sentence:
/// ``Server error: `ERROR 1969 (70100): …'`` or ``Driver error: `Connection to the server is closed.'``.
fn classify(text: &str) -> DatabaseError {
    const LOST: [&str; 7] = [
        "Io(",
        "Driver(ConnectionClosed",
        "Driver(PoolDisconnected",
        "Input/output error",
        "Driver error: `Connection to the server is closed",
        "Driver error: `Pool was disconnected",
        "too many connections",
    ];
    match code(text) {
        Some(code) => by_code(code, text),
        None if LOST.iter().any(|sign| text.starts_with(sign)) => {
            DatabaseError::Unreachable(without_urls(text))
        }
        None => DatabaseError::Internal(without_urls(text)),
    }
}

/// The server's error code at the start of the text, in either form.
fn code(text: &str) -> Option<u16> {
    let debug = text.strip_prefix("Server(ServerError { code: ");
    let sentence = text.strip_prefix("Server error: `ERROR ");
    let code = match (debug, sentence) {
        (Some(rest), _) => rest.split(',').next(),
        (None, rest) => rest?.split_once(" (").map(|(code, _)| code),
    };
    code?.parse().ok()
}

/// The error of a server's code.
fn by_code(code: u16, text: &str) -> DatabaseError {
    let why = without_urls(text);
    match Class::of_message(code, text) {
        Class::Duplicate => {
            DatabaseError::Duplicate { constraint: refusing_key(text), message: text.to_owned() }
        }
        Class::Contention => DatabaseError::Contention(why),
        Class::NotReady => DatabaseError::NotReady(why),
        Class::TimedOut => DatabaseError::TimedOut(why),
        Class::ReadOnly => DatabaseError::ReadOnly(why),
        Class::Full => DatabaseError::Full(why),
        Class::Unreachable => DatabaseError::Unreachable(why),
        Class::Value => DatabaseError::Internal(format!("server error {code} about a value")),
        Class::Other => DatabaseError::Internal(why),
    }
}

/// The key in `Duplicate entry '…' for key 'name'`; MySQL prefixes the table, MariaDB does not. Searched from the end,
/// because the entry is a client's text.
fn refusing_key(text: &str) -> String {
    let after = text.rsplit_once("for key '").map_or("", |(_, after)| after);
    let key = after.split('\'').next().unwrap_or_default();
    key.rsplit('.').next().unwrap_or_default().to_owned()
}

/// `text` with every database URL truncated to its scheme, because the message about a refused address contains the
/// password.
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
            // A client's text may look like another key.
            let message = format!("Duplicate entry 'x for key 'PRIMARY'' for key '{key}'");
            let error = server(1062, &message);
            assert_eq!(
                error.to_string(),
                "the database failed: duplicate for one_title_per_patron"
            );
            assert!(matches!(error, DatabaseError::Duplicate { constraint, .. }
                if constraint == "one_title_per_patron"));
        }
    }

    /// The text of an error between two rows.
    fn between_rows(code: u16, message: &str) -> DatabaseError {
        let text = format!("Server error: `ERROR {code} (HY000): {message}'");
        MysqlError::Other(text).into()
    }

    #[test]
    fn errors_are_classified_by_code_in_both_forms() {
        use DatabaseError::{
            Contention, Full, Internal, NotReady, ReadOnly, TimedOut, Unreachable,
        };
        for form in [server, between_rows] {
            assert!(matches!(form(1213, "x"), Contention(_)));
            for code in [1040, 1180, 1317, 1927, 2003, 9001] {
                assert!(matches!(form(code, "x"), Unreachable(_)), "{code}");
            }
            for code in [1045, 1054, 1146, 1305, 1370] {
                assert!(matches!(form(code, "x"), NotReady(_)), "{code}");
            }
            for code in [1969, 3024] {
                assert!(matches!(form(code, "max_statement_time exceeded"), TimedOut(_)), "{code}");
            }
            assert!(matches!(form(1836, "x"), ReadOnly(_)));
            assert!(matches!(form(1114, "x"), Full(_)));
            assert!(matches!(form(1030, "Got error 28 \"No space left on device\""), Full(_)));
            assert!(matches!(form(1064, "code: 1213, Io(gone)"), Internal(_)));
            assert!(
                matches!(form(1366, "Incorrect value: 'x'"), Internal(why) if !why.contains("'x'"))
            );
        }
    }

    #[test]
    fn a_text_without_a_code_is_internal() {
        for text in [
            "Server error: `ERROR'",
            "Server error: `ERROR x (HY000): y'",
            "Server error: `ERROR 99999 (HY000): y'",
            "a row says Server error: `ERROR 1213 (40001): x'",
            "query result exceeds limit of 134217728 bytes",
            "",
        ] {
            let error = DatabaseError::from(MysqlError::Other(text.into()));
            assert!(matches!(error, DatabaseError::Internal(_)), "{text}");
        }
    }

    #[test]
    fn the_log_never_repeats_values() {
        for error in [
            server(1062, "Duplicate entry 'BUFFALOBILL1' for key 'one_card'"),
            server(1366, "Incorrect string value: 'BUFFALOBILL1' for column 'title'"),
        ] {
            assert!(!error.to_string().contains("BUFFALOBILL1"), "{error}");
        }
    }

    #[test]
    fn a_lost_session_is_unreachable() {
        for text in [
            "Io(Io(Os { code: 111 }))",
            "Driver(ConnectionClosed)",
            "Input/output error: x",
            "Driver error: `Connection to the server is closed.'",
            "Driver error: `Pool was disconnected.'",
        ] {
            let error = DatabaseError::from(MysqlError::Other(text.into()));
            assert!(matches!(error, DatabaseError::Unreachable(_)), "{text}");
        }
        let refused =
            MysqlError::ConnectionFailed("address mysql://u:p%40ss@db/x not permitted".into());
        assert_eq!(
            DatabaseError::from(refused),
            DatabaseError::Unreachable("address mysql://… not permitted".into())
        );
        let denied = "Server(ServerError { code: 1045, message: \"x\", state: \"28000\" })";
        let denied = DatabaseError::from(MysqlError::ConnectionFailed(denied.into()));
        assert!(matches!(denied, DatabaseError::NotReady(_)));
    }
}

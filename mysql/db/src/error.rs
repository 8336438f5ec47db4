//! The errors of this crate, each with what to do next. None contains a URL or a password.

use std::path::PathBuf;

use mysql_errors::Class;

/// The error of an operation on the database or a backup.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The administrator's URL is malformed.
    #[error("the database URL is invalid: {reason}. Its form is mysql://user:password@host:port/")]
    InvalidUrl {
        /// The defect
        reason: String,
    },
    /// The server does not respond.
    #[error(
        "no database responds at {server}: {reason}. Check that it is running and that the address is right"
    )]
    Unreachable {
        /// `host:port`
        server: String,
        /// The driver's message
        reason: String,
    },
    /// The server refuses the login.
    #[error(
        "the database at {server} refused the login: {reason}. Check user and password in the database URL, and that the \
         server does not demand TLS (require_secure_transport), which the library does not use"
    )]
    Refused {
        /// `host:port`
        server: String,
        /// The server's message
        reason: String,
    },
    /// The server accepts only encrypted connections.
    #[error(
        "the database at {server} demands TLS, which the library does not use: set require_secure_transport = OFF there, \
         and protect the network instead"
    )]
    TlsRequired {
        /// `host:port`
        server: String,
    },
    /// Another load, backup or restore is running.
    #[error(
        "another load, backup or restore has been running on this server for {seconds} s; try again when it is finished"
    )]
    Busy {
        /// The seconds that this one waited
        seconds: i32,
    },
    /// The server has no locks by name, which is so in clusters that replicate synchronously.
    #[error(
        "the server refuses the lock by which loads, backups and restores take turns: {0}. Use a server that is not a node of \
         a Galera cluster, or allow GET_LOCK on this node (pxc_strict_mode = PERMISSIVE) and run one of them at a time"
    )]
    NoLocks(String),
    /// The server was started without accounts.
    #[error(
        "the server runs with --skip-grant-tables, so it has no accounts for the services, and everybody may change \
         everything. Restart it without this option; nothing was changed"
    )]
    NoAccounts,
    /// An option of the server forbids a statement.
    #[error(
        "an option of the server forbids what the library needs: {0}. Restart it without this option"
    )]
    ForbiddenByOption(String),
    /// The server refuses a password that an account had before.
    #[error(
        "the server refuses a password that this account had before: {0}. Choose another password, or set password_history = 0 \
         and password_reuse_interval = 0"
    )]
    UsedPassword(String),
    /// An account is blocked after failed logins.
    #[error(
        "an account is blocked after failed logins: {0}. Wait, or run: ALTER USER … ACCOUNT UNLOCK"
    )]
    BlockedAccount(String),
    /// A server setting would break the library or lose data.
    #[error("the server's setting {setting} is {value}: {reason}. Set {cure}; nothing was changed")]
    Setting {
        /// The variable's name
        setting: String,
        /// Its value
        value: String,
        /// The reason why the library needs another value
        reason: &'static str,
        /// The setting that works
        cure: String,
    },
    /// A schema holds tables that the library did not create.
    #[error(
        "the schema {schema} has tables of another application ({tables}) and was not changed. Use another \
         server, or move these tables elsewhere"
    )]
    ForeignSchema {
        /// The schema's name
        schema: String,
        /// Some of its tables
        tables: String,
    },
    /// A schema or a table was created with another character set or collation.
    #[error(
        "{object} has the collation {collation}, but the library needs utf8mb4_unicode_ci. {cure}"
    )]
    Collation {
        /// `the schema x` or `the table x.y`
        object: String,
        /// Its collation
        collation: String,
        /// The remedy
        cure: String,
    },
    /// A database account with the name of a service's belongs to another application.
    #[error(
        "the account {account} has rights outside the library ({grant}), so it was not changed. Rename or drop it"
    )]
    ForeignAccount {
        /// `'user'@'host'`
        account: String,
        /// One of its grants
        grant: String,
    },
    /// A service cannot log in although its account was set up.
    #[error("the service {service} cannot use its account {account}: {reason}")]
    ServiceLogin {
        /// The service's name
        service: &'static str,
        /// `'user'@'%'`
        account: String,
        /// The cause and the remedy
        reason: String,
    },
    /// The administrator's account lacks a right.
    #[error(
        "the administrator's account lacks a right: {0}. Use an account with all rights and GRANT OPTION, such as root"
    )]
    MissingRight(String),
    /// The server accepts no changes at the moment.
    #[error(
        "the server accepts no changes: {0}. Use the primary server, or make this one writable"
    )]
    ReadOnly(String),
    /// The server's storage is full.
    #[error("the server's storage is full: {0}. Free some space and run this again")]
    Full(String),
    /// The server's password policy refuses a service's password.
    #[error(
        "the server's password policy refuses a service's password: {0}. Choose longer passwords with digits, both cases and \
         a special character, or relax the policy"
    )]
    PasswordPolicy(String),
    /// A lock was not released in time.
    #[error(
        "another session holds a lock on the library's tables: {0}. End it, and run this again"
    )]
    Locked(String),
    /// A newer version of the library wrote the data.
    #[error(
        "the schema {schema} has migration V{version} `{name}`, which this version of the library does not know: \
         a newer version created it. Nothing was changed; run that version, or use another database"
    )]
    NewerSchema {
        /// The schema's name
        schema: String,
        /// The unknown migration's number
        version: i32,
        /// The unknown migration's name
        name: String,
    },
    /// A migration failed, or an applied migration was edited afterwards.
    #[error("the schema {schema} could not be migrated: {reason}")]
    Migration {
        /// The schema's name
        schema: String,
        /// The migration tool's message
        reason: String,
    },
    /// A file of the schema, the users or the demo data is unreadable.
    #[error("{} can't be read as {what}: {reason}. The folder must have the layout of `mysql/` in the project", file.display())]
    File {
        /// Its path
        file: PathBuf,
        /// Its expected content
        what: &'static str,
        /// The system's message
        reason: String,
    },
    /// A demo file is malformed or has an invalid value.
    #[error("{file}, {position} {reason}. Nothing was loaded")]
    DemoData {
        /// The file's name
        file: &'static str,
        /// `line 7, column title`
        position: String,
        /// The broken rule
        reason: String,
    },
    /// Hashing the librarian's PIN failed.
    #[error("the librarian's PIN could not be hashed: {0}")]
    Pin(String),
    /// A backup file cannot be read or written.
    #[error("can't {action} {}: {reason}", file.display())]
    BackupIo {
        /// `read` or `write`
        action: &'static str,
        /// Its path
        file: PathBuf,
        /// The system's message
        reason: String,
    },
    /// A file is not a complete backup of a known format.
    #[error("{} is not a complete backup: {reason}", file.display())]
    InvalidBackup {
        /// Its path
        file: PathBuf,
        /// The defect and the remedy
        reason: String,
    },
    /// A backup cannot be restored by this version.
    #[error("the backup cannot be restored: {0}. Nothing was changed")]
    UnknownBackup(String),
    /// The database has data, and the restore may not replace it.
    #[error(
        "the database is not empty: {tables} have rows. With --replace the backup replaces this data, which is then lost"
    )]
    NotEmpty {
        /// The tables that hold rows
        tables: String,
    },
    /// There is nothing to back up.
    #[error(
        "the schema {schema} is not set up, so no backup was written; run `library-db load` first"
    )]
    NotLoaded {
        /// The schema's name
        schema: String,
    },
    /// Any other database error.
    #[error("the database refused a statement: {0}")]
    Database(String),
}

impl From<mysql_async::Error> for Error {
    fn from(error: mysql_async::Error) -> Error {
        let mysql_async::Error::Server(error) = error else {
            return Error::Database(error.to_string());
        };
        let text = format!("{} (error {})", error.message, error.code);
        // Codes of the MySQL and MariaDB server error references.
        match error.code {
            // ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR,
            // ER_COLUMNACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_CANT_CREATE_USER_WITH_GRANT
            1044 | 1045 | 1142 | 1143 | 1227 | 1410 => Error::MissingRight(text),
            // ER_OPTION_PREVENTS_STATEMENT: the message names the option
            1290 if text.contains("--skip-grant-tables") => Error::NoAccounts,
            1290 if !text.replace('_', "-").contains("read-only") => Error::ForbiddenByOption(text),
            // ER_NOT_VALID_PASSWORD
            1819 => Error::PasswordPolicy(text),
            // ER_CREDENTIALS_CONTRADICT_TO_HISTORY
            3638 => Error::UsedPassword(text),
            // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
            3955 => Error::BlockedAccount(text),
            // ER_LOCK_WAIT_TIMEOUT
            1205 => Error::Locked(text),
            code => match Class::of_message(code, &text) {
                Class::ReadOnly => Error::ReadOnly(text),
                Class::Full => Error::Full(text),
                _ => Error::Database(text),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_error_becomes_a_sentence_with_a_cure() {
        let option =
            |option| format!("The server is running with the {option} option so it cannot");
        for (code, message, part) in [
            (1290, option("--skip-grant-tables"), "Restart it without this option; nothing was"),
            (1290, option("--read-only"), "Use the primary server"),
            (1290, option("--super-read-only"), "Use the primary server"),
            (1290, option("--secure-file-priv"), "an option of the server forbids"),
            (1836, "Running in read-only mode".to_owned(), "Use the primary server"),
            (1881, "Operation not allowed when innodb_forced_recovery > 0.".to_owned(), "primary"),
            (1114, "The table is full".to_owned(), "Free some space"),
            (1030, "Got error 28 \"No space left on device\"".to_owned(), "Free some space"),
            (1819, "x".to_owned(), "Choose longer passwords"),
            (3638, "x".to_owned(), "password_history = 0"),
            (3955, "x".to_owned(), "ACCOUNT UNLOCK"),
            (1205, "x".to_owned(), "End it"),
            (1142, "x".to_owned(), "GRANT OPTION"),
            (1064, "x".to_owned(), "refused a statement: x (error 1064)"),
        ] {
            let error = mysql_async::ServerError { code, message, state: "HY000".to_owned() };
            let sentence = Error::from(mysql_async::Error::Server(error)).to_string();
            assert!(sentence.contains(part), "{code}: {sentence}");
        }
    }
}

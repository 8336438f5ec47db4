//! The error codes of MySQL and MariaDB, by the possible remedy. The services and `library-db` share this table, so that
//! both wait for a server that will be back, and neither waits for one that will not.
//!
//! The codes are from the error references of MySQL 9 and MariaDB 11; those from 2000 to 2999 are the client library's,
//! which proxies such as MySQL Router and ProxySQL send too.

/// The possible remedy of a server's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The server is starting, stopping, or has too much to do; it may accept the next attempt.
    Unreachable,
    /// A schema, table, column, routine or right is missing, or the login is refused: the loader creates them.
    NotReady,
    /// The server accepts no changes.
    ReadOnly,
    /// The server's disk is full.
    Full,
    /// The statement exceeded its time limit.
    TimedOut,
    /// A unique key refused the row.
    Duplicate,
    /// Another transaction was in the way; this one was rolled back.
    Contention,
    /// A value was refused, and the message quotes it.
    Value,
    /// Any other error: a bug, or a broken database.
    Other,
}

impl Class {
    /// The class of a code.
    #[must_use]
    pub fn of(code: u16) -> Class {
        match code {
            // ER_DUP_ENTRY
            1062 => Class::Duplicate,
            // ER_CHECKREAD, ER_LOCK_WAIT_TIMEOUT, ER_LOCK_TABLE_FULL, ER_LOCK_DEADLOCK, ER_TABLE_DEF_CHANGED,
            // ER_XA_RBDEADLOCK, ER_NEED_REPREPARE, ER_TOO_MANY_CONCURRENT_TRXS,
            // ER_TRANSACTION_ROLLBACK_DURING_COMMIT, ER_LOCK_NOWAIT
            1020 | 1205 | 1206 | 1213 | 1412 | 1614 | 1615 | 1637 | 3101 | 3572 => {
                Class::Contention
            }
            // ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_BAD_DB_ERROR, ER_BAD_FIELD_ERROR,
            // ER_HOST_NOT_PRIVILEGED, ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR, ER_NO_SUCH_TABLE,
            // ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_SP_DOES_NOT_EXIST, ER_PROCACCESS_DENIED_ERROR,
            // ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_MUST_CHANGE_PASSWORD, ER_MUST_CHANGE_PASSWORD_LOGIN,
            // ER_ACCOUNT_HAS_BEEN_LOCKED (MySQL, MariaDB), ER_SECURE_TRANSPORT_REQUIRED (MySQL, MariaDB),
            // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
            1044 | 1045 | 1049 | 1054 | 1130 | 1142 | 1143 | 1146 | 1227 | 1305 | 1370 | 1698
            | 1820 | 1862 | 3118 | 3159 | 3955 | 4151 | 4163 => Class::NotReady,
            // ER_STATEMENT_TIMEOUT (MariaDB), ER_QUERY_TIMEOUT (MySQL)
            1969 | 3024 => Class::TimedOut,
            // ER_OPEN_AS_READONLY, ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
            // ER_READ_ONLY_MODE, ER_INNODB_READ_ONLY, ER_INNODB_FORCED_RECOVERY
            1036 | 1290 | 1792 | 1836 | 1874 | 1881 => Class::ReadOnly,
            // ER_DISK_FULL, ER_ERROR_ON_WRITE, ER_RECORD_FILE_FULL, ER_INNODB_UNDO_LOG_FULL, ER_TEMP_FILE_WRITE_FAILURE
            1021 | 1026 | 1114 | 1713 | 1878 => Class::Full,
            // ER_OUTOFMEMORY, ER_OUT_OF_SORTMEMORY, ER_CON_COUNT_ERROR, ER_OUT_OF_RESOURCES, ER_HANDSHAKE_ERROR,
            // ER_UNKNOWN_COM_ERROR (Galera: not ready), ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN, ER_SHUTDOWN_COMPLETE,
            // ER_FORCING_CLOSE
            1037 | 1038 | 1040 | 1041 | 1043 | 1047 | 1053 | 1077 | 1079 | 1080
            // ER_HOST_IS_BLOCKED, ER_CANT_CREATE_THREAD, ER_ABORTING_CONNECTION, ER_NET_READ_ERROR,
            // ER_NET_READ_INTERRUPTED, ER_NET_ERROR_ON_WRITE, ER_NET_WRITE_INTERRUPTED, ER_ERROR_DURING_COMMIT,
            // ER_NEW_ABORTING_CONNECTION, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED
            | 1129 | 1135 | 1152 | 1158..=1161 | 1180 | 1184 | 1203 | 1226
            // ER_QUERY_INTERRUPTED, ER_MAX_PREPARED_STMT_COUNT_REACHED, ER_BINLOG_LOGGING_IMPOSSIBLE,
            // ER_CONNECTION_KILLED (MariaDB)
            | 1317 | 1461 | 1598 | 1927
            // CR_CONN_HOST_ERROR (a router without a primary server), CR_SERVER_GONE_ERROR, CR_SERVER_LOST
            | 2003 | 2006 | 2013
            // ER_SERVER_OFFLINE_MODE, ER_RUN_HOOK_ERROR (Group Replication), ER_SERVER_ISNT_AVAILABLE,
            // ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT (MySQL)
            | 3032 | 3100 | 3168 | 3169 | 4031
            // ProxySQL: no server of the host group could be reached
            | 9001 => Class::Unreachable,
            // ER_BAD_NULL_ERROR, ER_WARN_DATA_OUT_OF_RANGE, WARN_DATA_TRUNCATED, ER_TRUNCATED_WRONG_VALUE,
            // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ER_DATA_TOO_LONG, ER_WRONG_VALUE_FOR_TYPE,
            // ER_CHECK_CONSTRAINT_VIOLATED (MySQL), ER_CONSTRAINT_FAILED (MariaDB)
            1048 | 1264 | 1265 | 1292 | 1366 | 1406 | 1411 | 3819 | 4025 => Class::Value,
            _ => Class::Other,
        }
    }

    /// The class of a code with its message, which alone tells that the operating system's disk is full: ER_GET_ERRNO
    /// quotes ENOSPC or EDQUOT.
    #[must_use]
    pub fn of_message(code: u16, message: &str) -> Class {
        let is_full =
            code == 1030 && (message.contains("error 28 ") || message.contains("error 122 "));
        if is_full { Class::Full } else { Class::of(code) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written a second time, so that no line of the table changes by accident.
    const EXPECTED: [(Class, &[u16]); 8] = [
        (
            Class::Unreachable,
            &[
                1037, 1038, 1040, 1041, 1043, 1047, 1053, 1077, 1079, 1080, 1129, 1135, 1152, 1158,
                1159, 1160, 1161, 1180, 1184, 1203, 1226, 1317, 1461, 1598, 1927, 2003, 2006, 2013,
                3032, 3100, 3168, 3169, 4031, 9001,
            ],
        ),
        (
            Class::NotReady,
            &[
                1044, 1045, 1049, 1054, 1130, 1142, 1143, 1146, 1227, 1305, 1370, 1698, 1820, 1862,
                3118, 3159, 3955, 4151, 4163,
            ],
        ),
        (Class::ReadOnly, &[1036, 1290, 1792, 1836, 1874, 1881]),
        (Class::Full, &[1021, 1026, 1114, 1713, 1878]),
        (Class::TimedOut, &[1969, 3024]),
        (Class::Duplicate, &[1062]),
        (Class::Contention, &[1020, 1205, 1206, 1213, 1412, 1614, 1615, 1637, 3101, 3572]),
        (Class::Value, &[1048, 1264, 1265, 1292, 1366, 1406, 1411, 3819, 4025]),
    ];

    #[test]
    fn every_code_has_its_class() {
        for code in 0..=u16::MAX {
            let row = EXPECTED.iter().find(|(_, codes)| codes.contains(&code));
            assert_eq!(Class::of(code), row.map_or(Class::Other, |(class, _)| *class), "{code}");
        }
    }

    #[test]
    fn the_systems_full_disk_is_known_by_its_message() {
        for (code, message, class) in [
            (1030, "Got error 28 \"No space left on device\" from storage engine", Class::Full),
            (1030, "Got error 122 \"Disk quota exceeded\" from storage engine", Class::Full),
            (1030, "Got error 176 \"Read page with wrong checksum\"", Class::Other),
            (1064, "Got error 28 \"No space left on device\"", Class::Other),
            (1114, "The table 'books' is full", Class::Full),
        ] {
            assert_eq!(Class::of_message(code, message), class, "{code} {message}");
        }
    }
}

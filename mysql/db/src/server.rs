//! The connection to the server: the administrator's URL, and sessions that do not depend on the server's defaults.

use std::time::{Duration, Instant};

use mysql_async::{Conn, DriverError, Opts, OptsBuilder, prelude::Queryable};
use mysql_errors::Class;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio::time::{sleep, timeout};
use url::{Host, Url};

use crate::Error;

/// The timeout for connecting. A program that is not a database may accept the connection and wait for us to speak
/// first.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Session variables that our statements rely on. A server's defaults may turn autocommit off, truncate values
/// silently, treat backslashes differently, limit statements to a second, or close idle sessions.
const SESSION: [&str; 4] = [
    "SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
     autocommit = 1, completion_type = 0, sql_safe_updates = 0, sql_auto_is_null = 0, sql_big_selects = 1, \
     sql_select_limit = 18446744073709551615, foreign_key_checks = 1, unique_checks = 1, time_zone = '+00:00', \
     lock_wait_timeout = 30, innodb_lock_wait_timeout = 10, wait_timeout = 28800, \
     default_storage_engine = InnoDB, sql_quote_show_create = 1",
    // Each of these comments is executed by one kind of server and skipped by the other.
    "/*M!100300 SET SESSION max_statement_time = 0, alter_algorithm = 'DEFAULT' */ \
     /*!80013 SET SESSION max_execution_time = 0 */",
];

/// Turns off `sql_require_primary_key` and `sql_generate_invisible_primary_key` where they are on, which takes a right that
/// administrators do not need otherwise. With the latter, a table gets a key that the library's own could not follow. Each of
/// the comments is empty on servers that do not have the setting, such as MariaDB.
const ALLOW_MISSING_KEYS: [&str; 8] = [
    "/*M!100300 DO 0 */ /*!80013 SET @step = IF(@@SESSION.sql_require_primary_key, \
     'SET SESSION sql_require_primary_key = 0', 'DO 0') */",
    "/*M!100300 DO 0 */ /*!80013 PREPARE step FROM @step */",
    "/*M!100300 DO 0 */ /*!80013 EXECUTE step */",
    "/*M!100300 DO 0 */ /*!80013 DEALLOCATE PREPARE step */",
    "/*M!100300 DO 0 */ /*!80030 SET @step = IF(@@SESSION.sql_generate_invisible_primary_key, \
     'SET SESSION sql_generate_invisible_primary_key = 0', 'DO 0') */",
    "/*M!100300 DO 0 */ /*!80030 PREPARE step FROM @step */",
    "/*M!100300 DO 0 */ /*!80030 EXECUTE step */",
    "/*M!100300 DO 0 */ /*!80030 DEALLOCATE PREPARE step */",
];

/// A server and the account that administers it.
pub(crate) struct Server {
    opts: Opts,
    address: String,
}

impl Server {
    /// Parses `mysql://user:password@host:port/`. Ignores a schema in the URL, because the schemas have fixed names.
    pub(crate) fn from_url(admin_url: &str) -> Result<Server, Error> {
        let invalid = |reason: &str| Error::InvalidUrl { reason: reason.to_owned() };
        let url = Url::parse(admin_url).map_err(|error| invalid(&error.to_string()))?;
        if url.scheme() != "mysql" {
            return Err(invalid("the scheme is not `mysql`"));
        }
        if let Some((option, _)) = url.query_pairs().next() {
            return Err(invalid(&format!(
                "it has the option `{option}`, but options and TLS are not supported"
            )));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => decode(name),
            Some(Host::Ipv4(address)) => Some(address.to_string()),
            // Without the URL's brackets, which a resolver does not accept.
            Some(Host::Ipv6(address)) => Some(address.to_string()),
            _ => return Err(invalid("it names no host")),
        };
        let host = host.ok_or_else(|| invalid("the host is not UTF-8"))?;
        let user = decode(url.username()).ok_or_else(|| invalid("the user is not UTF-8"))?;
        let password = decode(url.password().unwrap_or_default())
            .ok_or_else(|| invalid("the password is not UTF-8"))?;
        let port = url.port().unwrap_or(3306);
        let address =
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let opts = OptsBuilder::default()
            .ip_or_hostname(host)
            .tcp_port(port)
            .user(Some(user))
            .pass(Some(password))
            // The socket file that a remote server names may belong to another server on this machine.
            .prefer_socket(false)
            .setup(SESSION.to_vec());
        Ok(Server { opts: opts.into(), address })
    }

    /// The options of a session in `schema` that may create tables without a primary key: the first versions did, and a
    /// later migration adds it. [`preconditions::check_server`](crate::preconditions::check_server) checks the right to.
    pub(crate) fn in_schema(&self, schema: &str) -> Opts {
        // The driver executes the last one first.
        let setup = SESSION.iter().chain(&ALLOW_MISSING_KEYS).rev().copied().collect::<Vec<_>>();
        OptsBuilder::from_opts(self.opts.clone()).setup(setup).db_name(Some(schema)).into()
    }

    /// The options of a session of another account.
    pub(crate) fn as_account(&self, user: &str, password: &str) -> Opts {
        OptsBuilder::from_opts(self.opts.clone()).user(Some(user)).pass(Some(password)).into()
    }

    /// Opens a session.
    pub(crate) async fn connect(&self) -> Result<Conn, Error> {
        let unreachable =
            |reason: String| Error::Unreachable { server: self.address.clone(), reason };
        match timeout(CONNECT_TIMEOUT, Conn::new(self.opts.clone())).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => Err(self.connect_error(error)),
            Err(_) => Err(unreachable(format!("no response within {CONNECT_TIMEOUT:?}"))),
        }
    }

    fn connect_error(&self, error: mysql_async::Error) -> Error {
        let server = self.address.clone();
        match error {
            mysql_async::Error::Server(error) => match (error.code, Class::of(error.code)) {
                (_, Class::Unreachable) => Error::Unreachable { server, reason: error.message },
                // ER_SECURE_TRANSPORT_REQUIRED (MySQL, MariaDB)
                (3159 | 4163, _) => Error::TlsRequired { server },
                _ => Error::Refused { server, reason: error.message },
            },
            mysql_async::Error::Driver(DriverError::UnknownAuthPlugin { name }) => {
                let reason =
                    format!("the account uses the unsupported authentication plugin {name}");
                Error::Refused { server, reason }
            }
            other => Error::Unreachable { server, reason: other.to_string() },
        }
    }
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

/// The URL of an administrator's account. User and password may contain any character; an IPv6 address gets the brackets
/// that a URL needs.
///
/// # Errors
/// Host and port are not an address.
pub fn admin_url(host: &str, port: &str, user: &str, password: &str) -> Result<String, Error> {
    let host = match host.contains(':') && !host.starts_with('[') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let address = format!("{host}:{port}");
    let url = format!("mysql://{}:{}@{address}/", encoded(user), encoded(password));
    let is_address = Url::parse(&format!("mysql://{address}/")).is_ok_and(|url| {
        url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
    });
    match Server::from_url(&url) {
        Ok(_) if is_address => Ok(url),
        Ok(_) => Err(Error::InvalidUrl { reason: format!("{address} is not a host and a port") }),
        Err(error) => Err(error),
    }
}

/// Opens an administrator's session at `admin_url` with the session variables that this crate relies on.
///
/// # Errors
/// See [`Error`].
pub async fn connect(admin_url: &str) -> Result<Conn, Error> {
    Server::from_url(admin_url)?.connect().await
}

/// Checks that the server at `admin_url` responds and accepts the account.
///
/// # Errors
/// See [`Error`].
pub async fn check_connection(admin_url: &str) -> Result<(), Error> {
    connect(admin_url).await?.disconnect().await?;
    Ok(())
}

/// Like [`check_connection`], but retries for up to `limit` while the server is starting.
///
/// # Errors
/// See [`Error`]. A refused login is not retried.
pub async fn wait_for_server(admin_url: &str, limit: Duration) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        match check_connection(admin_url).await {
            Err(Error::Unreachable { .. }) if start.elapsed() < limit => {
                sleep(Duration::from_secs(1)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Tells the server at `admin_url` to shut down, and does not wait for the end.
///
/// # Errors
/// See [`Error`].
pub async fn shut_down(admin_url: &str) -> Result<(), Error> {
    let mut conn = connect(admin_url).await?;
    match conn.query_drop("SHUTDOWN").await {
        // The server may close the session before it responds.
        Ok(()) | Err(mysql_async::Error::Io(_) | mysql_async::Error::Driver(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> String {
        Server::from_url(url).map_or_else(|error| error.to_string(), |server| server.address)
    }

    #[test]
    fn a_url_names_host_port_and_account() {
        let server = Server::from_url("mysql://ro%40ot:p%3A%2F@db.example:3307/mysql").unwrap();
        assert_eq!(server.address, "db.example:3307");
        assert_eq!(server.opts.user(), Some("ro@ot"));
        assert_eq!(server.opts.pass(), Some("p:/"));
        assert_eq!(server.opts.db_name(), None);
        assert_eq!(address("mysql://root@127.0.0.1"), "127.0.0.1:3306");
    }

    #[test]
    fn an_account_may_have_any_password() {
        for password in ["pa%41ss", "%25", "100%", "%ff", "@:/", "", "a b", "é'\"\\#?"] {
            for user in ["root", "ro%40ot", "a:b@c/d"] {
                let url = admin_url("db.example", "3307", user, password).unwrap();
                let server = Server::from_url(&url).unwrap();
                assert_eq!(server.opts.user(), Some(user), "{url}");
                assert_eq!(server.opts.pass().unwrap_or_default(), password, "{url}");
                assert_eq!(server.address, "db.example:3307");
            }
        }
        let server = Server::from_url(&admin_url("::1", "3306", "root", "p").unwrap()).unwrap();
        assert_eq!((server.opts.ip_or_hostname(), &*server.address), ("::1", "[::1]:3306"));
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (host, port) in [
            ("", "3306"),
            ("db", "0x1"),
            ("db", "99999"),
            ("db", "3306/mysql?a=b"),
            ("mysql://db", "3306"),
            ("root@db", "3306"),
            ("[::1", "3306"),
        ] {
            let error = admin_url(host, port, "root", "secret").unwrap_err().to_string();
            assert!(!error.contains("secret"), "{host} {port}: {error}");
        }
    }

    #[test]
    fn a_server_that_may_be_back_is_waited_for() {
        let server = Server::from_url("mysql://root@db/").unwrap();
        let refusal = |code| {
            let (message, state) = ("x".to_owned(), "HY000".to_owned());
            server.connect_error(mysql_async::ServerError { code, message, state }.into())
        };
        for code in [1040, 1047, 1053, 1135, 1203, 2003, 3032, 9001] {
            assert!(matches!(refusal(code), Error::Unreachable { .. }), "{code}");
        }
        for code in [1045, 1130, 1698, 3118, 3955] {
            assert!(matches!(refusal(code), Error::Refused { .. }), "{code}");
        }
        for code in [3159, 4163] {
            assert!(matches!(refusal(code), Error::TlsRequired { .. }), "{code}");
        }
    }

    #[test]
    fn an_ipv6_address_loses_its_brackets() {
        let server = Server::from_url("mysql://root@[::1]:3307/").unwrap();
        assert_eq!(server.opts.ip_or_hostname(), "::1");
        assert_eq!(server.address, "[::1]:3307");
    }

    #[test]
    fn an_invalid_url_is_reported_without_its_password() {
        for (url, reason) in [
            ("", "relative URL"),
            ("secret", "relative URL"),
            ("postgres://root:secret@db/", "`mysql`"),
            ("mysql://root:secret@/", "host"),
            ("mysql:secret", "host"),
            ("mysql://root:secret@db:99999/", "port"),
            ("mysql://root:secret@[::1/", "IPv6"),
            ("mysql://root:%ff@db/", "password"),
            ("mysql://root:secret@db/?ssl-mode=REQUIRED", "`ssl-mode`"),
            ("mysql://root:secret@db/?require_ssl=true", "TLS"),
            ("mysql://root:secret@db/?pool_min=9&pool_max=1", "`pool_min`"),
        ] {
            let error = address(url);
            assert!(error.contains(reason) && !error.contains("secret"), "{url}: {error}");
        }
    }
}

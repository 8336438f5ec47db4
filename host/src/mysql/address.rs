//! The URL a component opens: `mysql://user:password@host:port/database?options`.
use std::time::Duration;

use mysql_async::{Opts, OptsBuilder, PoolConstraints, PoolOpts, UrlError};
use url::Url;

use crate::outbound::Destination;

/// The time that an idle session stays open. It is short, because servers limit sessions and other apps need some too.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A parsed address. No error or display text contains the password.
pub struct Address {
    pub(super) options: Opts,
    destination: Destination,
}

/// The reason to refuse a URL. No message quotes the URL.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// It is not a URL, or has no host.
    #[error("the address is not a URL of the form mysql://user:password@host:port/database")]
    Malformed,
    /// It requires TLS, which is not implemented.
    #[error(
        "the address asks for TLS, which this runtime does not implement; leave out ssl-mode and require_ssl, or use Spin"
    )]
    Tls,
    /// It names a socket, which would bypass the allow list.
    #[error("the address names a socket, which this runtime does not implement")]
    Socket,
    /// It has an option that does not exist; Spin would panic.
    #[error(
        "the address has an unknown option; the known ones are those of mysql_async and ssl-mode"
    )]
    UnknownOption,
    /// It has an option with an invalid value; Spin would panic.
    #[error("the option {0} of the address has an invalid value")]
    InvalidValue(String),
    /// Its minimum and maximum pool sizes contradict each other; Spin would panic.
    #[error("the address has a pool_min greater than pool_max")]
    PoolSize,
}

impl Address {
    /// Parses a URL with Spin's options. `prefer_socket` has no effect: the runtime always uses TCP, never
    /// a socket that happens to exist on its own machine.
    ///
    /// # Errors
    /// The URL is not valid; the message does not quote it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
        let host = url.host_str().ok_or(AddressError::Malformed)?.to_owned();
        let destination = Destination::new(url.scheme(), &host, url.port())
            .map_err(|_| AddressError::Malformed)?;
        let mut options: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        options.retain(|(name, value)| {
            let ssl_mode = matches!(name.to_ascii_lowercase().as_str(), "ssl-mode" | "sslmode");
            !(ssl_mode && value.eq_ignore_ascii_case("disabled"))
        });
        for (name, value) in &options {
            match (name.to_ascii_lowercase().as_str(), value.as_str()) {
                ("ssl-mode" | "sslmode", _)
                | ("require_ssl" | "verify_ca" | "verify_identity", "true") => {
                    return Err(AddressError::Tls);
                }
                ("socket", _) => return Err(AddressError::Socket),
                _ => {}
            }
        }
        url.query_pairs_mut().clear().extend_pairs(options);
        let options = Opts::from_url(url.as_str()).map_err(|error| match error {
            UrlError::UnknownParameter { .. } => AddressError::UnknownOption,
            // mysql_async reports this only for known options.
            UrlError::InvalidParamValue { param, .. } => AddressError::InvalidValue(param),
            UrlError::InvalidPoolConstraints { .. } => AddressError::PoolSize,
            _ => AddressError::Malformed,
        })?;
        // With its brackets, the driver would resolve an IPv6 address as a name.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let options = OptsBuilder::from_opts(options).ip_or_hostname(host).prefer_socket(false);
        Ok(Self { options: options.ssl_opts(None).into(), destination })
    }

    /// The host and port alone.
    pub(super) fn into_destination(self) -> Destination {
        self.destination
    }

    /// The options of a pool of at most `size` sessions. A pooled session behaves like a new one: the
    /// server resets it, and [`setup`] restores what a reset does not. Returns that statement too, `None` for sessions
    /// that are not kept.
    pub(super) fn pool_options(&self, size: usize) -> (Opts, Option<String>) {
        let builder = OptsBuilder::from_opts(self.options.clone());
        // Sessions without a database are not pooled, because no statement can undo a `USE`.
        let (idle, setup) = match self.options.db_name() {
            Some(database) => (IDLE_TIMEOUT, Some(setup(database))),
            None => (Duration::ZERO, None),
        };
        let pool = PoolOpts::new()
            .with_reset_connection(true)
            .with_constraints(PoolConstraints::new(0, size).unwrap_or_default())
            .with_inactive_connection_ttl(idle)
            .with_ttl_check_interval(IDLE_TIMEOUT);
        (builder.pool_opts(pool).setup(setup.iter().cloned().collect::<Vec<_>>()).into(), setup)
    }
}

/// Restores two settings after a reset: MariaDB resets the character set to the server's default instead
/// of the session's initial one, and `USE` survives a reset. The driver starts every session with this
/// character set.
fn setup(database: &str) -> String {
    let database = database.replace('`', "``");
    format!("SET NAMES utf8mb4 COLLATE utf8mb4_general_ci; USE `{database}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(url: &str) -> Option<AddressError> {
        Address::parse(url).err()
    }

    #[test]
    fn all_parts_are_parsed_and_decoded() {
        let address =
            Address::parse("mysql://us%40er:p%3Ass@db.example:3307/lib?tcp_nodelay=false").unwrap();
        assert_eq!(address.options.user(), Some("us@er"));
        assert_eq!(address.options.pass(), Some("p:ss"));
        assert_eq!(address.options.db_name(), Some("lib"));
        assert!(!address.options.tcp_nodelay() && !address.options.prefer_socket());
        assert_eq!(address.into_destination().to_string(), "mysql://db.example:3307");
    }

    #[test]
    fn an_ipv6_address_loses_its_brackets() {
        for (url, host, allowed) in [
            ("mysql://u@[::1]:3307/d", "::1", "mysql://[::1]:3307"),
            ("mysql://u@[2001:db8::7]/d", "2001:db8::7", "mysql://[2001:db8::7]"),
            ("mysql://u@127.0.0.1/d", "127.0.0.1", "mysql://127.0.0.1"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.options.ip_or_hostname(), host);
            assert_eq!(address.into_destination().to_string(), allowed);
        }
    }

    #[test]
    fn spins_options_are_accepted() {
        for option in [
            "pool_min=1",
            "pool_max=200",
            "inactive_connection_ttl=1",
            "ttl_check_interval=1",
            "conn_ttl=1",
            "abs_conn_ttl=1",
            "abs_conn_ttl_jitter=1",
            "tcp_keepalive=1000",
            "max_allowed_packet=1024",
            "wait_timeout=60",
            "enable_cleartext_plugin=true",
            "reset_connection=false",
            "tcp_nodelay=true",
            "stmt_cache_size=0",
            "prefer_socket=true",
            "secure_auth=true",
            "client_found_rows=true",
            "require_ssl=false",
            "verify_ca=false",
            "verify_identity=false",
            "built_in_roots=true",
            "ssl-mode=DISABLED",
            "sslMode=disabled",
        ] {
            assert_eq!(error(&format!("mysql://u:p@h/d?{option}")), None, "{option}");
        }
    }

    #[test]
    fn invalid_addresses_are_refused_without_quoting_them() {
        for url in
            ["", "mysql:", "hunter2", "mysql://u:hunter2", "http://u:hunter2@h/d", "mysql:///d"]
        {
            assert_eq!(error(url), Some(AddressError::Malformed), "{url}");
        }
        for (option, reason) in [
            ("hunter2", AddressError::UnknownOption),
            ("hunter2=1", AddressError::UnknownOption),
            ("TCP_NODELAY=true", AddressError::UnknownOption),
            ("pool_max=hunter2", AddressError::InvalidValue("pool_max".into())),
            ("pool_max=", AddressError::InvalidValue("pool_max".into())),
            ("conn_ttl=-1", AddressError::InvalidValue("conn_ttl".into())),
            ("stmt_cache_size=many", AddressError::InvalidValue("stmt_cache_size".into())),
            ("require_ssl=yes", AddressError::InvalidValue("require_ssl".into())),
            ("pool_min=9&pool_max=2", AddressError::PoolSize),
            ("require_ssl=true", AddressError::Tls),
            ("verify_ca=true", AddressError::Tls),
        ] {
            assert_eq!(error(&format!("mysql://u:p@h/d?{option}")), Some(reason), "{option}");
        }
        assert_eq!(error("mysql://u:p@h/d?ssl-mode=preferred"), Some(AddressError::Tls));
        assert_eq!(error("mysql://u:p@h/d?SSLMODE=VERIFY_CA"), Some(AddressError::Tls));
        assert_eq!(error("mysql://u:p@h/d?socket=/tmp/s"), Some(AddressError::Socket));
    }
}

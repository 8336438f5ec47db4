//! The URL a component opens: `mysql://user:password@host:port/database?options`.
use std::time::Duration;

use mysql_async::{Opts, OptsBuilder, PoolConstraints, PoolOpts};
use url::Url;

use crate::outbound::Destination;

/// How long a session nobody needs is kept: servers have few, and other apps may want them.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// A parsed address. Nothing it shows holds the password.
pub struct Address {
    /// Names the pool this address belongs to: the whole URL.
    pub(super) key: String,
    pub(super) options: Opts,
    destination: Destination,
}

/// Why a URL cannot be used. None of the texts quotes the URL.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL at all, or has no host.
    #[error("the address is not a URL of the form mysql://user:password@host:port/database")]
    Malformed,
    /// Encrypted connections are not there yet.
    #[error("the address asks for TLS (ssl-mode), which this runtime does not implement")]
    Tls,
    /// Sockets are not there either: they would pass by the allow list.
    #[error("the address names a socket, which this runtime does not implement")]
    Socket,
    /// Spin ends the whole process here.
    #[error("the address has an option that does not exist or whose value is not usable")]
    Option,
}

impl Address {
    /// Parses a URL with Spin's options. `prefer_socket` has no effect: the runtime never leaves TCP
    /// for a socket that happens to be on its own machine.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
        let host = url.host_str().ok_or(AddressError::Malformed)?;
        let destination = Destination::new(url.scheme(), host, url.port())
            .map_err(|_| AddressError::Malformed)?;
        let mut options: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        options.retain(|(name, value)| {
            let ssl_mode = matches!(name.to_ascii_lowercase().as_str(), "ssl-mode" | "sslmode");
            !(ssl_mode && value.eq_ignore_ascii_case("disabled"))
        });
        for (name, _) in &options {
            match name.to_ascii_lowercase().as_str() {
                "ssl-mode" | "sslmode" => return Err(AddressError::Tls),
                "socket" => return Err(AddressError::Socket),
                _ => {}
            }
        }
        url.query_pairs_mut().clear().extend_pairs(options);
        let parsed = Opts::from_url(url.as_str()).map_err(|_| match url.scheme() {
            "mysql" => AddressError::Option,
            _ => AddressError::Malformed,
        })?;
        Ok(Self {
            key: text.to_owned(),
            options: OptsBuilder::from_opts(parsed).prefer_socket(false).ssl_opts(None).into(),
            destination,
        })
    }

    /// The host and port it goes to, for the allow list.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The options of a pool of at most `size` sessions. A session comes back from the pool as good
    /// as new: the server resets it, and what a reset leaves behind is set again.
    pub(super) fn pool_options(&self, size: usize) -> Opts {
        let builder = OptsBuilder::from_opts(self.options.clone());
        // Without a database there is no statement that takes `USE` back: such sessions are not kept.
        let (idle, setup) = match self.options.db_name() {
            Some(database) => (IDLE_TIME, Some(setup(database))),
            None => (Duration::ZERO, None),
        };
        let pool = PoolOpts::new()
            .with_reset_connection(true)
            .with_constraints(PoolConstraints::new(0, size).unwrap_or_default())
            .with_inactive_connection_ttl(idle)
            .with_ttl_check_interval(IDLE_TIME);
        builder.pool_opts(pool).setup(setup.into_iter().collect()).into()
    }
}

/// Takes back the two things that a reset leaves as they are or gets wrong. MariaDB goes back to the
/// server's default character set instead of the session's own, and `USE` outlives a reset. The
/// character set is the one every session of the driver starts with.
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
    fn every_part_is_read_and_decoded() {
        let address =
            Address::parse("mysql://us%40er:p%3Ass@db.example:3307/lib?tcp_nodelay=false").unwrap();
        assert_eq!(address.options.user(), Some("us@er"));
        assert_eq!(address.options.pass(), Some("p:ss"));
        assert_eq!(address.options.db_name(), Some("lib"));
        assert_eq!(address.destination().to_string(), "mysql://db.example:3307");
        assert!(!address.options.tcp_nodelay() && !address.options.prefer_socket());
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
            "require_ssl=true",
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
    fn what_cannot_be_done_is_refused_without_quoting_it() {
        for url in
            ["", "mysql:", "hunter2", "mysql://u:hunter2", "http://u:hunter2@h/d", "mysql:///d"]
        {
            assert_eq!(error(url), Some(AddressError::Malformed), "{url}");
        }
        for option in ["hunter2", "hunter2=1", "pool_max=hunter2"] {
            assert_eq!(error(&format!("mysql://u:p@h/d?{option}")), Some(AddressError::Option));
        }
        assert_eq!(error("mysql://u:p@h/d?ssl-mode=preferred"), Some(AddressError::Tls));
        assert_eq!(error("mysql://u:p@h/d?SSLMODE=VERIFY_CA"), Some(AddressError::Tls));
        assert_eq!(error("mysql://u:p@h/d?socket=/tmp/s"), Some(AddressError::Socket));
    }
}

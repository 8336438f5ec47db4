//! The limits of failed login attempts per card and per network within 15 minutes.

use std::net::{IpAddr, Ipv6Addr};

use service_kit::Environment;

/// The limits of failed attempts within 15 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Per card number.
    pub(crate) per_card: u8,
    /// Per network address.
    pub(crate) per_address: u8,
    /// Whether attempts from this machine count only for the card, for a class that shares one demo.
    pub(crate) trusts_loopback: bool,
}

impl Limits {
    /// The variables `login_attempts_per_card`, `login_attempts_per_address` and `demo_mode`.
    ///
    /// # Errors
    /// A message that names the invalid variable and its rule.
    pub(crate) fn read(environment: &impl Environment) -> Result<Self, String> {
        let variable = |name: &str| {
            environment.variable(name).map_err(|why| format!("the variable `{name}`: {why}"))
        };
        let number = |name: &str| {
            let value = variable(name)?;
            let number = value.parse().ok().filter(|number| (1..=100).contains(number));
            number.ok_or_else(|| {
                format!("the variable `{name}` must be a whole number from 1 to 100")
            })
        };
        Ok(Self {
            per_card: number("login_attempts_per_card")?,
            per_address: number("login_attempts_per_address")?,
            trusts_loopback: variable("demo_mode")?
                .parse()
                .map_err(|_| "the variable `demo_mode` must be true or false".to_owned())?,
        })
    }

    /// The network for which attempts from `address` count, if any.
    pub(crate) fn network(&self, address: &str) -> Option<String> {
        let address = address.trim();
        match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) if address.is_loopback() && self.trusts_loopback => None,
            // An IPv6 client controls at least the /64 around its address (RFC 6177).
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Some(format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
            Ok(IpAddr::V4(address)) => Some(address.to_string()),
            Err(_) => Some(address.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use service_kit::{database::DatabaseError, testing::TestEnvironment};

    use super::*;

    #[test]
    fn the_variables_may_end_with_a_line_break() {
        let mut environment = TestEnvironment::new(Err(DatabaseError::internal("none")));
        for end in ["", "\n", "\r\n", "\n\n"] {
            environment.variables = [
                ("login_attempts_per_card", "5"),
                ("login_attempts_per_address", "20"),
                ("demo_mode", "false"),
            ]
            .map(|(name, value)| (name, format!("{value}{end}")))
            .to_vec();
            assert_eq!(Limits::read(&environment), Ok(LIMITS), "{end:?}");
        }
        environment.variables[0].1 = "5 \n".to_owned();
        let why = Limits::read(&environment).unwrap_err();
        assert!(why.contains("`login_attempts_per_card`"), "{why}");
    }

    const LIMITS: Limits = Limits { per_card: 5, per_address: 20, trusts_loopback: false };

    #[test]
    fn addresses_of_one_network_count_together() {
        for (address, network) in [
            ("192.0.2.7", "192.0.2.7"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("127.0.0.1", "127.0.0.1"),
            ("not an address", "not an address"),
        ] {
            assert_eq!(LIMITS.network(address).as_deref(), Some(network));
        }
    }

    #[test]
    fn a_demo_does_not_count_its_own_machine() {
        let demo = Limits { trusts_loopback: true, ..LIMITS };
        for loopback in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(demo.network(loopback), None, "{loopback}");
        }
        assert_eq!(demo.network("192.0.2.7").as_deref(), Some("192.0.2.7"));
    }
}

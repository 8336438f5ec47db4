//! The hosts that a component may call: `allowed_outbound_hosts`, with Spin's syntax and semantics.
use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use url::Host;

/// Hosts in this domain are components of the app.
const COMPONENT_DOMAIN: &str = "spin.internal";

/// The allow list of one component.
#[derive(Debug, Default)]
pub struct AllowList(Vec<Entry>);

/// One entry; scheme, host and port must all match.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    /// `None` is `*`.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

#[derive(Debug, Clone, PartialEq)]
enum HostPattern {
    Any,
    /// The domain with its leading dot.
    Subdomain(String),
    Network(IpNet),
    Literal(Host),
    /// The app's own address, for relative requests; matches no named host.
    SelfAddress,
}

#[derive(Debug, Clone, PartialEq)]
enum PortPattern {
    Any,
    One(u16),
    /// The end is excluded.
    Range(std::ops::Range<u16>),
}

/// The target of an outbound connection.
#[derive(Debug, PartialEq)]
pub struct Destination {
    scheme: String,
    host: Host,
    port: Option<u16>,
}

impl std::fmt::Display for Destination {
    /// Formats an allow list entry that matches it. Never contains a user name or password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl Destination {
    /// Creates a destination from the parts of a URL.
    ///
    /// # Errors
    /// `host` is neither a host name nor an IP address.
    pub fn new(scheme: &str, host: &str, port: Option<u16>) -> Result<Self, url::ParseError> {
        Ok(Self { scheme: scheme.to_owned(), host: Host::parse(host)?, port })
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, if the URL has one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The host, if it is a domain name.
    pub fn domain(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(domain) => Some(domain),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }
}

/// The component that a host name refers to: `catalog` for `catalog.spin.internal`.
pub fn component_of(host: &str) -> Option<&str> {
    let (first, domain) = host.split_once('.')?;
    (domain == COMPONENT_DOMAIN).then_some(first)
}

impl AllowList {
    /// Parses rendered entries. `*.spin.internal` expands to the app's components, whose ids are
    /// `components`.
    ///
    /// # Errors
    /// An entry is not valid; the message has its position and the reason, but does not quote it because
    /// a template may have inserted a secret.
    pub fn parse<'a>(
        entries: impl IntoIterator<Item = &'a str>,
        components: &[&str],
    ) -> anyhow::Result<Self> {
        let mut list = Vec::new();
        for (number, text) in (1..).zip(entries) {
            let entry = Entry::parse(text.trim()).with_context(|| {
                format!("entry {number} of allowed_outbound_hosts is not scheme://host[:port]")
            })?;
            match &entry.host {
                HostPattern::Subdomain(domain)
                    if domain.trim_start_matches('.') == COMPONENT_DOMAIN =>
                {
                    list.extend(components.iter().map(|id| Entry {
                        host: HostPattern::Literal(Host::Domain(format!("{id}{domain}"))),
                        ..entry.clone()
                    }));
                }
                _ => list.push(entry),
            }
        }
        Ok(Self(list))
    }

    /// Returns whether an entry matches `destination`.
    pub fn allows(&self, destination: &Destination) -> bool {
        self.0.iter().any(|entry| entry.allows(destination))
    }

    /// Returns whether requests to the app's own address are allowed.
    pub fn allows_self(&self) -> bool {
        self.0.iter().any(|entry| {
            matches!(entry.scheme.as_deref(), None | Some("http" | "https"))
                && matches!(entry.host, HostPattern::SelfAddress | HostPattern::Any)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (scheme, rest) =
            text.split_once("://").context("it needs a scheme such as http:// or *://")?;
        // The colons of an IPv6 address are inside its brackets.
        let port_start = rest.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match rest[port_start..].rfind(':') {
            Some(colon) => (&rest[..port_start + colon], &rest[port_start + colon + 1..]),
            None => (rest, ""),
        };
        let (port, path) = port.split_once('/').unwrap_or((port, ""));
        ensure!(path.is_empty(), "it has a path");
        ensure!(
            scheme == "*" || scheme.chars().all(char::is_alphabetic),
            "its scheme is neither * nor a word"
        );
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: HostPattern::parse(host)?,
            port: PortPattern::parse(port, scheme)?,
        })
    }

    fn allows(&self, to: &Destination) -> bool {
        self.scheme.as_ref().is_none_or(|scheme| *scheme == to.scheme)
            && self.host.allows(&to.host)
            && self.port.allows(to.port.or_else(|| default_port(&to.scheme)))
    }
}

impl HostPattern {
    fn parse(host: &str) -> anyhow::Result<Self> {
        if let Ok(network) = host.parse::<IpNet>() {
            return Ok(Self::Network(network));
        }
        let host = host.trim_end_matches('/');
        ensure!(!host.contains('/'), "it has a path");
        ensure!(!host.starts_with('{'), "lists of hosts are not supported");
        Ok(match host {
            "*" => Self::Any,
            "self" | "self.alt" => Self::SelfAddress,
            _ => match host.strip_prefix("*.") {
                Some(domain) if !domain.contains('*') => Self::Subdomain(format!(".{domain}")),
                _ if host.contains('*') => bail!("a * may only replace the first labels of a host"),
                _ => Self::Literal(Host::parse(host).context("its host is not valid")?),
            },
        })
    }

    fn allows(&self, to: &Host) -> bool {
        match (self, to) {
            (Self::Any, _) => true,
            (Self::Subdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Network(network), Host::Ipv4(ip)) => {
                network.contains(&std::net::IpAddr::V4(*ip))
            }
            (Self::Network(network), Host::Ipv6(ip)) => {
                network.contains(&std::net::IpAddr::V6(*ip))
            }
            (Self::Literal(host), to) => host == to,
            (Self::Subdomain(_) | Self::Network(_) | Self::SelfAddress, _) => false,
        }
    }
}

impl PortPattern {
    fn parse(port: &str, scheme: &str) -> anyhow::Result<Self> {
        let number =
            |text: &str| text.parse().context("its port is not a number, a range a..b or *");
        Ok(match port {
            "" => Self::One(
                default_port(scheme)
                    .context("it needs a port because its scheme has no default port")?,
            ),
            "*" => Self::Any,
            _ => match port.split_once("..") {
                Some((start, end)) => Self::Range(number(start)?..number(end)?),
                None => Self::One(number(port)?),
            },
        })
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => port == Some(*one),
            Self::Range(range) => port.is_some_and(|port| range.contains(&port)),
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "mysql" => 3306,
        "postgres" => 5432,
        "redis" => 6379,
        "mqtt" => 1883,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let list = AllowList::parse([entry], &["catalog", "patrons"]).unwrap();
        list.allows(&Destination::new(scheme, host, port).unwrap())
    }

    #[test]
    fn scheme_host_and_port_must_all_match() {
        assert!(allows("http://example.com", "http", "example.com", None));
        assert!(allows("http://example.com", "http", "EXAMPLE.com", Some(80)));
        assert!(allows("http://example.com/", "http", "example.com", None));
        assert!(!allows("http://example.com", "https", "example.com", None));
        assert!(!allows("http://example.com", "http", "example.org", None));
        assert!(!allows("http://example.com", "http", "a.example.com", None));
        assert!(!allows("http://example.com", "http", "example.com", Some(81)));
        assert!(allows("mysql://db:3307", "mysql", "db", Some(3307)));
        assert!(allows("mysql://db", "mysql", "db", None));
        assert!(allows("*://*:*", "anything", "anywhere", None));
        assert!(!AllowList::default().allows(&Destination::new("http", "a", None).unwrap()));
    }

    #[test]
    fn ipv6_addresses_are_in_brackets() {
        assert!(allows("mysql://[::1]:3307", "mysql", "[::1]", Some(3307)));
        assert!(allows("mysql://[::1]", "mysql", "[::1]", Some(3306)));
        assert!(allows("http://[::1]:*", "http", "[0:0:0:0:0:0:0:1]", Some(8080)));
        assert!(!allows("http://[::1]", "http", "[::2]", None));
    }

    #[test]
    fn a_port_range_excludes_its_end() {
        assert!(allows("http://a:8000..8010", "http", "a", Some(8000)));
        assert!(allows("http://a:8000..8010", "http", "a", Some(8009)));
        assert!(!allows("http://a:8000..8010", "http", "a", Some(8010)));
        assert!(!allows("http://a:8000..8010", "http", "a", None));
        assert!(allows("http://a:*", "http", "a", Some(1)));
    }

    #[test]
    fn a_wildcard_matches_leading_labels() {
        assert!(allows("http://*.example.com", "http", "a.b.example.com", None));
        assert!(!allows("http://*.example.com", "http", "example.com", None));
        assert!(!allows("http://*.example.com", "http", "badexample.com", None));
    }

    #[test]
    fn a_network_matches_addresses_but_not_names() {
        assert!(allows("http://10.0.0.0/8", "http", "10.1.2.3", None));
        assert!(allows("http://10.0.0.0/8:8080", "http", "10.1.2.3", Some(8080)));
        assert!(!allows("http://10.0.0.0/8", "http", "11.1.2.3", None));
        assert!(!allows("http://10.0.0.0/8", "http", "example.com", None));
    }

    #[test]
    fn components_are_allowed_by_name_or_wildcard() {
        assert!(allows("http://catalog.spin.internal", "http", "catalog.spin.internal", None));
        assert!(!allows("http://catalog.spin.internal", "http", "patrons.spin.internal", None));
        assert!(allows("http://*.spin.internal", "http", "patrons.spin.internal", None));
        assert!(!allows("http://*.spin.internal", "http", "stranger.spin.internal", None));
        assert_eq!(component_of("catalog.spin.internal"), Some("catalog"));
        assert_eq!(component_of("a.catalog.spin.internal"), None);
        assert_eq!(component_of("spin.internal"), None);
    }

    #[test]
    fn self_or_any_allows_the_apps_own_address() {
        let allows_self = |entry| AllowList::parse([entry], &[]).unwrap().allows_self();
        assert!(allows_self("http://self"));
        assert!(allows_self("https://self.alt") && allows_self("*://*:*"));
        assert!(!allows_self("http://example.com") && !allows_self("mysql://*:*"));
        assert!(!allows("http://self", "http", "self", None));
    }

    #[test]
    fn invalid_entries_are_refused() {
        for bad in [
            "",
            "*",
            "example.com",
            "insecure:allow-all",
            "http://a/path",
            "http://a:80/path",
            "tcp://a",
            "http://a:x",
            "http://a:1..x",
            "http://a.*",
            "http://*.a.*",
            "http://{a,b}",
            "{http,https}://a",
            "ht1p://a:1",
            "http://user@a b",
            "http://::1",
            "http://[::1",
        ] {
            assert!(AllowList::parse([bad], &[]).is_err(), "{bad}");
        }
    }
}

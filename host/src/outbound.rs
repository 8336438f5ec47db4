//! Whom a component may call: `allowed_outbound_hosts`, with Spin's grammar and Spin's meaning.
use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use url::Host;

/// Hosts under this domain are components of the app.
const COMPONENT_DOMAIN: &str = "spin.internal";

/// The entries of one component's list.
#[derive(Debug, Default)]
pub struct AllowList(Vec<Entry>);

/// One entry: scheme, host and port must all fit.
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
    /// The app's own address, for relative requests; no named destination fits.
    Own,
}

#[derive(Debug, Clone, PartialEq)]
enum PortPattern {
    Any,
    One(u16),
    /// The end does not belong to it.
    Range(std::ops::Range<u16>),
}

/// Where a component wants to go.
#[derive(Debug, PartialEq)]
pub struct Destination {
    scheme: String,
    host: Host,
    port: Option<u16>,
}

impl std::fmt::Display for Destination {
    /// As an entry that would allow it. There is never a user name or password in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl Destination {
    /// From the parts of a URL.
    ///
    /// # Errors
    /// `host` is neither a host name nor an address.
    pub fn new(scheme: &str, host: &str, port: Option<u16>) -> Result<Self, url::ParseError> {
        Ok(Self { scheme: scheme.to_owned(), host: Host::parse(host)?, port })
    }

    /// The host, if it is a name.
    pub fn domain(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(domain) => Some(domain),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }
}

/// The component a host name stands for: `catalog` for `catalog.spin.internal`.
pub fn component_of(host: &str) -> Option<&str> {
    let (first, domain) = host.split_once('.')?;
    (domain == COMPONENT_DOMAIN).then_some(first)
}

impl AllowList {
    /// Parses the entries, with their templates filled in. `*.spin.internal` stands for the app's
    /// own components, whose ids are `components`.
    ///
    /// # Errors
    /// The place of the entry that does not follow the grammar, and why. It is not quoted: a template
    /// may have put anything into it.
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

    /// Whether some entry fits.
    pub fn allows(&self, destination: &Destination) -> bool {
        self.0.iter().any(|entry| entry.allows(destination))
    }

    /// Whether requests to the app's own address are allowed.
    pub fn allows_own(&self) -> bool {
        self.0.iter().any(|entry| {
            matches!(entry.scheme.as_deref(), None | Some("http" | "https"))
                && matches!(entry.host, HostPattern::Own | HostPattern::Any)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (scheme, rest) =
            text.split_once("://").context("it has no scheme such as http:// or *://")?;
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
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
            "self" | "self.alt" => Self::Own,
            _ => match host.strip_prefix("*.") {
                Some(domain) if !domain.contains('*') => Self::Subdomain(format!(".{domain}")),
                _ if host.contains('*') => bail!("a * in a host stands for its first labels only"),
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
            (Self::Subdomain(_) | Self::Network(_) | Self::Own, _) => false,
        }
    }
}

impl PortPattern {
    fn parse(port: &str, scheme: &str) -> anyhow::Result<Self> {
        let number =
            |text: &str| text.parse().context("its port is not a number, a range a..b or *");
        Ok(match port {
            "" => Self::One(
                default_port(scheme).context("it needs a port, its scheme has no usual one")?,
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
    fn scheme_host_and_port_must_all_fit() {
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
    fn ports_may_be_a_range_without_its_end() {
        assert!(allows("http://a:8000..8010", "http", "a", Some(8000)));
        assert!(allows("http://a:8000..8010", "http", "a", Some(8009)));
        assert!(!allows("http://a:8000..8010", "http", "a", Some(8010)));
        assert!(!allows("http://a:8000..8010", "http", "a", None));
        assert!(allows("http://a:*", "http", "a", Some(1)));
    }

    #[test]
    fn a_star_stands_for_leading_labels() {
        assert!(allows("http://*.example.com", "http", "a.b.example.com", None));
        assert!(!allows("http://*.example.com", "http", "example.com", None));
        assert!(!allows("http://*.example.com", "http", "badexample.com", None));
    }

    #[test]
    fn networks_hold_addresses_but_no_names() {
        assert!(allows("http://10.0.0.0/8", "http", "10.1.2.3", None));
        assert!(allows("http://10.0.0.0/8:8080", "http", "10.1.2.3", Some(8080)));
        assert!(!allows("http://10.0.0.0/8", "http", "11.1.2.3", None));
        assert!(!allows("http://10.0.0.0/8", "http", "example.com", None));
    }

    #[test]
    fn components_are_named_one_by_one_or_all() {
        assert!(allows("http://catalog.spin.internal", "http", "catalog.spin.internal", None));
        assert!(!allows("http://catalog.spin.internal", "http", "patrons.spin.internal", None));
        assert!(allows("http://*.spin.internal", "http", "patrons.spin.internal", None));
        assert!(!allows("http://*.spin.internal", "http", "stranger.spin.internal", None));
        assert_eq!(component_of("catalog.spin.internal"), Some("catalog"));
        assert_eq!(component_of("a.catalog.spin.internal"), None);
        assert_eq!(component_of("spin.internal"), None);
    }

    #[test]
    fn the_own_address_is_allowed_by_self_or_any() {
        let own = |entry| AllowList::parse([entry], &[]).unwrap().allows_own();
        assert!(own("http://self") && own("https://self.alt") && own("*://*:*"));
        assert!(!own("http://example.com") && !own("mysql://*:*"));
        assert!(!allows("http://self", "http", "self", None));
    }

    #[test]
    fn what_the_grammar_does_not_have_is_refused() {
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
        ] {
            assert!(AllowList::parse([bad], &[]).is_err(), "{bad}");
        }
    }
}

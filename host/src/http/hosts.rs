//! The host names under which an app is served.
//!
//! A web page can resolve its own host name to 127.0.0.1 and then read from a server there with the
//! browser of someone who visits the page (DNS rebinding). Requests for an unknown host name are therefore
//! refused, unless they must show a token anyway.
use std::net::{Ipv4Addr, Ipv6Addr};

use anyhow::bail;
use http::{StatusCode, uri::Authority};

use super::problem::Problem;
use crate::{secret::Secret, variables::Variables};

/// The app's variable with host names, separated by commas; `*` allows all names.
const ALLOWED_HOSTS: &str = "allowed_hosts";

/// The app's variable with the token that REST requests must show, if it is not empty.
const API_TOKEN: &str = "api_token";

/// The names that are served besides `localhost` and IP addresses; `None` means all.
#[derive(Debug)]
pub struct ServedHosts(Option<Vec<String>>);

impl ServedHosts {
    /// Apps that declare no `allowed_hosts`, or that demand a token, are served under all names.
    ///
    /// # Errors
    /// An entry of `allowed_hosts` is not a name; no request could ever match it.
    pub fn new(variables: &Variables) -> anyhow::Result<Self> {
        let has_token =
            variables.get(API_TOKEN).is_some_and(|token| !token.expose().trim().is_empty());
        let entries = variables.get(ALLOWED_HOSTS).map(Secret::expose);
        let names = entries.map(parse).transpose()?.filter(|_| !has_token);
        Ok(Self(names.filter(|names| names.iter().all(|name| name != "*"))))
    }

    /// Checks the host of a request for `path`. Health checks are answered under any name.
    ///
    /// # Errors
    /// The app is not served under this name: 421.
    pub fn check(&self, authority: &Authority, path: &str) -> Result<(), Problem> {
        let Some(names) = &self.0 else { return Ok(()) };
        let host = normalize(authority.host());
        let is_address = host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok();
        let is_local = is_address || host == "localhost" || host.ends_with(".localhost");
        if is_local || is_health_check(path) || names.contains(&host) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "the library is not served under this host name; the variable allowed_hosts can add it",
        ))
    }
}

/// Whether the path is `/healthz`, or that of a service such as `/catdb/healthz`.
fn is_health_check(path: &str) -> bool {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    matches!(segments[..], ["healthz"] | [_, "healthz"])
}

/// The names in a list with commas, spaces or line breaks.
fn parse(entries: &str) -> anyhow::Result<Vec<String>> {
    let is_separator = |char: char| char == ',' || char.is_whitespace();
    let entries = entries.split(is_separator).filter(|entry| !entry.is_empty());
    let name = |entry: &str| match entry == "*" || is_host(entry) {
        true => Ok(normalize(entry)),
        false => bail!(
            "the variable `{ALLOWED_HOSTS}` has the entry `{entry}`, which is not a host name: write names such as \
             library.example, without scheme, path or wildcard, and other letters than a to z as in xn--bcher-kva.example"
        ),
    };
    entries.map(name).collect()
}

/// Whether the text is a name or an IP address, possibly with a port.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']').unwrap_or_default();
        return address.parse::<Ipv6Addr>().is_ok()
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return true;
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    port.is_none_or(is_port) && name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
}

/// The name in lowercase, without port and without the dot of the root.
fn normalize(name: &str) -> String {
    if name.parse::<Ipv6Addr>().is_ok() || name.starts_with('[') {
        return name.to_ascii_lowercase();
    }
    let name = name.split(':').next().unwrap_or_default();
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_no_request_can_match_are_named() {
        for entry in [
            "https://lib.example",
            "//lib.example",
            "lib.example/",
            "lib.example/catalog",
            "*.example.org",
            "lib.*",
            "bücher.example",
            "lib..example",
            ".example",
            "lib.example:",
            "lib.example:https",
            "lib.example:99999",
            "user@lib.example",
            "lib.example;other.example",
            "[::1",
            "[lib.example]",
        ] {
            let error = parse(&format!("one.example, {entry}")).unwrap_err().to_string();
            assert!(error.contains(&format!("`{entry}`")), "{entry}: {error}");
            assert!(error.contains("`allowed_hosts`"), "{entry}: {error}");
        }
    }

    #[test]
    fn names_and_addresses_are_accepted() {
        for (entries, names) in [
            ("", vec![]),
            ("*", vec!["*"]),
            ("Lib.Example:8080, other", vec!["lib.example", "other"]),
            ("a.example,,b.example.\n", vec!["a.example", "b.example"]),
            ("xn--bcher-kva.example", vec!["xn--bcher-kva.example"]),
            ("10.1.2.3 my_host", vec!["10.1.2.3", "my_host"]),
            ("::1,[2001:DB8::1]:80", vec!["::1", "[2001:db8::1]:80"]),
        ] {
            assert_eq!(parse(entries).unwrap(), names, "{entries:?}");
        }
    }

    #[test]
    fn only_health_checks_are_exempt() {
        for path in ["/healthz", "/catdb/healthz", "/catdb/healthz/", "//borrow/healthz"] {
            assert!(is_health_check(path), "{path}");
        }
        for path in [
            "/",
            "/catdb/title/healthz",
            "/a/b/c/healthz",
            "/healthz/x",
            "/catdb/xhealthz",
            "/%68ealthz",
        ] {
            assert!(!is_health_check(path), "{path}");
        }
    }
}

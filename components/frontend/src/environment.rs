//! The environment of a request: time, randomness and the component's variables.

use std::time::SystemTime;

use contract::work::Process;
use http::{HeaderName, Uri};
use service_kit::{
    log,
    trace::{REQUEST_ID, TRACEPARENT},
};

/// The time, randomness and configuration for one request.
pub struct Environment<'a> {
    /// The current time.
    pub now: SystemTime,
    /// Returns 256 unpredictable bits.
    pub random: &'a dyn Fn() -> [u8; 32],
    /// Whether browsers connect over HTTPS, so that cookies can be `Secure`.
    pub secure_cookies: bool,
    /// The header in which a trusted proxy reports the client's address; empty without such a proxy.
    pub client_address_header: String,
    /// Whether the login page shows library cards, for demonstrations and classes.
    pub demo_mode: bool,
    /// Whether every page shows how it was made.
    pub show_work: bool,
    /// Returns the trimmed value of one of the component's variables, empty if it has none.
    pub variable: &'a dyn Fn(&str) -> String,
    /// The process that runs this component, if pages show how they were made.
    pub process: Option<Process>,
}

/// Reads the variable `secure_cookies`.
///
/// An invalid value counts as `true`: logins over HTTP then fail, and the log has the reason. The other default would
/// silently send unprotected cookies.
pub fn parse_secure_cookies(value: &str) -> bool {
    match value {
        "true" => true,
        "false" => false,
        other => {
            let cause = format!("`{other}` is neither true nor false");
            log::error("the variable secure_cookies", cause);
            true
        }
    }
}

/// The variables with the addresses of the services.
const URLS: [&str; 4] = ["catalog_url", "patrons_url", "borrowing_url", "lending_url"];

/// A sentence about the first of the component's variables that has no valid value, without the value.
pub(crate) fn invalid_variable(variable: &dyn Fn(&str) -> String) -> Option<String> {
    let switches = ["secure_cookies", "demo_mode", "show_work"];
    let switch = switches.into_iter().find(|name| !matches!(&*variable(name), "true" | "false"));
    if let Some(name) = switch {
        return Some(format!("the variable `{name}` must be true or false"));
    }
    let name = "client_address_header";
    let header = variable(name);
    if !header.is_empty() && HeaderName::try_from(header).is_err() {
        return Some(format!("the variable `{name}` must be the name of a header, or empty"));
    }
    let name = "request_id_header";
    let header = variable(name);
    if !header.is_empty() && ![REQUEST_ID, TRACEPARENT].iter().any(|known| *known == *header) {
        let names = format!("{REQUEST_ID}, {TRACEPARENT}");
        return Some(format!("the variable `{name}` must be one of {names}, or empty"));
    }
    let is_url = |url: &str| {
        url.parse::<Uri>().is_ok_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none()
        })
    };
    let url = URLS.into_iter().find(|name| !is_url(&variable(name)));
    url.map(|name| format!("the variable `{name}` must be a URL such as http://catalog"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentence about `name` with this value, while the other variables have valid ones.
    fn invalid(name: &str, value: &str) -> Option<String> {
        invalid_variable(&|other| match other {
            other if other == name => value.to_owned(),
            "secure_cookies" | "demo_mode" | "show_work" => "false".to_owned(),
            url if URLS.contains(&url) => "http://x.spin.internal".to_owned(),
            _ => String::new(),
        })
    }

    #[test]
    fn an_invalid_variable_is_named_without_its_value() {
        for (name, value) in [
            ("client_address_header", "x forwarded for"),
            ("client_address_header", "x-forwarded-for:"),
            ("client_address_header", "x-förwarded-for"),
            ("request_id_header", "x-request"),
            ("demo_mode", "yes"),
            ("show_work", ""),
            ("secure_cookies", "1"),
            ("lending_url", ""),
            ("lending_url", "lending"),
            ("patrons_url", "mysql://patrons"),
            ("catalog_url", "http://"),
        ] {
            let sentence = invalid(name, value).unwrap_or_default();
            assert!(sentence.contains(&format!("`{name}`")), "{name} = {value}: {sentence}");
            assert!(value.is_empty() || !sentence.contains(&format!("{value} ")), "{sentence}");
        }
    }

    #[test]
    fn valid_variables_pass() {
        for (name, value) in [
            ("replica", "anything"),
            ("client_address_header", "x-forwarded-for"),
            ("client_address_header", "CF-Connecting-IP"),
            ("request_id_header", "traceparent"),
            ("request_id_header", "x-request-id"),
            ("demo_mode", "true"),
            ("lending_url", "http://lending"),
            ("lending_url", "http://[::1]:3000/"),
        ] {
            assert_eq!(invalid(name, value), None, "{name} = {value}");
        }
    }

    #[test]
    fn cookies_are_insecure_only_on_request() {
        for (value, is_secure) in
            [("true", true), ("false", false), ("True", true), ("1", true), ("", true)]
        {
            assert_eq!(parse_secure_cookies(value), is_secure, "{value}");
        }
    }
}

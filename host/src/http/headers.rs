//! Request heads: the checks of RFC 9112 that hyper leaves to servers, and the headers that Spin adds.
use std::net::{Ipv6Addr, SocketAddr};

use http::{
    HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version,
    header::{HOST, TRANSFER_ENCODING},
    uri::{Authority, PathAndQuery, Scheme},
};

use super::problem::Problem;
use crate::{outbound::component_of, routes::Match};

/// Checks the head of a request from outside and completes its URI with scheme and authority. An
/// HTTP/1.0 request without a host is for `default_host`.
///
/// # Errors
/// The request is not valid (RFC 9112, sections 3 and 6), or needs something that is not implemented.
pub fn normalize<B>(request: &mut Request<B>, default_host: &Authority) -> Result<(), Problem> {
    check_transfer_encoding(request)?;
    let header = host_header(request)?;
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    if *request.method() == Method::CONNECT {
        return Err(not_implemented("the CONNECT method is not implemented"));
    }
    if let Some(scheme) = &parts.scheme
        && ![Scheme::HTTP, Scheme::HTTPS].contains(scheme)
    {
        return Err(Problem::bad_request("the request target has a scheme other than http"));
    }
    // hyper parses a target like `books`, without a scheme, as an authority.
    if parts.scheme.is_none() && parts.authority.is_some() {
        return Err(Problem::bad_request("the request target must start with a slash"));
    }
    let path = parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    if path.path() == "*" {
        return Err(match *request.method() {
            Method::OPTIONS => not_implemented("OPTIONS * is not implemented"),
            _ => Problem::bad_request("the request target must start with a slash"),
        });
    }
    // The host of an absolute target takes precedence over the header (RFC 9112, section 3.2.2).
    let authority = parts.authority.or(header).unwrap_or_else(|| default_host.clone());
    check_authority(&authority)?;
    parts.authority = Some(authority);
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts)
        .map_err(|_| Problem::bad_request("the request target is not valid"))?;
    request.headers_mut().remove(HOST);
    Ok(())
}

fn check_transfer_encoding<B>(request: &Request<B>) -> Result<(), Problem> {
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    let (first, second) = (codings.next(), codings.next());
    match first {
        Some(coding) if second.is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Err(not_implemented("the only implemented transfer coding is chunked"))
        }
        _ => Ok(()),
    }
}

fn host_header<B>(request: &Request<B>) -> Result<Option<Authority>, Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let Some(host) = first else {
        return match request.version() >= Version::HTTP_11 {
            true => Err(Problem::bad_request("the Host header is missing")),
            false => Ok(None),
        };
    };
    if second.is_some() {
        return Err(Problem::bad_request("there is more than one Host header"));
    }
    let authority = Authority::try_from(host.as_bytes()).map_err(|_| invalid_host())?;
    check_authority(&authority)?;
    Ok(Some(authority))
}

/// Checks that the authority is a host name or an IP address with an optional port.
fn check_authority(authority: &Authority) -> Result<(), Problem> {
    let text = authority.as_str();
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            address.parse::<Ipv6Addr>().map_err(|_| invalid_host())?;
            ("", port)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !host.bytes().all(is_valid) || (host.is_empty() && !text.starts_with('[')) {
        return Err(invalid_host());
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => {}
        Some("") => {}
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            number.parse::<u16>().map_err(|_| invalid_host())?;
        }
        _ => return Err(invalid_host()),
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if component_of(&name).is_some() {
        // Such names are only for calls between components.
        return Err(Problem::bad_request("hosts under spin.internal are not served"));
    }
    Ok(())
}

fn invalid_host() -> Problem {
    Problem::bad_request("the host is not valid")
}

fn not_implemented(detail: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, detail)
}

/// Appends Spin's headers. A client's headers of the same names stay before them, so components must
/// read the last one, as the Rust SDK does. `host` is the host in `spin-full-url`.
pub fn append_spin_headers<B>(
    request: &mut Request<B>,
    found: &Match,
    host: &str,
    client: SocketAddr,
) {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let fixed = [
        ("spin-path-info", found.path_info.clone()),
        ("spin-full-url", format!("http://{host}{path}")),
        ("spin-matched-route", found.matched_route.clone()),
        ("spin-base-path", "/".into()),
        ("spin-raw-component-route", found.raw_route.clone()),
        ("spin-component-route", found.component_route().into()),
        ("spin-client-addr", client.to_string()),
    ];
    let captured = found.captures.iter().map(|(name, value)| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        (HeaderName::try_from(format!("spin-path-match-{name}")), value)
    });
    let captured: Vec<_> = captured
        .filter_map(|(name, value)| Some((name.ok()?, HeaderValue::try_from(value).ok()?)))
        .collect();
    let headers = request.headers_mut();
    for (name, value) in fixed {
        // As in Spin, a value that is not valid in a header is left out.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    for (name, value) in captured {
        headers.append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(version: Version, target: &str, hosts: &[&str]) -> Result<String, u16> {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        let mut request = request.body(()).unwrap();
        let default = Authority::from_static("127.0.0.1:3000");
        match normalize(&mut request, &default) {
            Ok(()) => Ok(request.uri().to_string()),
            Err(problem) => Err(problem.status.as_u16()),
        }
    }

    #[test]
    fn the_target_is_completed_with_the_host() {
        let ok = |target, host: &str| normalized(Version::HTTP_11, target, &[host]).unwrap();
        assert_eq!(ok("/a?b", "library.example:80"), "http://library.example:80/a?b");
        assert_eq!(ok("/", "[::1]:3000"), "http://[::1]:3000/");
        assert_eq!(ok("/", "under_score."), "http://under_score./");
        assert_eq!(ok("http://a.example/x", "b.example"), "http://a.example/x", "absolute wins");
        assert_eq!(ok("https://a.example", "a.example"), "http://a.example/");
    }

    #[test]
    fn http_1_0_needs_no_host() {
        assert_eq!(normalized(Version::HTTP_10, "/a", &[]).unwrap(), "http://127.0.0.1:3000/a");
        assert_eq!(normalized(Version::HTTP_10, "/a", &["b.c"]).unwrap(), "http://b.c/a");
        assert_eq!(normalized(Version::HTTP_11, "/a", &[]), Err(400));
        assert_eq!(normalized(Version::HTTP_11, "http://a.example/", &[]), Err(400));
    }

    #[test]
    fn invalid_hosts_are_refused() {
        for host in [
            "",
            ":80",
            "a b",
            "caf\u{e9}.example",
            "user@a.example",
            "a.example:x",
            "a.example:99999",
            "[::1",
            "[::g]",
            "::1",
            "a/b",
            "a,b",
            "%61.example",
            "catalog.spin.internal",
            "Catalog.Spin.Internal.:80",
        ] {
            assert_eq!(normalized(Version::HTTP_11, "/", &[host]), Err(400), "{host:?}");
            assert_eq!(normalized(Version::HTTP_10, "/", &[host]), Err(400), "{host:?}");
        }
        assert_eq!(normalized(Version::HTTP_11, "/", &["a", "a"]), Err(400), "twice");
        assert_eq!(normalized(Version::HTTP_11, "http://a.spin.internal/", &["a"]), Err(400));
    }

    #[test]
    fn odd_targets_are_refused() {
        assert_eq!(normalized(Version::HTTP_11, "books", &["a"]), Err(400));
        assert_eq!(normalized(Version::HTTP_11, "*", &["a"]), Err(400));
        assert_eq!(normalized(Version::HTTP_11, "ftp://a/", &["a"]), Err(400));
    }

    #[test]
    fn the_only_transfer_coding_is_chunked() {
        let check = |codings: &[&str]| {
            let mut request = Request::builder().header(HOST, "a");
            for coding in codings {
                request = request.header(TRANSFER_ENCODING, *coding);
            }
            let mut request = request.body(()).unwrap();
            let result = normalize(&mut request, &Authority::from_static("a"));
            result.map_err(|problem| problem.status.as_u16())
        };
        assert_eq!(check(&["chunked"]), Ok(()));
        assert_eq!(check(&["Chunked"]), Ok(()));
        for codings in [&["gzip, chunked"][..], &["gzip"], &["identity"], &["gzip", "chunked"]] {
            assert_eq!(check(codings), Err(501), "{codings:?}");
        }
    }
}

//! What Spin adds to a request and takes from it before a component sees it.
use std::net::SocketAddr;

use anyhow::{Context, ensure};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Uri,
    header::HOST,
    uri::{Authority, Scheme},
};

use crate::{outbound::component_of, routes::Match};

/// Removes a `Host` that only calls inside the app may have. What is left has no host at all, and is
/// refused by [`complete_uri`] unless its target names one.
pub fn strip_internal_host(headers: &mut HeaderMap) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if name.is_some_and(|name| component_of(name).is_some()) {
        headers.remove(HOST);
    }
}

/// Gives the request's URI the scheme and the authority that its target lacks.
///
/// # Errors
/// There is no host, or an invalid one, or the target and the `Host` header name different ones.
pub fn complete_uri<B>(request: &mut Request<B>) -> anyhow::Result<()> {
    let header = match request.headers().get(HOST) {
        Some(host) => {
            let host: Authority = host.to_str()?.parse().context("the Host header is not valid")?;
            Some(host)
        }
        None => None,
    };
    let mut parts = request.uri().clone().into_parts();
    ensure!(
        parts.authority.is_none() || header.is_none() || parts.authority == header,
        "the Host header is not the host of the request's target"
    );
    parts.authority = Some(parts.authority.or(header).context("the request names no host")?);
    parts.scheme = Some(Scheme::HTTP);
    parts.path_and_query.get_or_insert(http::uri::PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(())
}

/// Appends Spin's own headers. A client's headers of the same names stay before them, which is why
/// components must read the last one, as the Rust SDK does.
///
/// # Errors
/// A header of the request is not UTF-8: Spin refuses those too.
pub fn append_spin_headers<B>(
    request: &mut Request<B>,
    found: &Match,
    client: SocketAddr,
) -> anyhow::Result<()> {
    for (name, value) in request.headers() {
        std::str::from_utf8(value.as_bytes())
            .with_context(|| format!("the header {name} is not UTF-8"))?;
    }
    let host = match request.headers().get(HOST) {
        Some(host) => host.to_str()?,
        None => "localhost",
    };
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
    let captured = found.captures.iter().map(|(name, text)| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        (HeaderName::try_from(format!("spin-path-match-{name}")), text)
    });
    let captured: Vec<_> = captured
        .filter_map(|(name, text)| Some((name.ok()?, HeaderValue::try_from(text).ok()?)))
        .collect();
    let headers = request.headers_mut();
    for (name, value) in fixed {
        // As in Spin, a header whose value cannot be one is left out.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    for (name, value) in captured {
        headers.append(name, value);
    }
    Ok(())
}

//! Who may ask a service at all: whoever has the library's token, when it has one.

use http::{Request, header::AUTHORIZATION};
use subtle::ConstantTimeEq;

use crate::problem::{Problem, unauthorized};

/// Lets `request` pass or not. `token` is the one that every request has to bring
/// (`Authorization: Bearer …`, RFC 6750), empty where none is asked for. `/<service>/healthz` needs none:
/// what looks after the services asks there.
///
/// # Errors
/// 401.
pub fn check<B>(request: &Request<B>, token: &str) -> Result<(), Problem> {
    if token.is_empty() || asks_for_health(request.uri().path()) {
        return Ok(());
    }
    let given = request.headers().get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
    match given {
        // It takes the same time whichever byte is wrong, so that nobody finds them one by one.
        Some(given) if given.ct_eq(token.as_bytes()).into() => Ok(()),
        _ => Err(unauthorized("send `Authorization: Bearer` with the library's token")),
    }
}

fn asks_for_health(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next().is_some() && segments.eq(["healthz"])
}

/// The token in `Bearer <token>`. The scheme's name has no case (RFC 9110, 11.1).
fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = header.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(target: &str, authorization: Option<&str>, token: &str) -> u16 {
        let mut request = Request::builder().uri(target);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        check(&request.body(()).unwrap(), token).map_or_else(|p| p.status().as_u16(), |()| 200)
    }

    #[test]
    fn without_a_token_everybody_may_ask() {
        assert_eq!(status("/catdb", None, ""), 200);
        assert_eq!(status("/catdb", Some("Bearer other"), ""), 200);
    }

    #[test]
    fn with_one_only_who_has_it() {
        for right in ["Bearer s3cret", "bearer s3cret", "Bearer  s3cret "] {
            assert_eq!(status("/catdb", Some(right), "s3cret"), 200, "{right}");
        }
        for wrong in
            ["", "s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Basic s3cret"]
        {
            assert_eq!(status("/catdb", Some(wrong), "s3cret"), 401, "{wrong}");
        }
        assert_eq!(status("/catdb", None, "s3cret"), 401);
        assert_eq!(status("/nothing/here", None, "s3cret"), 401);
    }

    #[test]
    fn health_is_open_to_all_and_nothing_beside_it() {
        for target in ["/catdb/healthz", "/catdb/healthz/", "//borrow/healthz?x=1"] {
            assert_eq!(status(target, None, "s3cret"), 200, "{target}");
        }
        for target in
            ["/healthz", "/catdb/title/healthz", "/catdb/healthz/more", "/catdb/%68ealthz"]
        {
            assert_eq!(status(target, None, "s3cret"), 401, "{target}");
        }
    }
}

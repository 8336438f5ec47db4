//! The API token, and whether callers may see how answers are made.

use http::{HeaderMap, header::AUTHORIZATION};
use subtle::ConstantTimeEq;

use crate::{
    log,
    problem::{Problem, unauthorized, unavailable},
};

/// Checks that a request has the token as `Authorization: Bearer …` (RFC 6750). If `token` is empty, every request
/// passes. `/<service>/healthz` needs no token, because it is for monitoring.
///
/// # Errors
/// 401.
pub fn check_token(path: &str, headers: &HeaderMap, token: &str) -> Result<(), Problem> {
    if token.is_empty() || is_health(path) {
        return Ok(());
    }
    let mut given = headers.get_all(AUTHORIZATION).iter();
    // Of two headers, a proxy in front may have checked the other one.
    let only = given.next().filter(|_| given.next().is_none());
    match only.and_then(|value| bearer(value.as_bytes())) {
        // Constant time, so that a client cannot find the token byte by byte.
        Some(given) if given.ct_eq(token.as_bytes()).into() => Ok(()),
        _ => Err(unauthorized("send `Authorization: Bearer` with the library's token")),
    }
}

/// Whether this value of the variable `show_work` lets callers see how answers are made.
///
/// # Errors
/// 503 when it is neither true nor false, or when it is true although an API token guards the services.
pub fn may_show_work(value: &str, token: &str) -> Result<bool, Problem> {
    let why = match value.trim() {
        "false" => return Ok(false),
        "true" if token.is_empty() => return Ok(true),
        "true" => {
            "the variable `show_work` can't be true while `api_token` is set, because it shows \
            everyone how answers are made; set one of the two"
        }
        _ => "the variable `show_work` must be true or false",
    };
    log::error("invalid variable", why);
    Err(unavailable(why, 30))
}

pub(crate) fn is_health(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next().is_some() && segments.eq(["healthz"])
}

/// The token in `Bearer <token>`. The scheme ignores case (RFC 9110, 11.1).
fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = header.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(target: &str, authorization: Option<&str>, token: &str) -> u16 {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        check_token(target, &headers, token).map_or_else(|p| p.status().as_u16(), |()| 200)
    }

    #[test]
    fn work_is_shown_only_without_a_token() {
        assert_eq!(may_show_work(" true\n", ""), Ok(true));
        assert_eq!(may_show_work("false", "s3cret"), Ok(false));
        for (value, token, part) in [("true", "s3cret", "`api_token` is set"), ("", "", "true or")]
        {
            let problem = may_show_work(value, token).unwrap_err();
            assert_eq!(problem.status(), 503);
            let body = String::from_utf8(problem.into_response().into_body()).unwrap();
            assert!(body.contains("`show_work`") && body.contains(part), "{body}");
            assert!(!body.contains("s3cret"), "{body}");
        }
    }

    #[test]
    fn without_a_token_the_services_are_open() {
        assert_eq!(status("/catdb", None, ""), 200);
        assert_eq!(status("/catdb", Some("Bearer other"), ""), 200);
    }

    #[test]
    fn with_a_token_every_request_must_bring_it() {
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
    fn only_health_needs_no_token() {
        for target in ["/catdb/healthz", "/catdb/healthz/", "//borrow/healthz"] {
            assert_eq!(status(target, None, "s3cret"), 200, "{target}");
        }
        for target in
            ["/healthz", "/catdb/title/healthz", "/catdb/healthz/more", "/catdb/%68ealthz"]
        {
            assert_eq!(status(target, None, "s3cret"), 401, "{target}");
        }
    }
}

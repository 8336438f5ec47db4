//! The header `Idempotency-Key`: requests with the same key take effect once.

use http::{HeaderName, Request};

use crate::problem::{Problem, bad_request};

/// The header's name.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of `request`: 1 to 64 visible ASCII characters, for example a UUID.
///
/// # Errors
/// 400 if it is malformed or given twice.
pub fn idempotency_key<B>(request: &Request<B>) -> Result<Option<&str>, Problem> {
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    let is_valid = (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_valid || values.next().is_some() {
        return Err(bad_request("`Idempotency-Key` must be 1 to 64 visible ASCII characters"));
    }
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_visible_and_given_once() {
        let request = |keys: &[&str]| {
            let header = |request: http::request::Builder, key: &&str| {
                request.header(IDEMPOTENCY_KEY, key.as_bytes())
            };
            keys.iter().fold(Request::builder(), header).body(()).unwrap()
        };
        assert_eq!(idempotency_key(&request(&[])), Ok(None));
        let longest = "~".repeat(64);
        for valid in ["1", "0b5fa9c2-7c1e-4b6e-9d53-1f1a4a5f8a11", &longest] {
            assert_eq!(idempotency_key(&request(&[valid])), Ok(Some(valid)));
        }
        for invalid in [&["a b"][..], &[""], &["é"], &["a", "a"], &[&"a".repeat(65)]] {
            assert_eq!(
                idempotency_key(&request(invalid)).unwrap_err().status(),
                400,
                "{invalid:?}"
            );
        }
    }
}

//! The header `Idempotency-Key`: a client's name for what it wants once, however often it has to ask.

use http::{HeaderName, Request};

use crate::problem::{Problem, bad_request};

/// The header's name.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key that `request` came with: 1 to 64 visible ASCII characters, a UUID for example.
///
/// # Errors
/// 400 when it has another shape or is there twice.
pub fn key_of<B>(request: &Request<B>) -> Result<Option<&str>, Problem> {
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    let is_fit = (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_fit || values.next().is_some() {
        return Err(bad_request("`Idempotency-Key` must be 1 to 64 visible ASCII characters"));
    }
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible_and_there_once() {
        let request = |keys: &[&str]| {
            let header = |request: http::request::Builder, key: &&str| {
                request.header(IDEMPOTENCY_KEY, key.as_bytes())
            };
            keys.iter().fold(Request::builder(), header).body(()).unwrap()
        };
        assert_eq!(key_of(&request(&[])), Ok(None));
        let longest = "~".repeat(64);
        for fit in ["1", "0b5fa9c2-7c1e-4b6e-9d53-1f1a4a5f8a11", &longest] {
            assert_eq!(key_of(&request(&[fit])), Ok(Some(fit)));
        }
        for unfit in [&["a b"][..], &[""], &["é"], &["a", "a"], &[&"a".repeat(65)]] {
            assert_eq!(key_of(&request(unfit)).unwrap_err().status(), 400, "{unfit:?}");
        }
    }
}

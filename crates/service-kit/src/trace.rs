//! A request's name, the same in the log of every service it comes by.

use http::{HeaderName, HeaderValue, Request};

/// Where the name is, in requests and in answers.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives `request` a name if the caller did not give it a fit one (1 to 64 of `A-Z a-z 0-9 -`), and
/// returns it. What is logged is then no caller's free text.
pub fn named<B>(request: &mut Request<B>, random: impl FnOnce() -> u128) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID).filter(|value| is_fit(value.as_bytes())).cloned();
    let name = given.unwrap_or_else(|| {
        // Hexadecimal digits are fit for every header.
        HeaderValue::from_str(&format!("{:032x}", random()))
            .unwrap_or_else(|_| HeaderValue::from_static("unnamed"))
    });
    request.headers_mut().insert(REQUEST_ID, name.clone());
    name
}

/// The name that [`named`] gave `request`.
pub fn name_of<B>(request: &Request<B>) -> &str {
    request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn is_fit(name: &[u8]) -> bool {
    (1..=64).contains(&name.len())
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_name_is_kept_and_any_other_replaced() {
        let name = |given: &str| {
            let mut request = Request::builder().header(REQUEST_ID, given).body(()).unwrap();
            let name = named(&mut request, || 7);
            assert_eq!(name_of(&request), name);
            name
        };
        assert_eq!(name("0b5f-A9"), "0b5f-A9");
        let longest = "a".repeat(64);
        assert_eq!(name(&longest), longest);
        for unfit in ["", "a b", "a\"b", "a_b", &"a".repeat(65)] {
            assert_eq!(name(unfit), "00000000000000000000000000000007", "{unfit}");
        }
        assert_eq!(named(&mut Request::new(()), || 7), "00000000000000000000000000000007");
    }
}

//! The CSRF token and the Idempotency-Key of a form.
//!
//! Both are keyed hashes of a secret cookie, so only a page for that cookie's holder can contain them. The login form
//! has no session yet; its token belongs to a separate cookie, [`Cookie::LoginCsrf`].
//!
//! [`Cookie::LoginCsrf`]: crate::cookies::Cookie::LoginCsrf

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac, digest::Key};
use sha2::{Digest, Sha256};

/// A random id in base64url, for the value of a login cookie or the key of a rendered page.
pub(crate) fn random_id(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// The CSRF token for forms shown to the holder of `cookie`.
pub(crate) fn csrf_token(cookie: &str) -> String {
    keyed_hash(cookie, "form")
}

/// Whether `token` is the CSRF token for `cookie`. Takes the same time for every wrong token.
pub(crate) fn is_csrf_token(cookie: &str, token: &str) -> bool {
    let token = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    mac(cookie, "form").verify_slice(&token).is_ok()
}

/// The Idempotency-Key of `action`, for example `borrow 7`, on one rendered page of a login session.
pub(crate) fn idempotency_key(session: &str, page_key: &str, action: &str) -> String {
    keyed_hash(session, &format!("{page_key} {action}"))
}

fn keyed_hash(cookie: &str, purpose: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(cookie, purpose).finalize().into_bytes())
}

fn mac(cookie: &str, purpose: &str) -> Hmac<Sha256> {
    let mut key = Key::<Hmac<Sha256>>::default();
    key[..32].copy_from_slice(&Sha256::digest(cookie));
    Hmac::<Sha256>::new(&key).chain_update(purpose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_for_its_own_cookie_only() {
        let token = csrf_token("one");
        assert!(is_csrf_token("one", &token));
        for (cookie, token) in [("two", token.as_str()), ("one", ""), ("one", "x"), ("one", "%")] {
            assert!(!is_csrf_token(cookie, token), "{cookie} {token}");
        }
        assert_ne!(idempotency_key("one", "form", ""), token);
    }

    #[test]
    fn each_action_has_its_own_idempotency_key() {
        assert_ne!(
            idempotency_key("one", "page", "borrow 1"),
            idempotency_key("one", "page", "borrow 2")
        );
    }
}

//! Who is asking: the cookies that say so, and the tokens that tie a form to its reader.
//!
//! The session itself is a row behind the patrons service; the browser only has its random name. A form
//! carries a token that is derived from that name, so it can't be made by anyone who does not have the
//! cookie. The login form, which comes before any session, is tied to a cookie of its own.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac, digest::Key};
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use sha2::{Digest, Sha256};

/// Most bytes of a cookie that we set; a longer one isn't ours.
const LONGEST: usize = 4096;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The name of a session.
    Session,
    /// What the login form is tied to.
    Visit,
    /// What the next page is to say.
    Flash,
}

/// How cookies are written: whether the browser comes over https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookies {
    pub(crate) secure: bool,
}

impl Cookies {
    /// A name with `__Host-` is one that browsers take from this very host only, over https and for every path.
    fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.secure) {
            (Cookie::Session, false) => "session",
            (Cookie::Session, true) => "__Host-session",
            (Cookie::Visit, false) => "visit",
            (Cookie::Visit, true) => "__Host-visit",
            (Cookie::Flash, false) => "flash",
            (Cookie::Flash, true) => "__Host-flash",
        }
    }

    /// The value that the browser sent, if any.
    pub(crate) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<String> {
        let name = self.name(cookie);
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = pairs.flat_map(|pairs| pairs.split(';')).filter_map(|p| p.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
        let value = value.trim();
        (!value.is_empty() && value.len() <= LONGEST).then(|| value.to_owned())
    }

    /// Has the browser keep `value` until it is closed. `value` is of base64's letters.
    pub(crate) fn set(self, headers: &mut HeaderMap, cookie: Cookie, value: &str) {
        self.write(headers, cookie, value, "");
    }

    /// Has the browser forget the cookie.
    pub(crate) fn clear(self, headers: &mut HeaderMap, cookie: Cookie) {
        self.write(headers, cookie, "", "; Max-Age=0");
    }

    fn write(self, headers: &mut HeaderMap, cookie: Cookie, value: &str, age: &str) {
        let secure = if self.secure { "; Secure" } else { "" };
        let name = self.name(cookie);
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        match HeaderValue::from_str(&line) {
            Ok(value) => drop(headers.append(SET_COOKIE, value)),
            Err(error) => eprintln!("fault: the cookie {name}: {error}"),
        }
    }
}

/// A fresh value for [`Cookie::Visit`].
pub(crate) fn visit(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// What a form has to bring whose reader has `cookie`, the value of a session's or a visit's cookie.
pub(crate) fn form_token(cookie: &str) -> String {
    derived(cookie, "form")
}

/// Whether `given` is the token for `cookie`. It takes the same time whatever is wrong with it.
pub(crate) fn is_form_token(cookie: &str, given: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
    mac(cookie, "form").verify_slice(&given).is_ok()
}

/// The Idempotency-Key of a form: of this session, the page it stood on, what it does and to what.
pub(crate) fn idempotency_key(session: &str, page: &str, deed: &str) -> String {
    derived(session, &format!("{page} {deed}"))
}

fn derived(cookie: &str, purpose: &str) -> String {
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

    const PLAIN: Cookies = Cookies { secure: false };
    const SECURE: Cookies = Cookies { secure: true };

    #[test]
    fn a_cookie_says_what_browsers_may_do_with_it() {
        let mut headers = HeaderMap::new();
        PLAIN.set(&mut headers, Cookie::Session, "abc");
        SECURE.set(&mut headers, Cookie::Session, "abc");
        PLAIN.clear(&mut headers, Cookie::Flash);
        let lines: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(lines[0], "session=abc; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(lines[1], "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(lines[2], "flash=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xsession=no; session=abc ; flash="));
        headers.append(COOKIE, HeaderValue::from_static("visit=v"));
        assert_eq!(PLAIN.read(&headers, Cookie::Session).as_deref(), Some("abc"));
        assert_eq!(PLAIN.read(&headers, Cookie::Visit).as_deref(), Some("v"));
        assert_eq!(PLAIN.read(&headers, Cookie::Flash), None);
        assert_eq!(SECURE.read(&headers, Cookie::Session), None);
    }

    #[test]
    fn a_form_is_tied_to_one_cookie() {
        let token = form_token("one");
        assert!(is_form_token("one", &token));
        for (cookie, given) in [("two", token.as_str()), ("one", ""), ("one", "x"), ("one", "%")] {
            assert!(!is_form_token(cookie, given), "{cookie} {given}");
        }
        assert_ne!(idempotency_key("one", "form", ""), token);
        assert_ne!(
            idempotency_key("one", "page", "borrow 1"),
            idempotency_key("one", "page", "borrow 2")
        );
    }
}

//! The pages' cookies.
//!
//! A session is a row of the patrons service; the browser has only its random token.

use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use service_kit::log;

/// The longest cookie value that we set, in bytes. Longer ones are not ours.
const MAX_LENGTH: usize = 4096;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The token of a session.
    Session,
    /// The secret behind the CSRF token of the login form.
    LoginCsrf,
    /// The notice that the next page shows.
    Flash,
    /// A form that was sent after the session had ended.
    Draft,
    /// The language of the pages.
    Language,
    /// The work of the form before this page.
    Work,
    /// The services that the visitor has broken for themselves.
    Lab,
}

/// Reads and sets cookies, with the protection that the connection supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookies {
    /// Whether browsers connect over HTTPS.
    pub(crate) secure: bool,
}

impl Cookies {
    /// Browsers accept a `__Host-` cookie only over HTTPS, from this exact host, for every path.
    fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.secure) {
            (Cookie::Session, false) => "session",
            (Cookie::Session, true) => "__Host-session",
            (Cookie::LoginCsrf, false) => "login_csrf",
            (Cookie::LoginCsrf, true) => "__Host-login_csrf",
            (Cookie::Flash, false) => "flash",
            (Cookie::Flash, true) => "__Host-flash",
            (Cookie::Draft, false) => "draft",
            (Cookie::Draft, true) => "__Host-draft",
            (Cookie::Language, false) => "language",
            (Cookie::Language, true) => "__Host-language",
            (Cookie::Work, false) => "work",
            (Cookie::Work, true) => "__Host-work",
            (Cookie::Lab, false) => "lab",
            (Cookie::Lab, true) => "__Host-lab",
        }
    }

    /// The value that the browser sent, if any.
    ///
    /// Reads bytes, because browsers also send the cookies of other programs on this host, which may contain any bytes.
    pub(crate) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<String> {
        let name = self.name(cookie).as_bytes();
        let pairs = headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii));
        let mut values = pairs.filter_map(|pair| {
            let (key, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=')?);
            (key.trim_ascii() == name).then(|| value[1..].trim_ascii())
        });
        let value = values.next()?;
        let is_ours = !value.is_empty() && value.len() <= MAX_LENGTH && value.is_ascii();
        str::from_utf8(value).ok().filter(|_| is_ours).map(str::to_owned)
    }

    /// Sets a cookie that lasts until the browser closes. `value` has only characters of base64url.
    pub(crate) fn set(self, headers: &mut HeaderMap, cookie: Cookie, value: &str) {
        self.write(headers, cookie, value, "");
    }

    /// Sets a cookie that lasts for a year. `value` has only characters of base64url.
    pub(crate) fn set_for_a_year(self, headers: &mut HeaderMap, cookie: Cookie, value: &str) {
        self.write(headers, cookie, value, "; Max-Age=31536000");
    }

    /// Deletes a cookie.
    pub(crate) fn clear(self, headers: &mut HeaderMap, cookie: Cookie) {
        self.write(headers, cookie, "", "; Max-Age=0");
    }

    fn write(self, headers: &mut HeaderMap, cookie: Cookie, value: &str, age: &str) {
        let secure = if self.secure { "; Secure" } else { "" };
        let name = self.name(cookie);
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        match HeaderValue::from_str(&line) {
            Ok(value) => drop(headers.append(SET_COOKIE, value)),
            Err(error) => log::error(name, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Cookies = Cookies { secure: false };
    const SECURE: Cookies = Cookies { secure: true };

    #[test]
    fn cookies_have_the_protective_attributes() {
        let mut headers = HeaderMap::new();
        PLAIN.set(&mut headers, Cookie::Session, "abc");
        SECURE.set(&mut headers, Cookie::Session, "abc");
        PLAIN.clear(&mut headers, Cookie::Flash);
        PLAIN.set_for_a_year(&mut headers, Cookie::Language, "de");
        let lines: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(lines[0], "session=abc; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(lines[1], "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(lines[2], "flash=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        assert_eq!(lines[3], "language=de; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xsession=no; session=abc ; flash="));
        headers.append(COOKIE, HeaderValue::from_static("login_csrf=v"));
        assert_eq!(PLAIN.read(&headers, Cookie::Session).as_deref(), Some("abc"));
        assert_eq!(PLAIN.read(&headers, Cookie::LoginCsrf).as_deref(), Some("v"));
        assert_eq!(PLAIN.read(&headers, Cookie::Flash), None);
        assert_eq!(SECURE.read(&headers, Cookie::Session), None);
    }

    #[test]
    fn cookies_of_other_programs_do_not_hide_ours() {
        for other in ["theme=caf\u{e9}", "a=\u{1f4da}", "x", "=", "; ;", "bin=\t\"", "session"] {
            for line in [format!("{other}; session=abc"), format!("session=abc; {other}")] {
                let mut headers = HeaderMap::new();
                headers.append(COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
                assert_eq!(PLAIN.read(&headers, Cookie::Session).as_deref(), Some("abc"), "{line}");
            }
        }
        let mut latin1 = HeaderMap::new();
        latin1.append(COOKIE, HeaderValue::from_bytes(b"theme=caf\xe9; session=abc").unwrap());
        assert_eq!(PLAIN.read(&latin1, Cookie::Session).as_deref(), Some("abc"));
        let mut not_ours = HeaderMap::new();
        not_ours.append(COOKIE, HeaderValue::from_bytes(b"session=caf\xe9").unwrap());
        assert_eq!(PLAIN.read(&not_ours, Cookie::Session), None);
    }
}

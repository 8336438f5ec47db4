//! Drafts: a form that was sent after the session had ended is filled in again after the login.
//!
//! A draft is in a cookie of this browser, without CSRF token and PIN, until the next page of the desk.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use service_kit::body::Body;

use crate::form::Form;

/// The longest form in bytes whose draft fits into a cookie of 4096 bytes.
const MAX_LENGTH: usize = 2800;

/// Fields that are not part of a draft.
const OMITTED: [&str; 4] = ["csrf_token", "key", "pin", "new_pin"];

/// The cookie's value for a form that was sent to `path`; `None` if no field is filled in or the value is too long.
pub(crate) fn to_cookie(path: &str, body: &Body) -> Option<String> {
    let Body::Complete(bytes) = body else { return None };
    let body = str::from_utf8(bytes).ok()?;
    let is_kept = |pair: &&str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !OMITTED.contains(&name) && !value.is_empty()
    };
    let fields: Vec<_> = body.split('&').filter(is_kept).collect();
    let draft = format!("{path}\n{}", fields.join("&"));
    let is_worth_it = !fields.is_empty() && draft.len() <= MAX_LENGTH;
    is_worth_it.then(|| URL_SAFE_NO_PAD.encode(draft))
}

/// The form in a cookie's value, if it was sent to `path`.
pub(crate) fn from_cookie(value: &str, path: &str) -> Option<Form> {
    let draft = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let (sent_to, fields) = draft.split_once('\n')?;
    if sent_to == path { Form::parse(fields).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_has_the_typed_fields_for_its_own_page_only() {
        let body =
            Body::Complete(b"title=War+%26+Peace&csrf_token=t&key=k&new_pin=123456&a=".into());
        let cookie = to_cookie("/administrator/books", &body).unwrap();
        let form = from_cookie(&cookie, "/administrator/books").unwrap();
        assert_eq!(form.text("title"), Ok("War & Peace"));
        for omitted in ["csrf_token", "key", "new_pin"] {
            assert_eq!(form.text(omitted), Ok(""), "{omitted}");
        }
        assert!(from_cookie(&cookie, "/administrator/patrons").is_none());
        assert!(from_cookie("x", "/administrator/books").is_none());
    }

    #[test]
    fn a_draft_that_does_not_fit_into_a_cookie_is_not_kept() {
        for body in [b"csrf_token=t".to_vec(), format!("title={}", "x".repeat(3000)).into_bytes()] {
            assert_eq!(to_cookie("/administrator/books", &Body::Complete(body)), None);
        }
        assert_eq!(to_cookie("/administrator/books", &Body::TooLarge), None);
    }
}

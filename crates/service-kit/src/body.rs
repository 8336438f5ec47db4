//! What a request carries: a JSON object, read key by key, so that each mistake is named where it is.

use http::{Request, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::problem::{Problem, bad_request, too_large, unsupported_type};

/// Most bytes a body may have.
pub const LARGEST: usize = 64 * 1024;

/// A request's body as it came in, before anybody knows whether it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// All of it, at most [`LARGEST`] bytes.
    Whole(Vec<u8>),
    /// It is longer than that, and was read no further.
    TooLarge,
    /// It broke off.
    Broken,
}

/// A JSON object in a body, and what leads to it: `borrow`, `borrow.limits`.
#[derive(Debug)]
pub struct Object {
    path: String,
    keys: Map<String, Value>,
}

impl Object {
    /// The object that is the whole body of `request`.
    ///
    /// # Errors
    /// 415 when it is not said to be JSON, 413 when it is too long, 400 when it is no JSON object.
    pub fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        // Parameters, as `; charset=utf-8`, change nothing: JSON is UTF-8.
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/json") {
            return Err(unsupported_type("send the content type application/json"));
        }
        let bytes = match request.body() {
            Body::Whole(bytes) => bytes,
            Body::TooLarge => {
                return Err(too_large(format!("a body has at most {LARGEST} bytes")));
            }
            Body::Broken => return Err(bad_request("the body broke off")),
        };
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(keys)) => Ok(Self { path: String::new(), keys }),
            Ok(_) => Err(bad_request("the body must be a JSON object")),
            Err(error) => Err(bad_request(format!("the body is not JSON: {error}"))),
        }
    }

    /// The object called `key`.
    ///
    /// # Errors
    /// 400 that names it when it is not there or no object.
    pub fn object(&self, key: &str) -> Result<Self, Problem> {
        self.optional_object(key)?.ok_or_else(|| self.problem(key, "an object"))
    }

    /// The object called `key`, if it is there and not null.
    ///
    /// # Errors
    /// 400 that names it when it is something else.
    pub fn optional_object(&self, key: &str) -> Result<Option<Self>, Problem> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(keys)) => {
                Ok(Some(Self { path: self.name(key), keys: keys.clone() }))
            }
            Some(_) => Err(self.problem(key, "an object")),
        }
    }

    /// The value called `key`; `shape` says what it should be: `a whole number from 1`.
    ///
    /// # Errors
    /// 400 that names it when it is not there or of another shape.
    pub fn required<T: DeserializeOwned>(&self, key: &str, shape: &str) -> Result<T, Problem> {
        let value = self.keys.get(key).and_then(|value| T::deserialize(value).ok());
        value.ok_or_else(|| self.problem(key, shape))
    }

    /// The value called `key`, if it is there and not null; `shape` says what it should be.
    ///
    /// # Errors
    /// 400 that names it when it is of another shape.
    pub fn optional<T: DeserializeOwned>(
        &self,
        key: &str,
        shape: &str,
    ) -> Result<Option<T>, Problem> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value).map(Some).map_err(|_| self.problem(key, shape)),
        }
    }

    /// The text called `key` without the blanks around it: 1 to `most` characters as [`is_line`] has them.
    ///
    /// # Errors
    /// 400 that names it when it is something else.
    pub fn line(&self, key: &str, most: usize) -> Result<String, Problem> {
        let shape = format!("a text of 1 to {most} characters");
        let text: String = self.required(key, &shape)?;
        let text = text.trim();
        if is_line(text, most) { Ok(text.to_owned()) } else { Err(self.problem(key, &shape)) }
    }

    /// 400: what is called `key` must be `shape`.
    pub fn problem(&self, key: &str, shape: &str) -> Problem {
        bad_request(format!("`{}` must be {shape}", self.name(key)))
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// Whether `text` is 1 to `most` characters, all on one line, with a letter, a digit or an ASCII sign among them: what
/// else there is may be invisible, and to the database's collation some of it is no text at all.
pub fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.chars().any(|letter| letter.is_alphanumeric() || letter.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: Body) -> Request<Body> {
        Request::builder().header(CONTENT_TYPE, content_type).body(body).unwrap()
    }

    fn json(text: &str) -> Result<Object, Problem> {
        Object::read(&request("application/json", Body::Whole(text.into())))
    }

    #[test]
    fn only_what_is_said_to_be_json_is_read() {
        let body = || Body::Whole(b"{}".to_vec());
        for fine in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
            assert!(Object::read(&request(fine, body())).is_ok(), "{fine}");
        }
        for other in ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", ""] {
            assert_eq!(Object::read(&request(other, body())).unwrap_err().status(), 415, "{other}");
        }
        let untold = Request::new(body());
        assert_eq!(Object::read(&untold).unwrap_err().status(), 415);
    }

    #[test]
    fn a_body_that_is_too_long_or_no_object_is_refused() {
        let status = |body| Object::read(&request("application/json", body)).unwrap_err().status();
        assert_eq!(status(Body::TooLarge), 413);
        assert_eq!(status(Body::Broken), 400);
        for text in ["", "[]", "7", "null", "\"{}\"", "{", "{}}", "{\"a\":1,}"] {
            assert_eq!(json(text).unwrap_err().status(), 400, "{text}");
        }
        assert_eq!(status(Body::Whole(b"{\"a\":\"\xff\"}".to_vec())), 400);
    }

    #[test]
    fn a_line_has_a_length_and_no_line_breaks() {
        let body = json(r#"{"a": " Zoë ", "b": " ", "c": "1234", "d": "x\ny", "e": 7}"#).unwrap();
        assert_eq!(body.line("a", 3).as_deref(), Ok("Zoë"));
        for key in ["b", "c", "d", "e", "f"] {
            let problem = body.line(key, 3).unwrap_err();
            assert_eq!(
                problem,
                bad_request(format!("`{key}` must be a text of 1 to 3 characters"))
            );
        }
    }

    #[test]
    fn a_line_has_something_to_see() {
        for fit in ["?", "7", "紅樓夢", "C\u{327}", "a\u{200b}"] {
            assert!(is_line(fit, 3), "{fit:?}");
        }
        // A space of no width, an accent on nothing, a hyphen that is not there, the other direction.
        for invisible in ["\u{200b}", "\u{301}", "\u{ad}", "\u{202e}\u{202c}", "\u{a0}", ""] {
            assert!(!is_line(invisible, 3), "{invisible:?}");
        }
    }

    #[test]
    fn a_missing_or_mistyped_key_is_named() {
        let body = json(r#"{"borrow": {"book_id": "7", "n": null}, "list": []}"#).unwrap();
        let borrow = body.object("borrow").unwrap();
        let named = |problem: Problem, text: &str| assert_eq!(problem, bad_request(text));
        named(
            borrow.required::<i64>("book_id", "a number").unwrap_err(),
            "`borrow.book_id` must be a number",
        );
        named(
            borrow.required::<i64>("other", "a number").unwrap_err(),
            "`borrow.other` must be a number",
        );
        named(body.object("return").unwrap_err(), "`return` must be an object");
        named(body.object("list").unwrap_err(), "`list` must be an object");
        assert_eq!(borrow.required::<Option<i64>>("n", "a number or null"), Ok(None));
        assert_eq!(borrow.optional::<i64>("n", "a number or null"), Ok(None));
        assert_eq!(borrow.optional::<i64>("absent", "a number or null"), Ok(None));
        assert!(borrow.optional::<i64>("book_id", "a number or null").is_err());
        assert!(borrow.required::<Option<i64>>("absent", "a number or null").is_err());
        assert!(borrow.optional_object("limits").unwrap().is_none());
    }
}

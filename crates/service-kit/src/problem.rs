//! What a service answers when it cannot do what was asked. HTTP statuses are chosen here and nowhere else.
//!
//! The body is `{"error": "Not found", "detail": "there is no book with the id 99"}`: the first is stable
//! and for programs, the second is a sentence for people.

use std::fmt::Display;

use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use crate::database::DatabaseError;

/// A request that was not answered with what it asked for, made by the functions of this module.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    /// Which of several reasons, in a word that stays the same.
    reason: Option<&'static str>,
    detail: String,
    /// Seconds after which it is worth asking again.
    retry_after: Option<u16>,
}

fn problem(status: StatusCode, detail: impl Into<String>) -> Problem {
    Problem { status, reason: None, detail: detail.into(), retry_after: None }
}

/// The client's request makes no sense: 400. `detail` says which part of it, and what would.
pub fn bad_request(detail: impl Into<String>) -> Problem {
    problem(StatusCode::BAD_REQUEST, detail)
}

/// The client does not show that it may ask: 401. `detail` says what it has to bring.
pub fn unauthorized(detail: impl Into<String>) -> Problem {
    problem(StatusCode::UNAUTHORIZED, detail)
}

/// There is nothing at this path, or nothing that answers this method: 404.
pub fn not_found(detail: impl Into<String>) -> Problem {
    problem(StatusCode::NOT_FOUND, detail)
}

/// It does not go with what is there already: 409. `reason` is the code of a rule that says no.
pub fn conflict(reason: Option<&'static str>, detail: impl Into<String>) -> Problem {
    Problem { reason, ..problem(StatusCode::CONFLICT, detail) }
}

/// It has been tried too often: 429, and when to try again (`retry_after`, in seconds).
pub fn too_many(reason: &'static str, detail: impl Into<String>, retry_after: u16) -> Problem {
    let retry_after = Some(retry_after);
    let reason = Some(reason);
    Problem { reason, retry_after, ..problem(StatusCode::TOO_MANY_REQUESTS, detail) }
}

/// The body is longer than we read: 413.
pub fn too_large(detail: impl Into<String>) -> Problem {
    problem(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The body is of a type we don't read: 415.
pub fn unsupported_type(detail: impl Into<String>) -> Problem {
    problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// What a client asked for, to be repeated in a `detail`: in backticks and no longer than it takes to
/// be recognised, or else we would send back whatever length came in.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// It would work another time: 503, and when to try again (`retry_after`, in seconds).
pub fn unavailable(detail: impl Into<String>, retry_after: u16) -> Problem {
    Problem { retry_after: Some(retry_after), ..problem(StatusCode::SERVICE_UNAVAILABLE, detail) }
}

/// Something broke that nobody asked for: 500. The cause goes to the log and only there.
pub fn fault(cause: impl Display) -> Problem {
    eprintln!("fault: {cause}");
    let detail = "something broke here; its cause is in this service's log";
    problem(StatusCode::INTERNAL_SERVER_ERROR, detail)
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unreachable(_) => {
                eprintln!("{error}");
                unavailable("the database cannot be reached", 5)
            }
            DatabaseError::NotReady(_) => {
                eprintln!("{error}");
                unavailable("the database is not set up yet", 5)
            }
            DatabaseError::Contention(_) => {
                eprintln!("{error}");
                unavailable("too many requests want the same rows", 1)
            }
            DatabaseError::Duplicate { .. } | DatabaseError::Fault(_) => fault(error),
        }
    }
}

impl Problem {
    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer as JSON.
    pub fn into_response(self) -> Response<Vec<u8>> {
        let body = Body { error: name(self.status), reason: self.reason, detail: &self.detail };
        let mut response = Response::new(serde_json::to_vec(&body).unwrap_or_default());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    detail: &'a str,
}

/// The status in words, as the contract spells it: `Not found`, not HTTP's `Not Found`.
fn name(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        other => other.canonical_reason().unwrap_or("Error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(response: &Response<Vec<u8>>) -> &str {
        str::from_utf8(response.body()).unwrap()
    }

    #[test]
    fn a_problem_is_json_with_a_stable_name_and_a_sentence() {
        let response = not_found("there is no book \"9\"").into_response();
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(body(&response), r#"{"error":"Not found","detail":"there is no book \"9\""}"#);
        assert!(!response.headers().contains_key(RETRY_AFTER));
    }

    #[test]
    fn a_refusal_has_a_reason_beside_its_sentence() {
        let response = conflict(Some("no_copy_left"), "Every copy is on loan.").into_response();
        assert_eq!(response.status(), 409);
        assert_eq!(
            body(&response),
            r#"{"error":"Conflict","reason":"no_copy_left","detail":"Every copy is on loan."}"#
        );
    }

    #[test]
    fn who_has_to_show_something_is_told_how() {
        let response = unauthorized("send the token").into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn what_was_asked_for_is_repeated_only_so_far() {
        assert_eq!(quoted("Ångström"), "`Ångström`");
        assert_eq!(quoted(&"é".repeat(100)), format!("`{}`", "é".repeat(100)));
        assert_eq!(quoted(&"é".repeat(101)), format!("`{}…`", "é".repeat(100)));
    }

    #[test]
    fn a_lost_database_is_503_and_says_when_to_try_again() {
        let lost = DatabaseError::Unreachable("mysql://catalog:secret@db/catalogdb refused".into());
        let response = Problem::from(lost).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        assert!(body(&response).contains(r#""error":"Service Unavailable""#));
        assert!(!body(&response).contains("secret"));
    }

    #[test]
    fn a_database_that_is_still_being_set_up_is_503_too() {
        let response =
            Problem::from(DatabaseError::NotReady("no such table".into())).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
    }

    #[test]
    fn a_fault_tells_the_outside_nothing() {
        for error in [
            DatabaseError::Fault("SELECT title FROM books: no such table".into()),
            DatabaseError::Duplicate { constraint: "one_card".into(), message: "BUFFALO".into() },
        ] {
            let response = Problem::from(error).into_response();
            assert_eq!(response.status(), 500);
            for secret in ["SELECT", "books", "one_card", "BUFFALO"] {
                assert!(!body(&response).contains(secret), "{secret}");
            }
        }
    }
}

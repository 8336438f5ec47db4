//! Error answers. The only module that chooses HTTP error statuses.
//!
//! The body is `{"error": "Not found", "detail": "there is no book with the id 99"}`: `error` is stable and for
//! programs, `detail` is a sentence for people.

use std::fmt::Display;

use contract::{ErrorBody, query::InvalidParameter};
use domain::Refusal;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use crate::{database::DatabaseError, log};

/// An error answer. This module's functions create them.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    body: Box<ErrorBody>,
    /// Seconds after which a retry may work.
    retry_after: Option<u16>,
}

fn problem(status: StatusCode, detail: impl Into<String>) -> Problem {
    let error = name(status).to_owned();
    let body = ErrorBody { error, detail: detail.into(), ..ErrorBody::default() };
    Problem { status, body: Box::new(body), retry_after: None }
}

/// The request is invalid: 400. `detail` names the part and what it must be.
pub fn bad_request(detail: impl Into<String>) -> Problem {
    problem(StatusCode::BAD_REQUEST, detail)
}

/// The request lacks the API token: 401. `detail` says what to send.
pub fn unauthorized(detail: impl Into<String>) -> Problem {
    problem(StatusCode::UNAUTHORIZED, detail)
}

/// The sender lacks the right to do this: 403.
pub fn forbidden(detail: impl Into<String>) -> Problem {
    problem(StatusCode::FORBIDDEN, detail)
}

/// The resource or endpoint does not exist: 404.
pub fn not_found(detail: impl Into<String>) -> Problem {
    problem(StatusCode::NOT_FOUND, detail)
}

/// The body did not arrive in time: 408.
pub fn request_timeout(detail: impl Into<String>) -> Problem {
    problem(StatusCode::REQUEST_TIMEOUT, detail)
}

/// The request conflicts with the present state: 409. `reason` is the code of the rule.
pub fn conflict(reason: Option<&str>, detail: impl Into<String>) -> Problem {
    problem(StatusCode::CONFLICT, detail).with(|body| body.reason = reason.map(str::to_owned))
}

/// A lending rule refuses the request: 409.
pub fn refused(refusal: Refusal) -> Problem {
    conflict(Some(refusal.code()), refusal.message())
}

/// Too many attempts: 429. `retry_after` is in seconds.
pub fn too_many_requests(reason: &str, detail: impl Into<String>, retry_after: u16) -> Problem {
    let problem = problem(StatusCode::TOO_MANY_REQUESTS, detail);
    Problem { retry_after: Some(retry_after), ..problem }
        .with(|body| body.reason = Some(reason.to_owned()))
}

/// The body is too large: 413.
pub fn payload_too_large(detail: impl Into<String>) -> Problem {
    problem(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The body has another media type: 415.
pub fn unsupported_media_type(detail: impl Into<String>) -> Problem {
    problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// A client's text for use in a `detail`: in backticks, truncated to 100 characters.
pub fn quote(text: &str) -> String {
    const MAX_CHARACTERS: usize = 100;
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// A retry may work: 503. `retry_after` is in seconds.
pub fn unavailable(detail: impl Into<String>, retry_after: u16) -> Problem {
    Problem { retry_after: Some(retry_after), ..problem(StatusCode::SERVICE_UNAVAILABLE, detail) }
}

/// An unexpected internal error: 500. The cause goes only to the log.
pub fn internal_error(cause: impl Display) -> Problem {
    log::error("internal error", cause);
    problem(StatusCode::INTERNAL_SERVER_ERROR, "internal error; see this service's log")
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        let retry_after = match error {
            DatabaseError::Contention(_) | DatabaseError::Outdated(_) => 1,
            DatabaseError::Unreachable(_) | DatabaseError::NotReady(_) => 5,
            DatabaseError::ReadOnly(_) | DatabaseError::Full(_) | DatabaseError::TimedOut(_) => 30,
            DatabaseError::Duplicate { .. } | DatabaseError::Internal(_) => {
                return internal_error(error);
            }
        };
        log::error("database unavailable", &error);
        unavailable(error.summary(), retry_after)
    }
}

impl From<InvalidParameter> for Problem {
    fn from(InvalidParameter(detail): InvalidParameter) -> Self {
        bad_request(detail)
    }
}

impl Problem {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Changes the body with `change`.
    pub fn with(mut self, change: impl FnOnce(&mut ErrorBody)) -> Self {
        change(&mut self.body);
        self
    }

    /// The answer. A 5xx answer includes the request ID, to find the cause in the log.
    pub fn into_response(mut self) -> Response<Vec<u8>> {
        self.body.request_id = log::request_id().filter(|_| self.status.is_server_error());
        let mut response = Response::new(serde_json::to_vec(&self.body).unwrap_or_default());
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

/// The status in the contract's words: `Not found`, not HTTP's `Not Found`.
fn name(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        other => other.canonical_reason().unwrap_or("Error"),
    }
}

/// The answer of a failed health check: 503 with the error's summary.
pub fn unhealthy(error: &DatabaseError) -> Problem {
    log::error("unhealthy", error);
    unavailable(error.summary(), 5)
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
    fn a_401_says_how_to_authenticate() {
        let response = unauthorized("send the token").into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn a_quoted_text_is_cut() {
        assert_eq!(quote("Ångström"), "`Ångström`");
        assert_eq!(quote(&"é".repeat(100)), format!("`{}`", "é".repeat(100)));
        assert_eq!(quote(&"é".repeat(101)), format!("`{}…`", "é".repeat(100)));
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
    fn a_database_that_cannot_serve_now_is_503() {
        for (error, seconds) in [
            (DatabaseError::NotReady("no such table".into()), "5"),
            (DatabaseError::ReadOnly("--read-only".into()), "30"),
            (DatabaseError::Full("table is full".into()), "30"),
            (DatabaseError::Contention("deadlock".into()), "1"),
        ] {
            let response = Problem::from(error).into_response();
            assert_eq!(
                (response.status(), &response.headers()[RETRY_AFTER]),
                (StatusCode::SERVICE_UNAVAILABLE, &HeaderValue::from_static(seconds))
            );
        }
    }

    #[test]
    fn a_server_error_names_the_request() {
        log::begin(
            "catalog",
            crate::trace::Trace { request_id: "a-1".into(), traceparent: None },
            "GET",
        );
        let response = unavailable("later", 5).into_response();
        assert!(body(&response).contains(r#""request_id":"a-1""#));
        assert!(!body(&not_found("x").into_response()).contains("a-1"));
    }

    #[test]
    fn an_internal_error_reveals_nothing() {
        for error in [
            DatabaseError::Internal("SELECT title FROM books: no such table".into()),
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

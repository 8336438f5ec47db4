//! What a service answers when it cannot do what was asked. HTTP statuses are chosen here and nowhere else.
//!
//! The body is `{"error": "Not found", "detail": "there is no book with the id 99"}`: the first is stable
//! and for programs, the second is a sentence for people.

use std::fmt::Display;

use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde::Serialize;

use crate::database::DatabaseError;

/// A request that was not answered with what it asked for, made by the functions of this module.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    /// Seconds after which it is worth asking again.
    retry_after: Option<u16>,
}

/// The client's request makes no sense: 400. `detail` says which part of it, and what would.
pub fn bad_request(detail: impl Into<String>) -> Problem {
    Problem { status: StatusCode::BAD_REQUEST, detail: detail.into(), retry_after: None }
}

/// There is nothing at this path, or nothing that answers this method: 404.
pub fn not_found(detail: impl Into<String>) -> Problem {
    Problem { status: StatusCode::NOT_FOUND, detail: detail.into(), retry_after: None }
}

/// It would work another time: 503, and when to try again (`retry_after`, in seconds).
pub fn unavailable(detail: impl Into<String>, retry_after: u16) -> Problem {
    Problem {
        status: StatusCode::SERVICE_UNAVAILABLE,
        detail: detail.into(),
        retry_after: Some(retry_after),
    }
}

/// Something broke that nobody asked for: 500. The cause goes to the log and only there.
pub fn fault(cause: impl Display) -> Problem {
    eprintln!("fault: {cause}");
    Problem {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        detail: "something broke here; its cause is in this service's log".into(),
        retry_after: None,
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unreachable(_) => {
                eprintln!("{error}");
                unavailable("the database cannot be reached", 5)
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
        let body = Body { error: name(self.status), detail: &self.detail };
        let mut response = Response::new(serde_json::to_vec(&body).unwrap_or_default());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
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
    fn a_lost_database_is_503_and_says_when_to_try_again() {
        let lost = DatabaseError::Unreachable("mysql://catalog:secret@db/catalogdb refused".into());
        let response = Problem::from(lost).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        assert!(body(&response).contains(r#""error":"Service Unavailable""#));
        assert!(!body(&response).contains("secret"));
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

//! A request with typed access to its parts, as handlers get it.

use std::str::FromStr;

use contract::{Query, query::Parameters};
use domain::Date;
use http::{Method, Request};
use serde::de::DeserializeOwned;

use crate::{
    Answer, Problem,
    body::{self, Body},
    database::DatabaseError,
    environment::Environment,
    idempotency,
    problem::{not_found, quote},
    uri::path_segments,
};

/// One request, with typed access to its parts.
#[derive(Debug)]
pub struct Call<'a, E> {
    environment: &'a E,
    request: &'a Request<Body>,
    path: Vec<String>,
    query: Query,
}

impl<'a, E: Environment> Call<'a, E> {
    /// Wraps `request`.
    ///
    /// # Errors
    /// 400 if path or query is not percent-encoded UTF-8.
    pub fn new(request: &'a Request<Body>, environment: &'a E) -> Result<Self, Problem> {
        let path = path_segments(request.uri().path())?;
        let query = Query::parse(request.uri().query())?;
        Ok(Self { environment, request, path, query })
    }

    /// Method and path segments, for one `match` over all endpoints. HEAD becomes `GET`, because the body is dropped
    /// when the answer is sent.
    pub fn route(&self) -> (&str, Vec<&str>) {
        let method = match *self.request.method() {
            Method::HEAD => "GET",
            _ => self.request.method().as_str(),
        };
        (method, self.path.iter().map(String::as_str).collect())
    }

    /// The query parameters.
    ///
    /// # Errors
    /// 400 that names the invalid parameter.
    pub fn query<T: Parameters>(&self) -> Result<T, Problem> {
        Ok(T::read(&self.query)?)
    }

    /// The JSON body.
    ///
    /// # Errors
    /// Same as [`crate::body::read_json`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::read_json(self.request)
    }

    /// The value of the header `Idempotency-Key`.
    ///
    /// # Errors
    /// 400 if it is malformed or given twice.
    pub fn idempotency_key(&self) -> Result<Option<&str>, Problem> {
        idempotency::idempotency_key(self.request)
    }

    /// Opens a database session.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub fn database(&self) -> Result<E::Database, DatabaseError> {
        self.environment.open_database()
    }

    /// The environment, for clock, random numbers and variables.
    pub fn environment(&self) -> &'a E {
        self.environment
    }

    /// Today's date in UTC.
    pub fn today(&self) -> Date {
        self.environment.now().into()
    }

    /// 404: the service has no such endpoint.
    ///
    /// # Errors
    /// Always.
    pub fn no_endpoint(&self) -> Answer {
        Err(no_endpoint(self.request.method(), self.request.uri().path()))
    }
}

/// 404: the service has no such endpoint.
pub fn no_endpoint(method: &Method, path: &str) -> Problem {
    let method: String = method.as_str().chars().take(20).collect();
    not_found(format!("no endpoint matches {method} {}", quote(path)))
}

/// The id in a path segment; `None` for a whole number that is never an id, such as 0.
///
/// # Errors
/// 404 if the segment is not a whole number.
pub fn path_id<T: FromStr>(segment: &str, thing: &str) -> Result<Option<T>, Problem> {
    let digits = segment.strip_prefix(['-', '+']).unwrap_or(segment);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(no_such(thing, segment));
    }
    Ok(segment.parse().ok())
}

/// 404: there is no `thing` with this id.
pub fn no_such(thing: &str, id: &str) -> Problem {
    not_found(format!("there is no {thing} with the id {}", quote(id)))
}

/// The value of a path segment. The error of `T` completes "must …".
///
/// # Errors
/// 400 that names the value.
pub fn path_value<T: FromStr<Err: std::fmt::Display>>(
    segment: &str,
    name: &str,
) -> Result<T, Problem> {
    segment.parse().map_err(|rule| crate::problem::bad_request(format!("{name} must {rule}")))
}

#[cfg(test)]
mod tests {
    use domain::BookId;

    use super::*;

    #[test]
    fn an_out_of_range_id_is_none_and_other_text_is_404() {
        assert_eq!(path_id::<BookId>("7", "book").map(|id| id.map(BookId::get)), Ok(Some(7)));
        for none in ["0", "-1", "-0", "9223372036854775808", "99999999999999999999999", "+7"] {
            assert_eq!(path_id::<BookId>(none, "book"), Ok(None), "{none}");
        }
        for text in ["", "-", "abc", "7.0", "7e3", "٣", " 7", "--7"] {
            let problem = path_id::<BookId>(text, "book").unwrap_err();
            assert_eq!(problem.status(), 404, "{text}");
        }
    }
}

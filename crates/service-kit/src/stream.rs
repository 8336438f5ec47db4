//! Streamed lists: sent page by page while they are read, so that a service holds at most 1000 rows in memory.

use http::{HeaderValue, Response, header::CONTENT_TYPE};
use serde::Serialize;

use crate::{
    Answer, Problem, database::DatabaseError, environment::Environment, json, log,
    problem::internal_error,
};

/// The number of rows that are read and sent at a time.
pub const PAGE_ROWS: u16 = 1000;

/// Reads the rows after the given one, or the first.
pub type ReadRows<'a, T> = &'a mut dyn FnMut(Option<&T>) -> Result<Vec<T>, DatabaseError>;

/// Streams 200 with an answer whose first key is the list. `read` returns the rows after the given one, at most
/// [`PAGE_ROWS`]; `end` returns the answer without rows, with the keys that follow the list. Without any row, it is the
/// whole answer.
///
/// # Errors
/// Those of `read` and `end` before anything was sent. Later errors are logged, and the answer is aborted.
pub fn json_list<T: Serialize, A: Serialize + Default>(
    environment: &impl Environment,
    read: ReadRows<'_, T>,
    end: &dyn Fn() -> Result<A, DatabaseError>,
) -> Answer {
    let mut rows = read(None)?;
    if rows.is_empty() {
        return json(&end()?);
    }
    let (mut body, _) = around_list(&A::default())?;
    append(&mut body, &rows, true)?;
    let mut sink = None;
    while rows.len() >= PAGE_ROWS.into() {
        sink = sink.or_else(|| environment.start_stream());
        if let Some(sink) = &mut sink {
            if sink.write(&body).is_err() {
                return Ok(Response::new(Vec::new()));
            }
            body.clear();
        }
        rows = match read(rows.last()) {
            Err(error) if sink.is_some() => return cut_off(&error),
            rows => rows?,
        };
        append(&mut body, &rows, false)?;
    }
    let end = match end() {
        Err(error) if sink.is_some() => return cut_off(&error),
        end => around_list(&end?)?.1,
    };
    body.extend(end);
    let Some(mut sink) = sink else {
        let mut response = Response::new(body);
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        return Ok(response);
    };
    if sink.write(&body).is_ok() {
        sink.finish();
    }
    Ok(Response::new(Vec::new()))
}

/// The JSON of `answer` before and after the rows of its list, which is `[]` or null.
fn around_list(answer: &impl Serialize) -> Result<(Vec<u8>, Vec<u8>), Problem> {
    let json = serde_json::to_vec(answer).map_err(internal_error)?;
    let colon = json.iter().position(|byte| *byte == b':').unwrap_or(0);
    let (key, list) = json.split_at(colon + 1);
    let rest = list.strip_prefix(b"[]").or_else(|| list.strip_prefix(b"null"));
    let rest = rest.ok_or_else(|| internal_error("an answer without a list"))?;
    Ok(([key, b"["].concat(), [b"]", rest].concat()))
}

fn append<T: Serialize>(body: &mut Vec<u8>, rows: &[T], mut is_first: bool) -> Result<(), Problem> {
    for row in rows {
        if !is_first {
            body.push(b',');
        }
        is_first = false;
        serde_json::to_writer(&mut *body, row).map_err(internal_error)?;
    }
    Ok(())
}

/// Aborts the answer and logs the error. The status was already sent.
fn cut_off(error: &DatabaseError) -> Answer {
    log::error("a list was cut off", error);
    Ok(Response::new(Vec::new()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{ScriptedDatabase, TestEnvironment};

    #[derive(Default, Serialize)]
    struct List {
        rows: Vec<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u8>,
    }

    fn list(length: i64) -> String {
        let database = ScriptedDatabase::new([]);
        let read = |last: Option<&i64>| {
            let first = last.map_or(1, |last| last + 1);
            Ok((first..=length).take(PAGE_ROWS.into()).collect())
        };
        let end = || Ok(List { total: (length == 2).then_some(2), ..List::default() });
        let answer = json_list(&TestEnvironment::new(Ok(&database)), &mut { read }, &end).unwrap();
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        String::from_utf8(answer.into_body()).unwrap()
    }

    #[test]
    fn a_list_is_one_json_array_however_many_pages_it_has() {
        assert_eq!(list(0), r#"{"rows":[]}"#);
        assert_eq!(list(2), r#"{"rows":[1,2],"total":2}"#);
        for length in [999, 1000, 1001, 2500] {
            let rows: serde_json::Value = serde_json::from_str(&list(length)).unwrap();
            assert_eq!(rows, json!({"rows": (1..=length).collect::<Vec<_>>()}), "{length}");
        }
    }

    #[test]
    fn an_error_before_the_first_row_is_an_answer() {
        let database = ScriptedDatabase::new([]);
        let read = |_: Option<&i64>| Err(DatabaseError::Unreachable("x".into()));
        let environment = TestEnvironment::new(Ok(&database));
        let end = || Ok(List::default());
        let problem = json_list(&environment, &mut { read }, &end).unwrap_err();
        assert_eq!(problem.status(), 503);
    }
}

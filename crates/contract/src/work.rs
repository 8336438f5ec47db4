//! The work behind an answer, which a service reports to a caller that asks for it while the variable `show_work` is true.
//!
//! The caller sends [`ASK`], and the answer has [`WORK`] with a [`Work`] as JSON. It holds route patterns, the constant
//! texts of SQL statements, the files that have them, and figures; never a value of a request or a row.
//!
//! Headers come before the body. So the work of a streamed list has only the statements before its first part, and is
//! marked as [`streamed`](Work::streamed).

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// In a request: the caller asks for the work. Any value asks.
pub const ASK: HeaderName = HeaderName::from_static("x-show-work");

/// In an answer: the work.
pub const WORK: HeaderName = HeaderName::from_static("x-work");

/// Most bytes of the header [`WORK`]. Servers and proxies accept at least this much when there is little else.
pub const MAX_BYTES: usize = 12 * 1024;

/// The work of a service for an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Method and path template of the request: `GET /catdb/{id}`.
    pub endpoint: String,
    /// The status of the answer.
    pub status: u16,
    /// From the head of the request to the answer, in microseconds.
    pub micros: u64,
    /// The SQL statements, in the order in which they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
    /// The number of further statements, which did not fit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: usize,
    /// The calls to other services, in the order in which they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ServiceCall>,
    /// The number of further calls, which did not fit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted_calls: usize,
    /// Whether the answer was being sent while the work went on, so that a part of it is missing here.
    #[serde(default, skip_serializing_if = "crate::json::is_false")]
    pub streamed: bool,
    /// The process that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
}

/// An SQL statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its text, with `?` for every value.
    pub sql: String,
    /// The source file that runs it, from the project's folder: `components/catalog/src/store.rs`.
    pub file: String,
    /// The number of rows it returned.
    pub rows: usize,
    /// The start, in microseconds after the request's head.
    pub start: u64,
    /// The duration in microseconds.
    pub micros: u64,
}

/// A call to another service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCall {
    /// The service.
    pub service: String,
    /// Method and path template.
    pub endpoint: String,
    /// The status of the answer; none without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The start, in microseconds after the head of the caller's own request.
    pub start: u64,
    /// The duration in microseconds.
    pub micros: u64,
    /// The work of the service, if it reported any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
}

/// The process that runs a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The version of the library.
    pub version: String,
    /// The runtime: `Spin` or `embedded`.
    pub runtime: String,
    /// Its name among several; empty without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub replica: String,
    /// The seconds since its start, if the runtime reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Work {
    /// The value of [`WORK`], with as many statements as fit into it.
    pub fn to_header(&self) -> Option<HeaderValue> {
        self.clone().fitted(MAX_BYTES, |work| HeaderValue::from_str(&ascii_json(work)).ok())
    }

    /// The work in a header. None if another version wrote it in a way that this one can't read.
    pub fn from_header(value: &HeaderValue) -> Option<Self> {
        serde_json::from_slice(value.as_bytes()).ok()
    }

    /// The work as `write` encodes it, in at most `max` bytes: the last statements are left out, then the calls, and
    /// counted, until it fits.
    pub fn fitted<T: AsRef<[u8]>>(
        mut self,
        max: usize,
        write: impl Fn(&Self) -> Option<T>,
    ) -> Option<T> {
        loop {
            let text = write(&self)?;
            if text.as_ref().len() <= max {
                return Some(text);
            }
            if !self.halve_statements() && !self.drop_calls() {
                return None;
            }
        }
    }

    /// All SQL statements: those of this service and of those that it called.
    pub fn statement_count(&self) -> usize {
        let called = self.calls.iter().filter_map(|call| call.work.as_ref());
        self.statements.len() + self.omitted + called.map(Self::statement_count).sum::<usize>()
    }

    /// All calls: those of this service and of those that it called.
    pub fn call_count(&self) -> usize {
        let called = self.calls.iter().filter_map(|call| call.work.as_ref());
        self.calls.len() + self.omitted_calls + called.map(Self::call_count).sum::<usize>()
    }

    /// Leaves out the later half of every list of statements. False if there was none.
    fn halve_statements(&mut self) -> bool {
        let keep = self.statements.len() / 2;
        let mut has_changed = !self.statements.is_empty();
        self.omitted += self.statements.len() - keep;
        self.statements.truncate(keep);
        for work in self.calls.iter_mut().filter_map(|call| call.work.as_mut()) {
            has_changed |= work.halve_statements();
        }
        has_changed
    }

    /// Leaves out the calls. False if there was none.
    fn drop_calls(&mut self) -> bool {
        (self.omitted, self.omitted_calls) = (self.statement_count(), self.call_count());
        self.statements.clear();
        !std::mem::take(&mut self.calls).is_empty()
    }
}

/// JSON without letters outside ASCII, which a header can't have.
fn ascii_json(work: &Work) -> String {
    let json = serde_json::to_string(work).unwrap_or_default();
    let mut units = [0; 2];
    json.chars().fold(String::with_capacity(json.len()), |mut ascii, letter| {
        if letter.is_ascii() {
            ascii.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut units) {
                ascii += &format!("\\u{unit:04x}");
            }
        }
        ascii
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str) -> Statement {
        let file = "components/catalog/src/store.rs".to_owned();
        Statement { sql: sql.to_owned(), file, rows: 1, start: 10, micros: 800 }
    }

    fn work(statements: usize) -> Work {
        let catalog = Work {
            endpoint: "GET /catdb/{id}".into(),
            status: 200,
            micros: 900,
            statements: vec![statement("SELECT 'é𝄞' FROM books WHERE id = ?"); statements],
            ..Work::default()
        };
        let call = ServiceCall {
            service: "catalog".into(),
            endpoint: "GET /catdb/{id}".into(),
            status: Some(200),
            start: 5,
            micros: 1000,
            work: Some(catalog),
        };
        Work { endpoint: "POST /borrow".into(), status: 201, calls: vec![call], ..Work::default() }
    }

    #[test]
    fn work_survives_its_header() {
        let header = work(3).to_header().unwrap();
        assert_eq!(Work::from_header(&header), Some(work(3)));
        assert_eq!((work(3).call_count(), work(3).statement_count()), (1, 3));
        assert_eq!(Work::from_header(&HeaderValue::from_static("[]")), None);
    }

    #[test]
    fn a_header_is_bounded_and_counts_what_it_leaves_out() {
        let header = work(1000).to_header().unwrap();
        assert!(header.len() <= MAX_BYTES, "{}", header.len());
        let read = Work::from_header(&header).unwrap();
        assert_eq!((read.call_count(), read.statement_count()), (1, 1000));
        let told = &read.calls[0].work.as_ref().unwrap().statements;
        assert!((30..1000).contains(&told.len()), "{}", told.len());

        let text = work(1000).fitted(100, |work| serde_json::to_string(work).ok()).unwrap();
        let read: Work = serde_json::from_str(&text).unwrap();
        assert_eq!((read.call_count(), read.statement_count()), (1, 1000));
        assert_eq!(work(1).fitted(10, |work| serde_json::to_string(work).ok()), None);
    }
}

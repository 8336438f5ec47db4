//! The details of a request's statements and calls.

use std::time::{Duration, Instant};

use contract::{
    Route,
    work::{ServiceCall, Statement, Work},
};

/// The statements and calls so far, each with its number.
#[derive(Debug)]
pub(super) struct Recorder {
    /// The start of the request.
    started: Instant,
    /// The number of statements and calls that have begun.
    begun: usize,
    statements: Vec<(usize, Statement)>,
    calls: Vec<(usize, ServiceCall)>,
}

/// The start of a statement or a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    /// Its number: two may begin in the same microsecond.
    number: usize,
    at: Instant,
}

impl Recorder {
    /// The recorder of a request that started then.
    pub(super) fn new(started: Instant) -> Self {
        Self { started, begun: 0, statements: Vec::new(), calls: Vec::new() }
    }

    /// The start of a statement or a call, now.
    pub(super) fn begin(&mut self) -> Begin {
        self.begun += 1;
        Begin { number: self.begun, at: Instant::now() }
    }

    /// Adds a statement that has ended.
    pub(super) fn statement(&mut self, begin: Begin, sql: &str, file: &str, rows: usize) {
        let (start, micros) = self.times(begin);
        let (sql, file) = (sql.to_owned(), file.to_owned());
        self.statements.push((begin.number, Statement { sql, file, rows, start, micros }));
    }

    /// Adds a call that has ended.
    pub(super) fn service_call(
        &mut self,
        begin: Begin,
        service: &str,
        route: Option<&Route>,
        status: Option<u16>,
        work: Option<Work>,
    ) {
        let (start, micros) = self.times(begin);
        let endpoint = route.map(|route| format!("{} {}", route.method.as_str(), route.path));
        let (service, endpoint) = (service.to_owned(), endpoint.unwrap_or_default());
        let call = ServiceCall { service, endpoint, status, start, micros, work };
        self.calls.push((begin.number, call));
    }

    /// All of it, in the order in which it began.
    pub(super) fn work(&self, endpoint: String, status: u16) -> Work {
        let micros = micros(self.started.elapsed());
        let (statements, calls) = (in_order(&self.statements), in_order(&self.calls));
        Work { endpoint, status, micros, statements, calls, ..Work::default() }
    }

    /// The start after the request's and the duration, in microseconds.
    fn times(&self, begin: Begin) -> (u64, u64) {
        (micros(begin.at - self.started), micros(begin.at.elapsed()))
    }
}

/// The items by their numbers.
fn in_order<T: Clone>(numbered: &[(usize, T)]) -> Vec<T> {
    let mut numbered: Vec<_> = numbered.iter().collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, item)| item.clone()).collect()
}

/// A duration in microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

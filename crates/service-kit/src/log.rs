//! The log: one JSON line per request and one per error, in the same format for all components.
//!
//! A component instance answers one request, so thread-local state identifies the request. Lines never contain names,
//! card numbers, tokens, search texts or SQL values.

mod recorder;

use std::{
    cell::RefCell,
    fmt::Display,
    time::{Instant, SystemTime},
};

use contract::{Route, work::Work};
use serde::Serialize;
use time::OffsetDateTime;

use crate::trace::Trace;
use recorder::{Begin, Recorder, micros};

thread_local! {
    static REQUEST: RefCell<Option<RequestLog>> = const { RefCell::new(None) };
}

/// The log state of the current request.
#[derive(Debug)]
struct RequestLog {
    component: &'static str,
    trace: Trace,
    method: String,
    route: &'static str,
    started: Instant,
    statements: usize,
    calls: usize,
    /// The details of statements and calls, while they are wanted.
    recorder: Option<Recorder>,
    event: Option<Event>,
}

/// An SQL statement that is running for the request.
#[derive(Debug)]
#[must_use = "it has to end"]
pub struct Running {
    /// The start, if work is recorded.
    begin: Option<Begin>,
}

/// A change of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The requested change: `lend`, `return`, …
    pub event: &'static str,
    /// The loan. Its patron is never logged.
    pub loan_id: Option<i64>,
    /// The outcome: `lent`, or the code of a refusal.
    pub outcome: &'static str,
}

#[derive(Serialize)]
struct RequestLine<'a> {
    time: String,
    level: &'static str,
    component: &'static str,
    request_id: &'a str,
    method: &'a str,
    route: &'static str,
    status: u16,
    ms: u64,
    statements: usize,
    calls: usize,
    #[serde(flatten)]
    event: Option<Event>,
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    time: String,
    level: &'static str,
    component: &'static str,
    request_id: &'a str,
    message: &'a str,
    cause: String,
}

/// Begins the log of a request. Its route is unknown until [`set_route`].
pub fn begin(component: &'static str, trace: Trace, method: &str) {
    let log = RequestLog {
        component,
        trace,
        method: method.to_owned(),
        route: "",
        started: Instant::now(),
        statements: 0,
        calls: 0,
        recorder: None,
        event: None,
    };
    REQUEST.set(Some(log));
}

/// Sets the path template of the request.
pub fn set_route(route: &'static str) {
    update(|log| log.route = route);
}

/// Adds a change of the ledger to the request's line.
pub fn set_event(event: Event) {
    update(|log| log.event = Some(event));
}

/// Records the details of every statement and call from now on, for [`work`]. Otherwise they are only counted.
pub fn record_work() {
    update(|log| log.recorder = Some(Recorder::new(log.started)));
}

/// Whether the details of statements and calls are recorded.
pub fn records_work() -> bool {
    REQUEST.with_borrow(|log| log.as_ref().is_some_and(|log| log.recorder.is_some()))
}

/// A statement or a call begins.
pub fn begin_work() -> Running {
    let begin = REQUEST.with_borrow_mut(|log| log.as_mut()?.recorder.as_mut().map(Recorder::begin));
    Running { begin }
}

/// Notes a statement that has ended. `sql` has no values in it; `file` is the source file that runs it.
pub fn statement(running: &Running, sql: &str, file: &'static str, rows: usize) {
    update(|log| {
        log.statements += 1;
        if let (Some(recorder), Some(begin)) = (&mut log.recorder, running.begin) {
            recorder.statement(begin, sql, file, rows);
        }
    });
}

/// Records a completed call to another service, with the status of its answer and the work that the service reported.
pub fn service_call(
    running: &Running,
    service: &str,
    route: Option<&Route>,
    status: Option<u16>,
    work: Option<Work>,
) {
    update(|log| {
        log.calls += 1;
        if let (Some(recorder), Some(begin)) = (&mut log.recorder, running.begin) {
            recorder.service_call(begin, service, route, status, work);
        }
    });
}

/// The work so far, if it is recorded, for an answer with this status.
pub fn work(status: u16) -> Option<Work> {
    REQUEST.with_borrow(|log| {
        let log = log.as_ref()?;
        let endpoint = format!("{} {}", log.method, log.route);
        Some(log.recorder.as_ref()?.work(endpoint, status))
    })
}

/// The identity of the current request.
pub fn trace() -> Option<Trace> {
    REQUEST.with_borrow(|log| log.as_ref().map(|log| log.trace.clone()))
}

/// The ID of the current request.
pub fn request_id() -> Option<String> {
    trace().map(|trace| trace.request_id)
}

/// Writes an error line to stderr.
pub fn error(message: &str, cause: impl Display) {
    eprintln!("{}", error_line(SystemTime::now(), message, cause));
}

/// Writes the request's line to stdout.
pub fn finish(status: u16) {
    if let Some(line) = request_line(SystemTime::now(), status) {
        println!("{line}");
    }
}

fn update(change: impl FnOnce(&mut RequestLog)) {
    REQUEST.with_borrow_mut(|log| log.as_mut().map(change));
}

fn request_line(now: SystemTime, status: u16) -> Option<String> {
    REQUEST.with_borrow(|log| {
        let log = log.as_ref()?;
        let line = RequestLine {
            time: rfc3339(now),
            level: if status >= 500 { "error" } else { "info" },
            component: log.component,
            request_id: &log.trace.request_id,
            method: &log.method,
            route: log.route,
            status,
            ms: micros(log.started.elapsed()) / 1000,
            statements: log.statements,
            calls: log.calls,
            event: log.event,
        };
        serde_json::to_string(&line).ok()
    })
}

fn error_line(now: SystemTime, message: &str, cause: impl Display) -> String {
    REQUEST.with_borrow(|log| {
        let (component, request_id) =
            log.as_ref().map_or(("", ""), |log| (log.component, &*log.trace.request_id));
        let (time, cause) = (rfc3339(now), cause.to_string());
        let line = ErrorLine { time, level: "error", component, request_id, message, cause };
        serde_json::to_string(&line).unwrap_or_default()
    })
}

/// The time in UTC as RFC 3339: `2026-03-01T09:30:00.123Z`.
fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, ms) = time.to_hms_milli();
    let month = u8::from(month);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use std::time::Duration;

    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn trace(id: &str) -> Trace {
        Trace { request_id: id.into(), traceparent: None }
    }

    fn line(text: &str) -> Value {
        let mut line: Value = serde_json::from_str(text).unwrap();
        line.as_object_mut().unwrap().remove("ms");
        line
    }

    #[test]
    fn a_request_is_one_line_with_its_statements_and_calls() {
        begin("borrowing", trace("a-1"), "POST");
        set_route("/borrowdb");
        statement(&begin_work(), "SELECT 1", "store.rs", 3);
        service_call(&begin_work(), "catalog", None, Some(200), None);
        set_event(Event { event: "lend", loan_id: Some(7), outcome: "lent" });
        let expected = json!({
            "time": "1970-01-01T00:00:00.000Z", "level": "info", "component": "borrowing",
            "request_id": "a-1", "method": "POST", "route": "/borrowdb", "status": 201,
            "statements": 1, "calls": 1, "event": "lend", "loan_id": 7, "outcome": "lent",
        });
        assert_eq!(line(&request_line(NOW, 201).unwrap()), expected);
        assert_eq!(work(201), None, "nobody asked for it");

        begin("borrowing", trace("a-2"), "GET");
        let next = line(&request_line(NOW, 503).unwrap());
        assert_eq!((&next["statements"], &next["level"]), (&json!(0), &json!("error")));
        assert!(next.get("event").is_none());
    }

    #[test]
    fn recorded_work_has_the_details_in_the_order_in_which_they_began() {
        begin("lending", trace("a-1"), "POST");
        set_route("/borrow");
        record_work();
        let first = begin_work();
        // The start is recorded in microseconds.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_micros(2) {}
        let second = begin_work();
        let route = Some(&contract::catalog::GET_BOOK.route);
        service_call(&second, "catalog", route, None, None);
        service_call(&first, "patrons", None, Some(200), Some(Work::default()));
        statement(&begin_work(), "SELECT 1", "store.rs", 3);
        let work = work(503).unwrap();
        assert_eq!((&*work.endpoint, work.status), ("POST /borrow", 503));
        let calls = work.calls.iter().map(|call| (&*call.service, &*call.endpoint, call.status));
        let expected = [("patrons", "", Some(200)), ("catalog", "GET /catdb/{id}", None)];
        assert_eq!(calls.collect::<Vec<_>>(), expected);
        let statement = &work.statements[0];
        assert_eq!(
            (&*statement.sql, &*statement.file, statement.rows),
            ("SELECT 1", "store.rs", 3)
        );
        assert!(statement.start >= work.calls[1].start && work.micros >= statement.start);
    }

    #[test]
    fn an_error_line_has_the_id_of_the_request() {
        begin("catalog", trace("b-1"), "GET");
        let expected = json!({
            "time": "1970-01-01T00:00:00.000Z", "level": "error", "component": "catalog",
            "request_id": "b-1", "message": "internal error", "cause": "a \"row\" is missing",
        });
        assert_eq!(line(&error_line(NOW, "internal error", "a \"row\" is missing")), expected);
    }

    #[test]
    fn a_time_is_written_to_the_millisecond() {
        let time = NOW + Duration::from_millis(951_782_400_042);
        assert_eq!(rfc3339(time), "2000-02-29T00:00:00.042Z");
    }
}

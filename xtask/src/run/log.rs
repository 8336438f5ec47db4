//! The app's output in `up`: the components' JSON log lines in a readable form, or unchanged.

use clap::ValueEnum;
use console::Style;
use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::progress::say;

/// The format of the app's output. The files in the data folder's `logs/` always have all of it, as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One readable line per request and per error
    Pretty,
    /// The components' JSON lines, unchanged
    Json,
    /// Everything except successful requests
    Quiet,
}

impl LogFormat {
    /// Prints the lines of `output` until it ends.
    pub async fn show(self, output: impl AsyncRead + Unpin) {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // Not `lines()`, which stops at the first byte that is not UTF-8.
        while let Ok(1..) = output.read_until(b'\n', &mut line).await {
            if let Some(shown) = self.format(String::from_utf8_lossy(&line).trim_end()) {
                say(&shown);
            }
            line.clear();
        }
    }

    /// The formatted line; `None` hides it.
    fn format(self, line: &str) -> Option<String> {
        // The embedded runtime prefixes the component: `[catalog] {…}`.
        let prefixed = line.strip_prefix('[').and_then(|line| line.split_once("] "));
        let json = prefixed.map_or(line, |(_, json)| json);
        match (self, serde_json::from_str(json).ok().filter(is_log_line)) {
            // The runtime's own lines, and a component's panic.
            (_, None) => Some(line.to_owned()),
            (LogFormat::Json, Some(_)) => Some(json.to_owned()),
            (LogFormat::Pretty, Some(fields)) => Some(pretty(&fields)),
            (LogFormat::Quiet, Some(fields)) => {
                (text(&fields, "level") != "info").then(|| pretty(&fields))
            }
        }
    }
}

type Fields = Map<String, Value>;

fn is_log_line(fields: &Fields) -> bool {
    ["time", "level", "component"].iter().all(|key| fields.get(*key).is_some_and(Value::is_string))
}

fn pretty(fields: &Fields) -> String {
    // RFC 3339 in UTC. A person watching needs only the time of day.
    let time = text(fields, "time");
    let time = time.get(11..19).unwrap_or(time);
    let component = text(fields, "component");
    let what = match fields.get("status").and_then(Value::as_u64) {
        Some(status) => request(fields, status),
        None => error(fields),
    };
    let id = text(fields, "request_id");
    let id = Style::new().for_stderr().dim().apply_to(id);
    format!("{time} {component:<9} {what} {id}")
}

fn request(fields: &Fields, status: u64) -> String {
    let color = match status {
        ..400 => Style::new().green(),
        400..500 => Style::new().yellow(),
        _ => Style::new().red(),
    };
    let status = color.for_stderr().apply_to(status);
    let number = |key| fields.get(key).and_then(Value::as_u64).unwrap_or_default();
    let mut line = format!(
        "{} {} {status} {} ms",
        text(fields, "method"),
        text(fields, "route"),
        number("ms")
    );
    for (key, one) in [("statements", "statement"), ("calls", "call")] {
        match number(key) {
            0 => {}
            1 => line += &format!(", 1 {one}"),
            several => line += &format!(", {several} {one}s"),
        }
    }
    if fields.contains_key("event") {
        line += &format!(", {}: {}", text(fields, "event"), text(fields, "outcome"));
    }
    line
}

fn error(fields: &Fields) -> String {
    let level = Style::new().red().for_stderr().apply_to(text(fields, "level"));
    let mut line = format!("{level}: {}", text(fields, "message"));
    let cause = text(fields, "cause");
    if !cause.is_empty() {
        line += &format!(" ({cause})");
    }
    line
}

fn text<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENT: &str = r#"{"time":"2026-03-01T09:30:00.123Z","level":"info","component":"borrowing","request_id":"a-1","method":"POST","route":"/borrowdb","status":201,"ms":14,"statements":5,"calls":1,"event":"lend","loan_id":7,"outcome":"lent"}"#;
    const FAILED: &str = r#"{"time":"2026-03-01T09:30:00.123Z","level":"error","component":"catalog","request_id":"b-1","method":"GET","route":"/catdb","status":503,"ms":2,"statements":0,"calls":0}"#;
    const ERROR: &str = r#"{"time":"2026-03-01T09:30:00.123Z","level":"error","component":"catalog","request_id":"b-1","message":"database unreachable","cause":"connection refused"}"#;

    fn shown(format: LogFormat, line: &str) -> Option<String> {
        format.format(line).map(|line| console::strip_ansi_codes(&line).into_owned())
    }

    #[test]
    fn a_json_line_becomes_a_readable_one() {
        let pretty = |line| shown(LogFormat::Pretty, line).unwrap();
        assert_eq!(
            pretty(LENT),
            "09:30:00 borrowing POST /borrowdb 201 14 ms, 5 statements, 1 call, lend: lent a-1"
        );
        assert_eq!(pretty(FAILED), "09:30:00 catalog   GET /catdb 503 2 ms b-1");
        assert_eq!(
            pretty(ERROR),
            "09:30:00 catalog   error: database unreachable (connection refused) b-1"
        );
    }

    #[test]
    fn other_lines_are_shown_unchanged() {
        for line in
            ["Serving http://127.0.0.1:3000", "{\"a\":1}", "[1]", "{broken", "", "thread panicked"]
        {
            for format in [LogFormat::Pretty, LogFormat::Json, LogFormat::Quiet] {
                assert_eq!(shown(format, line).as_deref(), Some(line));
            }
        }
    }

    #[test]
    fn the_embedded_runtimes_prefix_is_removed_from_json_only() {
        let prefixed = format!("[catalog] {FAILED}");
        assert_eq!(LogFormat::Json.format(&prefixed).as_deref(), Some(FAILED));
        assert_eq!(LogFormat::Pretty.format(&prefixed), LogFormat::Pretty.format(FAILED));
        let panic = "[catalog] thread panicked";
        assert_eq!(LogFormat::Pretty.format(panic).as_deref(), Some(panic));
    }

    #[test]
    fn json_changes_nothing_and_quiet_hides_successful_requests() {
        assert_eq!(LogFormat::Json.format(LENT).as_deref(), Some(LENT));
        assert_eq!(shown(LogFormat::Quiet, LENT), None);
        assert!(shown(LogFormat::Quiet, FAILED).is_some());
        assert!(shown(LogFormat::Quiet, ERROR).is_some());
    }

    #[tokio::test]
    async fn output_that_is_not_utf8_does_not_stop_the_log() {
        let mut output: &[u8] = b"\xff\n{\"a\":1}\nno newline at the end";
        LogFormat::Quiet.show(&mut output).await;
        assert!(output.is_empty());
    }
}

//! One line of JSON on stdout for each change of the ledger: which loan, never whose.

use std::time::SystemTime;

use domain::LoanId;
use serde::Serialize;
use time::OffsetDateTime;

/// What was asked for and what came of it.
#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    component: &'static str,
    request_id: &'a str,
    event: &'static str,
    loan_id: Option<LoanId>,
    outcome: &'static str,
}

/// The line about `event` (`lend`, `return`, `renew`), which ended in `outcome`.
pub(crate) fn line(
    time: SystemTime,
    request_id: &str,
    event: &'static str,
    loan_id: Option<LoanId>,
    outcome: &'static str,
) -> String {
    let time = &rfc3339(time);
    let line = Line { time, component: "borrowing", request_id, event, loan_id, outcome };
    serde_json::to_string(&line).unwrap_or_default()
}

/// The time in UTC as RFC 3339 has it: `2026-03-01T09:30:00Z`.
fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_is_json_with_the_loan_and_nobodys_name() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(951_782_400);
        let loan = 7.try_into().ok();
        assert_eq!(
            line(time, "a-1", "lend", loan, "lent"),
            r#"{"time":"2000-02-29T00:00:00Z","component":"borrowing","request_id":"a-1","event":"lend","loan_id":7,"outcome":"lent"}"#
        );
        assert!(line(time, "a-1", "lend", None, "no_copy_left").contains(r#""loan_id":null"#));
    }
}

//! The header `Server-Timing`, which the developer tools of browsers show: <https://www.w3.org/TR/server-timing/>

use contract::work::{ServiceCall, Work};
use http::HeaderValue;

use super::FRONTEND;

/// The longest header, in bytes.
const MAX_LENGTH: usize = 4096;

/// The number of characters of a statement that are in the header. The panel has all of it.
const SQL_LENGTH: usize = 60;

/// The request, its calls and their statements as metrics, as many as fit.
pub(crate) fn server_timing(work: &Work) -> Option<HeaderValue> {
    let mut metrics = vec![metric(FRONTEND, work.micros, &work.endpoint)];
    add_calls(&mut metrics, &work.calls);
    let mut header = String::new();
    for metric in metrics {
        if header.len() + metric.len() + 2 > MAX_LENGTH {
            break;
        }
        if !header.is_empty() {
            header += ", ";
        }
        header += &metric;
    }
    HeaderValue::from_str(&header).ok()
}

fn add_calls(metrics: &mut Vec<String>, calls: &[ServiceCall]) {
    for call in calls {
        let status =
            call.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let description = format!("{} {status}", call.endpoint);
        metrics.push(metric(&call.service, call.micros, &description));
        let Some(work) = &call.work else { continue };
        let name = format!("{}-sql", call.service);
        metrics.extend(work.statements.iter().map(|statement| {
            let start: String = statement.sql.chars().take(SQL_LENGTH).collect();
            metric(&name, statement.micros, &start)
        }));
        add_calls(metrics, &work.calls);
    }
}

/// `catalog;dur=3.1;desc="GET /catdb 200"`. Names of services are tokens.
fn metric(name: &str, micros: u64, description: &str) -> String {
    let quoted = description.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name};dur={}.{:03};desc=\"{quoted}\"", micros / 1000, micros % 1000)
}

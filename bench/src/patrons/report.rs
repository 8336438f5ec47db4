//! The report of a load test: a page that needs no other file, and the same figures on the terminal.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use super::{
    LoadOptions,
    chart::{Line, chart},
    record::{Action, Click, Record, percentile},
};

/// The contents of the report.
pub struct Summary<'a> {
    /// The library's address.
    pub origin: &'a str,
    /// The options of the run.
    pub options: &'a LoadOptions,
    /// The clicks, the failures and the contradictions.
    pub record: &'a Record,
    /// The problems found, in words.
    pub violations: &'a [String],
}

/// The figures of one action, or of all.
struct Row {
    name: &'static str,
    clicks: usize,
    failed: usize,
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

fn rows(record: &Record) -> Vec<Row> {
    let actions = Action::ALL.into_iter().map(|action| {
        row(action.name(), record.clicks.iter().filter(|click| click.action == action))
    });
    actions.chain([row("all", record.clicks.iter())]).filter(|row| row.clicks > 0).collect()
}

fn row<'a>(name: &'static str, clicks: impl Iterator<Item = &'a Click>) -> Row {
    let (mut times, mut failed) = (Vec::new(), 0);
    for click in clicks {
        times.push(click.took);
        failed += usize::from(click.failed);
    }
    times.sort();
    Row {
        name,
        clicks: times.len(),
        failed,
        p50: percentile(&times, 0.5),
        p95: percentile(&times, 0.95),
        p99: percentile(&times, 0.99),
        max: percentile(&times, 1.0),
    }
}

/// Prints the figures.
pub fn print(summary: &Summary<'_>) {
    println!(
        "\n{:<12} {:>8} {:>7} {:>9} {:>9} {:>9} {:>9}",
        "page", "clicks", "failed", "p50 ms", "p95 ms", "p99 ms", "max ms"
    );
    for row in rows(summary.record) {
        println!(
            "{:<12} {:>8} {:>7} {:>9.1} {:>9.1} {:>9.1} {:>9.1}",
            row.name, row.clicks, row.failed, row.p50, row.p95, row.p99, row.max
        );
    }
    for failure in &summary.record.failures {
        println!("failed: {failure}");
    }
    let verdict = if summary.violations.is_empty() { "hold" } else { "DO NOT HOLD" };
    println!("the ledger's invariants {verdict}");
}

/// The report as a page.
pub fn html(summary: &Summary<'_>) -> String {
    let record = summary.record;
    let mut page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Load test</title><style>{STYLE}</style>\
         <h1>Load test of {}</h1><p>{} patrons in the library at a time on average, who kept coming for {} minutes \
         whether or not pages were slow. Times are from the click to the whole page, with redirects.</p>",
        escape(summary.origin),
        summary.options.users,
        summary.options.minutes
    );
    page.push_str(if summary.violations.is_empty() {
        "<p class=\"good\">The ledger's invariants hold: no copy is lent twice, no patron has more than the limit or a \
         title twice, and every patron has exactly the loans that the library confirmed.</p>"
    } else {
        "<p class=\"bad\">The ledger's invariants do not hold:</p>"
    });
    list(&mut page, summary.violations);
    page.push_str("<h2>Latency</h2>");
    page.push_str(&latency(record));
    page.push_str("<h2>Clicks and patrons</h2>");
    page.push_str(&throughput(record));
    page.push_str("<h2>Pages</h2><table><tr><th>page<th>clicks<th>failed<th>p50 ms<th>p95 ms<th>p99 ms<th>max ms");
    for row in rows(record) {
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}",
            row.name, row.clicks, row.failed, row.p50, row.p95, row.p99, row.max
        );
    }
    page.push_str("</table>");
    if !record.failures.is_empty() {
        page.push_str("<h2>The first failures</h2>");
        list(&mut page, &record.failures);
    }
    page
}

const STYLE: &str = ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:52rem;margin:2rem auto;\
    padding:0 1rem}svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}.grid{stroke:currentColor;\
    stroke-opacity:.2}.legend{margin:0 0 2rem}table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right;\
    border-bottom:1px solid #8885}td:first-child,th:first-child{text-align:left}.good{color:#3a8f3a}.bad{color:#d33}";

fn latency(record: &Record) -> String {
    let by_second = by_second(record);
    let line = |name, color, share| {
        let values =
            by_second.iter().map(|times| (!times.is_empty()).then(|| percentile(times, share)));
        Line { name, color, values: values.collect() }
    };
    chart("ms", &[line("p99", "#d33", 0.99), line("p95", "#d90", 0.95), line("p50", "#28c", 0.5)])
}

fn throughput(record: &Record) -> String {
    let clicks = by_second(record).iter().map(|times| Some(times.len() as f64)).collect();
    let inside = record.inside.iter().map(|inside| Some(*inside as f64)).collect();
    chart("per second", &[Line { name: "clicks", color: "#28c", values: clicks }])
        + &chart("inside", &[Line { name: "patrons", color: "#3a8f3a", values: inside }])
}

/// The times of the clicks of each second, sorted.
fn by_second(record: &Record) -> Vec<Vec<Duration>> {
    let mut seconds: BTreeMap<u64, Vec<Duration>> = BTreeMap::new();
    for click in &record.clicks {
        seconds.entry(click.at.as_secs()).or_default().push(click.took);
    }
    let last = seconds.keys().last().copied().unwrap_or_default();
    let mut all: Vec<_> = (0..=last).map(|at| seconds.remove(&at).unwrap_or_default()).collect();
    all.iter_mut().for_each(|times| times.sort());
    all
}

fn list(page: &mut String, lines: &[String]) {
    page.push_str("<ul>");
    for line in lines {
        let _ = write!(page, "<li>{}", escape(line));
    }
    page.push_str("</ul>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

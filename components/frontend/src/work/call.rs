//! A call in the list: caller, service, outcome, and the work of the called service.

use std::collections::BTreeSet;

use askama::Template;
use contract::work::{ServiceCall, Statement};

use super::notes::notes;
use crate::texts::Texts;

/// A call with the statements and calls under it.
#[derive(Template)]
#[template(path = "parts/work_call.html")]
pub(super) struct CallItem {
    /// Caller and called service.
    sentence: String,
    endpoint: String,
    /// The status of the answer and the time.
    outcome: String,
    /// The services that were called at the same time.
    together: Option<String>,
    statements: Vec<StatementItem>,
    calls: Vec<CallItem>,
    /// Sentences about what is not shown.
    notes: Vec<String>,
}

/// A statement of the called service.
struct StatementItem {
    sql: String,
    file: String,
    /// Rows and time.
    outcome: String,
}

impl CallItem {
    /// The calls that `caller` made.
    pub(super) fn list(texts: &Texts, caller: &str, calls: &[ServiceCall]) -> Vec<Self> {
        calls.iter().map(|call| Self::new(texts, caller, call, calls)).collect()
    }

    fn new(texts: &Texts, caller: &str, call: &ServiceCall, siblings: &[ServiceCall]) -> Self {
        let time = texts.milliseconds(call.micros);
        let outcome = match call.status {
            // As text: a number could get a separator.
            Some(status) => texts.with(
                "work-answered",
                &[("status", status.to_string().into()), ("time", time.into())],
            ),
            None => texts.with("work-no-answer", &[("time", time.into())]),
        };
        let others: BTreeSet<&str> = siblings
            .iter()
            .filter(|other| !std::ptr::eq(*other, call) && overlap(call, other))
            .map(|other| &*other.service)
            .collect();
        let others: Vec<&str> = others.into_iter().collect();
        let together = (!others.is_empty())
            .then(|| texts.with("work-together", &[("services", others.join(", ").into())]));
        let names =
            [("caller", caller.to_owned().into()), ("service", call.service.clone().into())];
        let mut item = Self {
            sentence: texts.with("work-calls", &names),
            endpoint: call.endpoint.clone(),
            outcome,
            together,
            statements: Vec::new(),
            calls: Vec::new(),
            notes: Vec::new(),
        };
        match &call.work {
            Some(work) => {
                let statement = |statement: &Statement| StatementItem::new(texts, statement);
                item.statements = work.statements.iter().map(statement).collect();
                item.calls = Self::list(texts, &call.service, &work.calls);
                item.notes = notes(texts, work);
            }
            None if call.status.is_some() => item.notes = vec![texts.text("work-untold")],
            None => {}
        }
        item
    }
}

impl StatementItem {
    fn new(texts: &Texts, statement: &Statement) -> Self {
        let rows = i64::try_from(statement.rows).unwrap_or(i64::MAX);
        let time = texts.milliseconds(statement.micros);
        Self {
            sql: statement.sql.clone(),
            file: statement.file.clone(),
            outcome: texts.with("work-rows", &[("rows", rows.into()), ("time", time.into())]),
        }
    }
}

/// Whether two calls overlap in time.
fn overlap(one: &ServiceCall, other: &ServiceCall) -> bool {
    one.start < other.start + other.micros && other.start < one.start + one.micros
}

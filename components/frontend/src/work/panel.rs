//! The panel: a summary, the work behind the page, and the work of the form before it.

use askama::Template;
use contract::work::Work;
use service_kit::log;

use super::{FRONTEND, call::CallItem, notes::notes, timeline::Timeline};
use crate::texts::Texts;

/// The panel.
#[derive(Template)]
#[template(path = "parts/work.html")]
pub(crate) struct WorkPanel<'a> {
    texts: &'a Texts,
    summary: String,
    sections: Vec<Section>,
    request_id: Option<String>,
    /// Of the W3C trace context, if the request is part of a trace.
    trace_id: Option<String>,
}

/// The work of one request.
pub(super) struct Section {
    pub(super) heading: String,
    timeline: Timeline,
    pub(super) calls: Vec<CallItem>,
    /// Sentences about what is not shown.
    notes: Vec<String>,
}

impl<'a> WorkPanel<'a> {
    /// The panel of this page, `None` if its work is not recorded. `before` is the work of the form before the page.
    pub(crate) fn new(texts: &'a Texts, before: Option<&Work>) -> Option<Self> {
        // The page's own status is not known before it is rendered, and not shown.
        let page = log::work(0)?;
        let before = before.map(|work| {
            let heading = figures(texts, "work-before", work);
            Section::new(texts, heading, work)
        });
        let section = Section::new(texts, figures(texts, "work-page", &page), &page);
        let trace = log::trace();
        Some(Self {
            texts,
            summary: figures(texts, "work-summary", &page),
            sections: [section].into_iter().chain(before).collect(),
            trace_id: trace.as_ref().and_then(|trace| trace.trace_id()).map(str::to_owned),
            request_id: trace.map(|trace| trace.request_id),
        })
    }
}

impl Section {
    pub(super) fn new(texts: &Texts, heading: String, work: &Work) -> Self {
        Self {
            heading,
            timeline: Timeline::new(texts, work),
            calls: CallItem::list(texts, FRONTEND, &work.calls),
            notes: notes(texts, work),
        }
    }
}

/// The message `key` with the numbers of calls and statements and the milliseconds of the work.
pub(super) fn figures(texts: &Texts, key: &str, work: &Work) -> String {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX).into();
    let values = [
        ("endpoint", work.endpoint.clone().into()),
        ("calls", number(work.call_count())),
        ("statements", number(work.statement_count())),
        ("time", texts.milliseconds(work.micros).into()),
    ];
    texts.with(key, &values)
}

//! The picture of the work: one line for the request and one for each call, from left to right in time.
//!
//! Positions are percentages in attributes: the picture fits every width, its letters keep their size, and the content
//! security policy needs to allow no styles.

use contract::work::{ServiceCall, Work};

use super::FRONTEND;
use crate::texts::Texts;

/// Distance of two lines, in CSS pixels.
const LINE: usize = 34;

/// The picture.
pub(super) struct Timeline {
    pub(super) height: usize,
    pub(super) lines: Vec<Line>,
}

/// The line of a service.
pub(super) struct Line {
    pub(super) label: String,
    /// The position of the label in percent: its end if it would leave the picture, else its beginning.
    pub(super) label_x: String,
    pub(super) anchor: &'static str,
    pub(super) label_y: usize,
    pub(super) bars: Vec<Bar>,
}

/// A bar: a call, or a statement in it.
pub(super) struct Bar {
    /// The CSS class: `call` or `sql`.
    pub(super) class: &'static str,
    /// Left end and width, in percent.
    pub(super) x: String,
    pub(super) width: String,
    pub(super) y: usize,
}

impl Timeline {
    pub(super) fn new(texts: &Texts, work: &Work) -> Self {
        let mut timeline = Self { height: 0, lines: Vec::new() };
        let scale = Scale { texts, total: work.micros.max(1) };
        timeline.add(&scale, FRONTEND, 0, work.micros, None);
        timeline.add_calls(&scale, 0, &work.calls);
        timeline
    }

    /// Adds calls whose times count from `origin`.
    fn add_calls(&mut self, scale: &Scale<'_>, origin: u64, calls: &[ServiceCall]) {
        for call in calls {
            let start = origin + call.start;
            // Clocks of two processes can't be compared: the call's own time is split evenly before and after the
            // called service's.
            let inner = call
                .work
                .as_ref()
                .map(|work| (start + call.micros.saturating_sub(work.micros) / 2, work));
            self.add(scale, &call.service, start, call.micros, inner);
            if let Some((origin, work)) = inner {
                self.add_calls(scale, origin, &work.calls);
            }
        }
    }

    fn add(
        &mut self,
        scale: &Scale<'_>,
        service: &str,
        start: u64,
        micros: u64,
        inner: Option<(u64, &Work)>,
    ) {
        let y = self.height + LINE - 14;
        let (left, right) = (scale.percent(start), scale.percent(start + micros));
        let (anchor, label_x) = if left > 60.0 { ("end", right) } else { ("start", left) };
        let mut bars = vec![scale.bar("call", start, micros, y)];
        if let Some((origin, work)) = inner {
            let bar = |(start, micros)| scale.bar("sql", origin + start, micros, y);
            let statements = work.statements.iter();
            bars.extend(statements.map(|statement| (statement.start, statement.micros)).map(bar));
        }
        self.lines.push(Line {
            label: format!("{service} {}", scale.texts.milliseconds(micros)),
            label_x: format!("{label_x:.2}"),
            anchor,
            label_y: y - 5,
            bars,
        });
        self.height += LINE;
    }
}

struct Scale<'a> {
    texts: &'a Texts,
    /// The microseconds of the whole width.
    total: u64,
}

impl Scale<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a picture is not that precise")]
    fn percent(&self, micros: u64) -> f64 {
        (micros as f64 * 100.0 / self.total as f64).clamp(0.0, 100.0)
    }

    fn bar(&self, class: &'static str, start: u64, micros: u64, y: usize) -> Bar {
        let (left, right) = (self.percent(start), self.percent(start + micros));
        // The shortest is still seen.
        let width = (right - left).max(0.3);
        let (x, width) = (format!("{:.2}", left.min(99.7)), format!("{width:.2}"));
        Bar { class, x, width, y }
    }
}

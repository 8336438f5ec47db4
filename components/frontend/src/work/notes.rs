//! Sentences about the work that the panel does not show.

use contract::work::Work;

use crate::texts::Texts;

/// Sentences about what is not shown of the work.
pub(super) fn notes(texts: &Texts, work: &Work) -> Vec<String> {
    let omitted = |count: usize, key| (count > 0).then(|| texts.counted(key, count));
    let streamed = work.streamed.then(|| texts.text("work-streamed"));
    [
        omitted(work.omitted, "work-omitted-statements"),
        omitted(work.omitted_calls, "work-omitted-calls"),
        streamed,
    ]
    .into_iter()
    .flatten()
    .collect()
}

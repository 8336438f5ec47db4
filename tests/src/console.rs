//! The commands in a guide, with their output as the guide has it.

/// A command of a `console` block in Markdown: the line after `$`, and the lines up to the next command.
#[derive(Debug)]
pub struct Example {
    /// The command.
    pub command: String,
    /// Its output, where `…` stands for anything.
    pub expected: String,
}

/// The commands in a guide, in their order.
///
/// # Panics
/// If a command's line does not end.
#[must_use]
pub fn examples(guide: &str) -> Vec<Example> {
    let blocks = guide.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
    let examples = blocks.flat_map(|block| block.split("$ ").skip(1));
    examples
        .map(|example| {
            let (command, expected) = example.split_once('\n').expect("a line");
            Example { command: command.to_owned(), expected: expected.trim_end().to_owned() }
        })
        .collect()
}

impl Example {
    /// Whether this was printed.
    #[must_use]
    pub fn fits(&self, printed: &str) -> bool {
        let mut parts = self.expected.split('…');
        let Some(mut rest) = printed.trim_end().strip_prefix(parts.next().unwrap_or_default())
        else {
            return false;
        };
        let mut ends = rest.is_empty();
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
            ends = part.is_empty() || rest.is_empty();
        }
        ends
    }
}

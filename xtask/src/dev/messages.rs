//! Checks that the messages which a table in the documentation quotes are in the sources.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The head of a column that quotes messages.
const COLUMN: &str = "Message";

/// Stands for anything in a quoted message.
const ANYTHING: char = '…';

/// A finding for each message in a column of `file` with that head that is in no Rust file among `files`.
pub fn missing(file: &str, text: &str, files: &[(String, String)]) -> Vec<String> {
    let lines = |offset: usize| 1 + text[..offset].matches('\n').count();
    let (mut in_head, mut column, mut quoted_in) = (false, 0, None);
    let mut sources = None;
    let mut findings = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::TableHead) => (in_head, column, quoted_in) = (true, 0, None),
            Event::End(TagEnd::TableHead) => in_head = false,
            Event::Start(Tag::TableRow) => column = 0,
            Event::End(TagEnd::TableCell) => column += 1,
            Event::Text(head) if in_head && &*head == COLUMN => quoted_in = Some(column),
            Event::Code(message) if !in_head && quoted_in == Some(column) => {
                let sources = sources.get_or_insert_with(|| sources_of(files));
                if !is_in(&message, sources) {
                    let line = lines(range.start);
                    findings.push(format!("{file}:{line}: no source has the message `{message}`"));
                }
            }
            Event::End(TagEnd::Table) => quoted_in = None,
            _ => {}
        }
    }
    findings
}

/// The Rust files of the programs, without those of tests, and with each string literal on one line.
fn sources_of(files: &[(String, String)]) -> Vec<String> {
    let is_source = |path: &str| {
        path.ends_with(".rs") && !path.starts_with("tests/") && !path.contains("/tests/")
    };
    let sources = files.iter().filter(|(path, _)| is_source(path));
    sources
        .map(|(_, text)| {
            let mut parts = text.split("\\\n");
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |joined, part| joined + part.trim_start())
        })
        .collect()
}

/// Whether each part of the message is in a source. Values, and what else a source inserts, are [`ANYTHING`].
fn is_in(message: &str, sources: &[String]) -> bool {
    let parts = message.split(ANYTHING).map(|part| part.trim_matches([' ', ':', ',', ';']));
    let mut parts = parts.filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(|part| sources.iter().any(|text| text.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_in_the_column_must_be_in_a_source() {
        let code =
            "bail!(\n    \"the server at {at} refused the \\\n     login: {why}\"\n)".to_owned();
        let test = "fn message() { \"only in a test\" }".to_owned();
        let files = [("a/src/b.rs".to_owned(), code), ("tests/c.rs".to_owned(), test)];
        let find = |cells: &str| {
            let table = format!("| Message | Cause |\n|---|---|\n| {cells} | `anything` |\n");
            missing("docs/x.md", &table, &files)
        };
        assert_eq!(find("`the server at … refused the login: …`"), Vec::<String>::new());
        for other in ["`the server … is down`", "`only in a test`", "`…`", "`refused the  login`"]
        {
            assert_eq!(find(other).len(), 1, "{other}");
        }
        assert_eq!(find("`gone`"), ["docs/x.md:3: no source has the message `gone`"]);
        let table = "| Cause | Cure |\n|---|---|\n| `gone` | `gone` |\n";
        assert_eq!(missing("docs/x.md", table, &files), Vec::<String>::new());
    }
}

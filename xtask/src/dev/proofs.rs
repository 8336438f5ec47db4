//! Checks that the tests which a table in the documentation names as proofs exist.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The head of a column that names tests.
const COLUMN: &str = "Tests";

/// A message for each test that a column of `file` with that heading names, and that no Rust file in `files` has.
pub fn missing(file: &str, text: &str, files: &[(String, String)]) -> Vec<String> {
    let lines = |offset: usize| 1 + text[..offset].matches('\n').count();
    let (mut in_head, mut column, mut named_by) = (false, 0, None);
    let mut findings = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::TableHead) => (in_head, column, named_by) = (true, 0, None),
            Event::End(TagEnd::TableHead) => in_head = false,
            Event::Start(Tag::TableRow) => column = 0,
            Event::End(TagEnd::TableCell) => column += 1,
            Event::Text(head) if in_head && &*head == COLUMN => named_by = Some(column),
            Event::Code(name) if !in_head && named_by == Some(column) && !is_test(&name, files) => {
                findings.push(format!("{file}:{}: there is no test `{name}`", lines(range.start)));
            }
            Event::End(TagEnd::Table) => named_by = None,
            _ => {}
        }
    }
    findings
}

/// Whether a Rust file has a function of this name below an attribute that makes it a test.
fn is_test(name: &str, files: &[(String, String)]) -> bool {
    let declaration = format!("fn {name}(");
    files.iter().filter(|(path, _)| path.ends_with(".rs")).any(|(_, text)| {
        text.match_indices(&declaration).any(|(at, _)| {
            let mut before =
                text[..at].lines().rev().skip(usize::from(!text[..at].ends_with('\n')));
            before.next().is_some_and(|line| line.contains("test]") || line.contains("test("))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_in_the_column_must_exist() {
        let code = "#[test]\nfn it_holds() {}\n\n#[tokio::test(flavor = \"x\")]\nasync fn it_lasts() {}\nfn helper() {}\n";
        let files = [("tests/a.rs".to_owned(), code.to_owned())];
        let find = |cells: &str| {
            let table = format!("| Promise | Tests |\n|---|---|\n| `other` | {cells} |\n");
            missing("docs/x.md", &table, &files)
        };
        assert_eq!(find("`it_holds`, `it_lasts`"), Vec::<String>::new());
        assert_eq!(find("`it_holds` and `it_fails`"), ["docs/x.md:3: there is no test `it_fails`"]);
        assert_eq!(find("`helper`").len(), 1, "it is not a test");
        let other = "| A | B |\n|---|---|\n| `a` | `b` |\n";
        assert_eq!(missing("docs/x.md", other, &files), Vec::<String>::new());
    }
}

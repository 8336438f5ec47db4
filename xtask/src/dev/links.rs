//! Finds broken links in Markdown files.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::project::project;

/// A message for each link in `file` whose target file or heading does not exist. Links to other sites are not checked.
pub fn broken(file: &str, text: &str, files: &[(String, String)]) -> Vec<String> {
    let lines = |offset: usize| 1 + text[..offset].matches('\n').count();
    let mut findings = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
            continue;
        };
        let is_elsewhere = dest_url.contains("://") || dest_url.starts_with("mailto:");
        if !is_elsewhere && let Some(problem) = problem(file, text, &dest_url, files) {
            findings
                .push(format!("{file}:{}: the link `{dest_url}` {problem}", lines(range.start)));
        }
    }
    findings
}

fn problem(file: &str, text: &str, link: &str, files: &[(String, String)]) -> Option<String> {
    let (path, heading) = link.split_once('#').map_or((link, None), |(p, h)| (p, Some(h)));
    let missing = |heading: Option<&str>, name: &str, text: &str| {
        let is_missing = heading.is_some_and(|heading| !headings(text).contains(heading));
        is_missing.then(|| format!("leads to a heading that {name} does not have"))
    };
    if path.is_empty() {
        return missing(heading, file, text);
    }
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let Some(target) = normalize(&folder.join(path)) else {
        return Some("leads out of the project".to_owned());
    };
    if !project().join(&target).exists() {
        return Some(format!("leads to {}, which does not exist", target.display()));
    }
    let (name, text) = files.iter().find(|(name, _)| Path::new(name) == target)?;
    if name.ends_with(".md") { missing(heading, name, text) } else { None }
}

/// The path without `.` and `..`; `None` if it leaves the project.
fn normalize(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::Normal(name) => normal.push(name),
            _ => return None,
        }
    }
    Some(normal)
}

/// The anchors of a file's headings, as GitHub forms them.
fn headings(text: &str) -> BTreeSet<String> {
    let (mut anchors, mut title) = (BTreeSet::new(), None);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match (event, &mut title) {
            (Event::Start(Tag::Heading { .. }), _) => title = Some(String::new()),
            (Event::Text(part) | Event::Code(part), Some(title)) => title.push_str(&part),
            (Event::End(TagEnd::Heading(_)), Some(done)) => {
                let anchor = anchor(done);
                // A repeated heading gets a number.
                let numbered = (1..).map(|number| format!("{anchor}-{number}"));
                let free = std::iter::once(anchor.clone())
                    .chain(numbered)
                    .find(|anchor| !anchors.contains(anchor));
                anchors.extend(free);
                title = None;
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(title: &str) -> String {
    let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_needs_its_file_and_its_heading() {
        let text = "# A `b` & c!\n\n## Twice\n## Twice\n";
        let files = [("README.md".to_owned(), text.to_owned())];
        let find = |markdown: &str| broken("docs/x.md", markdown, &files);
        for good in [
            "[a](../README.md)",
            "[a](../spin.toml)",
            "[a](https://example.com/x.md)",
            "[a](../README.md#a-b--c)",
            "[a](../README.md#twice-1)",
            "`[a](nowhere.md)`",
            "    [a](nowhere.md)",
            "[a]: ../crates\n\n[a]",
            "# Here\n[a](#here)",
        ] {
            assert_eq!(find(good), Vec::<String>::new(), "{good}");
        }
        for bad in [
            "[a](README.md)",
            "![a](../none.png)",
            "[a](../README.md#three)",
            "[a](#nowhere)",
            "[a](../../x)",
            "[a]: ../none\n\n[a]",
            "| a |\n|---|\n| [a](none.md) |",
        ] {
            assert_eq!(find(bad).len(), 1, "{bad}");
        }
        assert!(
            find("\n\n[a](none.md)")[0]
                .starts_with("docs/x.md:3: the link `none.md` leads to docs/none.md")
        );
    }
}

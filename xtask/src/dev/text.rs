//! Checks of the project's text: spelling, retired words, links between its Markdown files, and tests that they name.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::{links, messages, proofs, python};
use crate::{
    project::project,
    system::{environment, process::run},
};

/// The words that the project no longer uses, and their replacements.
const RETIRED: &str = "docs/retired-words.txt";

/// Files with third-party text, and files that must contain retired words.
const EXEMPT: [&str; 8] = [
    RETIRED,
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "docs/STYLE.md",
    "LICENSE",
    "Cargo.lock",
    "tests/browser/package-lock.json",
    "mysql/catalog_demo.csv",
];

/// The first words of comments without a main clause, such as `What a request asks for.`
const HEADLESS: [&str; 8] = ["How", "What", "Where", "Which", "Who", "Whom", "Whose", "Why"];

/// The pages' texts; all but the English ones are in another language.
const TEXTS: &str = "templates/texts/";

/// Whether a file is not checked for words and spelling.
fn is_exempt(file: &str) -> bool {
    EXEMPT.contains(&file) || file.strip_prefix(TEXTS).is_some_and(|name| name != "en.ftl")
}

/// Checks all files that git tracks.
///
/// # Errors
/// If there is a finding. The message or codespell's output lists each with its file and line.
pub fn check() -> Result<()> {
    let files = files()?;
    let list = fs::read_to_string(project().join(RETIRED)).context(RETIRED)?;
    let retired = RetiredWords::parse(&list)?;
    let mut findings = Vec::new();
    for (name, text) in &files {
        findings.extend(retired.find(name, text));
        findings.extend(headless_comments(name, text));
        if name.ends_with(".md") {
            findings.extend(links::broken(name, text, &files));
            findings.extend(proofs::missing(name, text, &files));
            findings.extend(messages::missing(name, text, &files));
        }
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    spelling(files.iter().map(|(name, _)| name.as_str()))
}

/// The text files that git tracks, by their paths.
fn files() -> Result<Vec<(String, String)>> {
    let output =
        environment::command("git").args(["ls-files", "-z"]).current_dir(project()).output();
    let output = output.context("cannot start git, which lists the files to check")?;
    ensure!(
        output.status.success(),
        "`git ls-files` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).context("a file name that is not UTF-8")?;
    Ok(names
        .split_terminator('\0')
        // Skips deleted files, which are still listed, and files that are not text.
        .filter_map(|name| Some((name.to_owned(), fs::read_to_string(project().join(name)).ok()?)))
        .collect())
}

/// Runs codespell, which also knows British spellings.
fn spelling<'a>(files: impl Iterator<Item = &'a str>) -> Result<()> {
    let why = "spelling is checked with codespell, a Python package";
    let programs = python::install_requirements("docs/requirements.txt", why)?;
    let ours = files.filter(|name| !is_exempt(name)).map(PathBuf::from);
    run(environment::command(programs.join("codespell"))
        .args(["--builtin", "clear,rare,en-GB_to_en-US"])
        .args(["--ignore-words", "docs/spelling-exceptions.txt", "--"])
        .args(ours)
        .current_dir(project()))
}

/// The list of retired words.
struct RetiredWords {
    words: Vec<Retired>,
}

struct Retired {
    word: String,
    instead: String,
    /// Path prefixes of files that may use the word in another sense
    allowed_in: Vec<String>,
}

impl RetiredWords {
    /// Reads lines of the form `word: what to write instead [allowed in path, path]`.
    fn parse(list: &str) -> Result<RetiredWords> {
        let mut words = Vec::new();
        for (number, line) in (1..).zip(list.lines()) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((word, instead)) = line.split_once(": ") else {
                bail!("{RETIRED}:{number}: not of the form `word: replacement`");
            };
            let (instead, allowed) = instead.split_once(" [allowed in ").unwrap_or((instead, "]"));
            let allowed = allowed.trim_end_matches(']').split(", ").filter(|path| !path.is_empty());
            words.push(Retired {
                word: word.to_lowercase(),
                instead: instead.to_owned(),
                allowed_in: allowed.map(str::to_owned).collect(),
            });
        }
        Ok(RetiredWords { words })
    }

    /// A message for each retired word in a file.
    fn find(&self, file: &str, text: &str) -> Vec<String> {
        if is_exempt(file) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for retired in &self.words {
            if retired.allowed_in.iter().any(|path| file.starts_with(path.as_str())) {
                continue;
            }
            for (number, line) in (1..).zip(text.lines()) {
                // A phrase is searched only in prose, because names such as `is_none()` are fine.
                let is_phrase = retired.word.contains(' ');
                let text = if is_phrase { line.to_lowercase() } else { split_names(line) };
                if contains_words(&text, &retired.word) {
                    let Retired { word, instead, .. } = retired;
                    findings.push(format!("{file}:{number}: `{word}` is retired; write {instead}"));
                }
            }
        }
        findings
    }
}

/// A message for each comment line that begins with one of the [`HEADLESS`] words.
fn headless_comments(file: &str, text: &str) -> Vec<String> {
    if EXEMPT.contains(&file) || file.ends_with(".md") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((marker, comment)) = line.trim_start().split_once(' ') else { continue };
        let first = comment.split(' ').next().unwrap_or_default();
        let is_comment = ["//", "///", "//!", "#", "##", "--", "/*", "{#"].contains(&marker);
        if is_comment && HEADLESS.contains(&first) && !comment.ends_with('?') {
            findings.push(format!(
                "{file}:{number}: begin the comment with a noun or a verb, not with `{first}` (docs/STYLE.md)"
            ));
        }
    }
    findings
}

/// The line in lowercase, with names such as `ThisName` and `this_name` split into words.
fn split_names(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 16);
    let mut after_lower = false;
    for c in line.chars() {
        if c.is_uppercase() && after_lower {
            text.push(' ');
        }
        after_lower = c.is_lowercase();
        text.extend(if c == '_' { ' ' } else { c }.to_lowercase());
    }
    text
}

/// Whether `text` contains `words` as whole words.
fn contains_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(start, _)| {
        !text[..start].ends_with(char::is_alphanumeric)
            && !text[start + words.len()..].starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retired_word_is_found_in_prose_and_in_names() {
        let list = "# comment\n\ngizmo: device [allowed in tests/, README.md]\nby and by: later\n";
        let retired = RetiredWords::parse(list).unwrap();
        for text in [
            "a gizmo",
            "Gizmo",
            "struct GizmoList",
            "fn gizmo_for()",
            "the gizmo's end",
            "By and by.",
        ] {
            assert_eq!(retired.find("src/a.rs", text).len(), 1, "{text}");
        }
        for text in ["gizmos", "by_and_by()", "a device", "agizmo", "nearby and by", "by  and by"] {
            assert_eq!(retired.find("src/a.rs", text), Vec::<String>::new(), "{text}");
        }
        let message = "src/a.rs:2: `gizmo` is retired; write device";
        assert_eq!(retired.find("src/a.rs", "\na gizmo"), [message]);
        assert!(retired.find("tests/a.rs", "a gizmo").is_empty(), "allowed there");
        assert!(RetiredWords::parse("nonsense\n").is_err());
    }

    #[test]
    fn a_comment_begins_with_a_noun_or_a_verb() {
        for comment in [
            "/// What it asks for.",
            "    //! How long it waits.",
            "# Where it is",
            "-- Who has it",
        ] {
            assert_eq!(headless_comments("src/a.rs", comment).len(), 1, "{comment}");
        }
        for comment in
            ["/// The request.", "/// Whether it is open.", "//   what follows", "// Why not?"]
        {
            assert_eq!(headless_comments("src/a.rs", comment), Vec::<String>::new(), "{comment}");
        }
        assert!(headless_comments("a.md", "## What happens when Pete borrows").is_empty());
    }

    #[test]
    fn the_projects_own_list_can_be_read() {
        let list = fs::read_to_string(project().join(RETIRED)).unwrap();
        assert!(RetiredWords::parse(&list).unwrap().words.len() > 20);
    }
}

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn days_are_told_in_words() {
    let texts = Texts::english();
    let today = date("2026-12-08");
    assert_eq!(texts.date(today), "8 December 2026");
    for (due, words) in [
        ("2026-12-08", "due today"),
        ("2026-12-09", "due tomorrow"),
        ("2026-12-11", "due in 3 days"),
        ("2026-12-07", "OVERDUE since yesterday"),
        ("2026-11-30", "OVERDUE for 8 days"),
    ] {
        assert_eq!(texts.due(today, date(due)), words);
    }
}

#[test]
fn numbers_and_titles_find_their_words() {
    let texts = Texts::english();
    assert_eq!(texts.counted("forgotten", 1), "One past loan is forgotten.");
    assert_eq!(texts.counted("forgotten", 12), "12 past loans are forgotten.");
    assert_eq!(texts.titled("borrowed", "<b> & é"), "You have borrowed “<b> & é”.");
}

#[test]
fn every_refusal_of_the_rules_has_its_own_words() {
    let texts = Texts::english();
    let words: BTreeSet<_> =
        Refusal::ALL.iter().map(|refusal| texts.refusal(refusal.code(), "T")).collect();
    assert_eq!(words.len(), Refusal::ALL.len());
    assert_eq!(texts.refusal("../../x", "T"), texts.refusal("other", "T"));
}

/// Keys are looked up while a page is written, so here is seen that each is there; and that none is left
/// over, which a translator would work on for nothing.
#[test]
fn the_pages_and_the_texts_have_the_same_keys() {
    let mut sources = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "../../templates"] {
        read_all(&root.join(folder), &mut sources);
    }
    let keys: BTreeSet<&str> = ENGLISH
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    let missing: Vec<_> = ["frame.t(\"", "texts.text(\"", "counted(\"", "titled(\"", "with(\""]
        .iter()
        .flat_map(|call| sources.split(call).skip(1))
        .filter_map(|rest| rest.split_once("\""))
        .filter(|(key, after)| after.starts_with([',', ')']) && is_key(key))
        .map(|(key, _)| key)
        .filter(|key| !keys.contains(key))
        .collect();
    assert!(missing.is_empty(), "no text for {missing:?}");

    // Keys that are put together out of a beginning and a word.
    const FAMILIES: [&str; 9] = [
        "month-",
        "sort-",
        "refused-",
        "problem-",
        "onward-",
        "titles",
        "some-titles",
        "many-titles",
        "about-",
    ];
    let unused: Vec<_> = keys
        .iter()
        .filter(|key| !FAMILIES.iter().any(|family| key.starts_with(family)))
        .filter(|key| !sources.contains(&format!("\"{key}\"")))
        .collect();
    assert!(unused.is_empty(), "nothing says {unused:?}");
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn read_all(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "html")
            && !path.ends_with("tests.rs")
        {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

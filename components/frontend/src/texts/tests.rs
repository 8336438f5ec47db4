use std::{collections::BTreeSet, fs, path::Path};

use super::*;
use crate::language::LANGUAGES;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn dates_are_written_in_words() {
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
fn right_to_left_titles_are_isolated() {
    let texts = Texts::english();
    for title in ["ספר", "كتاب (2)", "A ספר"] {
        let sentence = format!("You borrowed “\u{2068}{title}\u{2069}”.");
        assert_eq!(texts.titled("borrowed", title), sentence);
    }
    assert_eq!(texts.titled("borrowed", "Œuvres 書"), "You borrowed “Œuvres 書”.");
}

#[test]
fn large_ids_are_not_rounded() {
    let book = BookId::try_from(i64::MAX).unwrap();
    assert_eq!(Texts::english().book_number(book), "Book no. 9223372036854775807");
}

#[test]
fn counts_and_titles_are_inserted() {
    let texts = Texts::english();
    assert_eq!(texts.counted("history-forgotten", 1), "One past loan is deleted.");
    assert_eq!(texts.counted("history-forgotten", 12), "12 past loans are deleted.");
    assert_eq!(texts.titled("borrowed", "<b> & é"), "You borrowed “<b> & é”.");
}

#[test]
fn every_refusal_has_its_own_text() {
    let texts = Texts::english();
    let words: BTreeSet<_> =
        Refusal::ALL.iter().map(|refusal| texts.refusal(Some(*refusal), "T")).collect();
    assert!(words.iter().all(|words| words.contains(' ')), "a key without a text: {words:?}");
    assert_eq!(words.len(), Refusal::ALL.len());
    assert!(!words.contains(&texts.refusal(None, "T")));
}

#[test]
fn each_message_is_the_one_in_the_file() {
    for language in LANGUAGES {
        let bundle = |source: String| {
            let mut bundle = FluentBundle::new(Vec::new());
            bundle.add_resource(FluentResource::try_new(source).unwrap()).unwrap();
            bundle
        };
        let whole = bundle(file(language));
        for (key, message) in language.messages {
            let pattern = whole.get_message(key).unwrap().value().unwrap();
            match message {
                Message::Text(text) => {
                    let mut errors = Vec::new();
                    let expected = whole.format_pattern(pattern, None, &mut errors);
                    assert_eq!((*text, errors), (&*expected, Vec::new()), "{key}");
                }
                Message::Pattern(source) => {
                    let alone = bundle((*source).to_owned());
                    let alone = alone.get_message(key).unwrap().value().unwrap();
                    assert_eq!(format!("{alone:?}"), format!("{pattern:?}"), "{key}");
                }
            }
        }
    }
}

/// The file with the texts of a language.
pub(super) fn file(language: &Language) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/texts");
    fs::read_to_string(folder.join(format!("{}.ftl", language.tag))).unwrap()
}

/// Keys are looked up at run time, so this test finds missing ones, and unused ones.
#[test]
fn every_key_exists_and_is_used() {
    let mut sources = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "../../templates"] {
        read_all(&root.join(folder), &mut sources);
    }
    let keys: BTreeSet<&str> = LANGUAGES[0].messages.iter().map(|(key, _)| *key).collect();
    let missing: Vec<_> = [
        "texts.text(\"",
        "layout.text(\"",
        "counted(\"",
        "titled(\"",
        "named(\"",
        "dated(\"",
        ".with(\"",
    ]
    .iter()
    .flat_map(|call| sources.split(call).skip(1))
    .filter_map(|rest| rest.split_once("\""))
    .filter(|(key, after)| after.starts_with([',', ')']) && is_key(key))
    .map(|(key, _)| key)
    .filter(|key| !keys.contains(key))
    .collect();
    assert!(missing.is_empty(), "no text for {missing:?}");

    // Prefixes of computed keys.
    const FAMILIES: [&str; 16] = [
        "map-",
        "month-",
        "many-loans-",
        "borrowed",
        "renewed",
        "login-blocked",
        "health-",
        "sort-",
        "refused-",
        "desk-refused-",
        "problem-",
        "link-",
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
    assert!(unused.is_empty(), "unused texts: {unused:?}");
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
            && !path.ends_with("translations.rs")
        {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

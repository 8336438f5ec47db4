//! The stylesheets and the templates know the same classes.

use std::{collections::BTreeSet, fs, path::Path};

const STYLES: &str = concat!(
    include_str!(concat!(env!("OUT_DIR"), "/library.css")),
    include_str!(concat!(env!("OUT_DIR"), "/work.css")),
);

/// Classes that a template gets from Rust: the state of a copy, a notice, a part of the map or a bar of the timeline.
const FROM_RUST: [&str; 12] = [
    "yes",
    "last",
    "no",
    "mine",
    "late",
    "good",
    "neutral",
    "bad",
    "healthy",
    "unavailable",
    "silent",
    "call",
];

#[test]
fn every_class_of_the_stylesheet_is_used_and_every_used_class_is_in_it() {
    let mut used: BTreeSet<String> = FROM_RUST.map(str::to_owned).into();
    collect_classes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates"), &mut used);
    let styled = classes_of_selectors();
    let unused: Vec<_> = styled.difference(&used).collect();
    assert!(unused.is_empty(), "no template has the classes {unused:?}");
    let unstyled: Vec<_> = used.difference(&styled).collect();
    assert!(unstyled.is_empty(), "the stylesheet has no rule for {unstyled:?}");
}

/// The classes in the stylesheets' selectors, the text before each `{`.
fn classes_of_selectors() -> BTreeSet<String> {
    let without_comments: String = STYLES
        .split("/*")
        .map(|part| part.split_once("*/").map_or(part, |(_, rest)| rest))
        .collect();
    let selectors = without_comments.split('{').filter_map(|part| part.rsplit(['}', ';']).next());
    let classes = selectors.flat_map(|selector| selector.split('.').skip(1).map(name));
    classes.filter(|class| class.starts_with(|first: char| first.is_ascii_lowercase())).collect()
}

fn name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect()
}

/// The words of every `class` attribute, without template expressions.
fn collect_classes(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_classes(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let text = without_expressions(&fs::read_to_string(&path).unwrap());
            let values = text.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
            into.extend(values.flat_map(str::split_whitespace).map(str::to_owned));
        }
    }
}

/// The template without `{{ … }}` and `{% … %}`, which may have quotation marks in them.
fn without_expressions(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let end = match after.chars().next() {
            Some('{') => "}}",
            Some('%') => "%}",
            _ => "",
        };
        text.push(' ');
        rest = after.split_once(end).filter(|_| !end.is_empty()).map_or(after, |(_, rest)| rest);
    }
    text + rest
}

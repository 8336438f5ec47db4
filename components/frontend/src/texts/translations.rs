//! Compares the texts of all languages: a translation has the same messages with the same values and the same markup.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey},
    parser,
};
use intl_pluralrules::{PluralRuleType, PluralRules};

use super::{tests::file, *};
use crate::language::LANGUAGES;

/// Messages that are the same in another language.
const SAME: [(&str, &str); 7] = [
    ("de", "api"),
    ("de", "pin"),
    ("de", "new-pin-heading"),
    ("de", "month-4"),
    ("de", "month-8"),
    ("de", "month-9"),
    ("de", "month-11"),
];

/// The parts of a message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Message {
    text: String,
    variables: BTreeSet<String>,
    /// The variables that choose between variants, each with the variants that are no plural categories.
    selectors: BTreeMap<String, BTreeSet<String>>,
    /// The plural categories of each choice.
    plurals: Vec<BTreeSet<String>>,
    /// HTML tags.
    tags: BTreeSet<String>,
}

impl Message {
    fn add_pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => {
                    let tags = value.split('<').skip(1).filter_map(|rest| rest.split('>').next());
                    self.tags.extend(tags.map(str::to_owned));
                    self.text.push_str(value);
                }
                PatternElement::Placeable { expression } => self.add_expression(expression),
            }
        }
    }

    fn add_expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.add_inline(inline),
            Expression::Select { selector, variants } => {
                self.add_inline(selector);
                let InlineExpression::VariableReference { id } = selector else {
                    panic!("a choice by something other than a value: {selector:?}")
                };
                let chosen = self.selectors.entry(id.name.to_owned()).or_default();
                let mut plurals = BTreeSet::new();
                for variant in variants {
                    match variant.key {
                        VariantKey::Identifier { name } if PLURALS.contains(&name) => {
                            plurals.insert(name.to_owned());
                        }
                        VariantKey::Identifier { name: key }
                        | VariantKey::NumberLiteral { value: key } => {
                            chosen.insert(key.to_owned());
                        }
                    }
                }
                self.plurals.push(plurals);
                for variant in variants {
                    self.add_pattern(&variant.value);
                }
            }
        }
    }

    fn add_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::FunctionReference { id, arguments } => {
                assert_eq!(id.name, "NUMBER", "the only function");
                arguments.positional.iter().for_each(|argument| self.add_inline(argument));
            }
            InlineExpression::Placeable { expression } => self.add_expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            other => panic!("texts have no references to other texts: {other:?}"),
        }
    }
}

/// The categories of Unicode's plural rules.
const PLURALS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

fn messages(language: &Language) -> BTreeMap<String, Message> {
    let file = file(language);
    let resource = parser::parse(file.as_str()).unwrap_or_else(|(_, errors)| {
        panic!("{}.ftl: {errors:?}", language.tag);
    });
    let mut messages = BTreeMap::new();
    for entry in &resource.body {
        let Entry::Message(entry) = entry else { continue };
        let mut message = Message::default();
        message.add_pattern(entry.value.as_ref().expect("a message has a text"));
        messages.insert(entry.id.name.to_owned(), message);
    }
    messages
}

#[test]
fn every_language_has_the_same_messages_values_and_markup() {
    let english = messages(&LANGUAGES[0]);
    for language in LANGUAGES {
        let messages = messages(language);
        let keys = |of: &BTreeMap<String, Message>| of.keys().cloned().collect::<BTreeSet<_>>();
        let (expected, found) = (keys(&english), keys(&messages));
        let missing: Vec<_> = expected.difference(&found).collect();
        let unknown: Vec<_> = found.difference(&expected).collect();
        assert!(missing.is_empty(), "{}.ftl lacks {missing:?}", language.tag);
        assert!(unknown.is_empty(), "only {}.ftl has {unknown:?}", language.tag);
        for (key, message) in &messages {
            let (tag, english) = (language.tag, &english[key]);
            assert_eq!(message.variables, english.variables, "the values of {key} in {tag}.ftl");
            assert_eq!(message.selectors, english.selectors, "the variants of {key} in {tag}.ftl");
            assert_eq!(message.tags, english.tags, "the markup of {key} in {tag}.ftl");
        }
    }
}

#[test]
fn every_plural_of_a_language_has_its_variant() {
    for language in LANGUAGES {
        let locale: LanguageIdentifier = language.tag.parse().unwrap();
        let rules = PluralRules::create(locale, PluralRuleType::CARDINAL).unwrap();
        let categories = (0..=200).map(|number: u32| rules.select(number).unwrap());
        let categories: BTreeSet<_> =
            categories.map(|category| format!("{category:?}").to_lowercase()).collect();
        for (key, message) in messages(language) {
            for plurals in message.plurals.iter().filter(|plurals| plurals.len() > 1) {
                assert_eq!(*plurals, categories, "the plurals of {key} in {}.ftl", language.tag);
            }
        }
    }
}

#[test]
fn nothing_is_left_in_english() {
    let english = messages(&LANGUAGES[0]);
    for language in &LANGUAGES[1..] {
        let same = messages(language).into_iter().filter(|(key, message)| {
            message.text == english[key].text && message.text.contains(char::is_alphabetic)
        });
        let same: Vec<_> = same.map(|(key, _)| (language.tag, key)).collect();
        let same: Vec<_> = same.iter().map(|(tag, key)| (*tag, key.as_str())).collect();
        let unexpected: Vec<_> = same.iter().filter(|same| !SAME.contains(same)).collect();
        assert!(unexpected.is_empty(), "the same as in English: {unexpected:?}");
    }
}

#[test]
fn dates_and_numbers_follow_the_rules_of_the_language() {
    let texts = |tag| Texts::new(Language::from_tag(tag).unwrap());
    let today = "2026-11-26".parse().unwrap();
    for (tag, date, short_date, count) in [
        ("en", "26 November 2026", "26 Nov", "12,345 titles"),
        ("de", "26. November 2026", "26. Nov.", "12.345 Titel"),
    ] {
        let texts = texts(tag);
        assert_eq!(texts.date(today), date);
        assert_eq!(texts.short_date(today, today), short_date);
        assert_eq!(texts.counted("titles", 12345), count);
    }
    let german = texts("de");
    assert_eq!(german.counted("titles", 1), "Ein Titel");
    assert_eq!(german.titled("borrowed", "Emil"), "Sie haben „Emil“ ausgeliehen.");
    for (number, grouped) in
        [(0, "0"), (999, "999"), (1000, "1.000"), (10_000, "10.000"), (1_000_000, "1.000.000")]
    {
        assert_eq!(german.number(number), grouped);
    }
}

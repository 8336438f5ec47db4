//! The pages' words, from `templates/texts/en.ftl`: all of them are there, and none is here.
//!
//! They are [Fluent](https://projectfluent.org/) messages, which know about numbers and the order of words,
//! so that another language is another file.

use domain::{Date, Refusal};
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../../templates/texts/en.ftl");

/// The words of one language.
pub(crate) struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    pub(crate) fn english() -> Self {
        let mut language = LanguageIdentifier::default();
        match "en".parse() {
            Ok(english) => language = english,
            Err(error) => eprintln!("fault: en: {error}"),
        }
        let mut bundle = FluentBundle::new(vec![language]);
        // Fluent's marks for changes of the writing direction would end up in titles and attributes.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(rest, why)| {
            eprintln!("fault: en.ftl: {why:?}");
            rest
        });
        if let Err(why) = bundle.add_resource(resource) {
            eprintln!("fault: en.ftl: {why:?}");
        }
        Self { bundle }
    }

    /// The language, for `<html lang>`.
    pub(crate) fn language(&self) -> String {
        self.bundle.locales[0].to_string()
    }

    /// The message called `key`.
    pub(crate) fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The message called `key`, about `$count` things.
    pub(crate) fn counted(&self, key: &str, count: impl TryInto<i64>) -> String {
        self.with(key, &[("count", count.try_into().unwrap_or(i64::MAX).into())])
    }

    /// The message called `key`, about the book `$title`.
    pub(crate) fn titled(&self, key: &str, title: &str) -> String {
        self.with(key, &[("title", title.into())])
    }

    /// The message called `key` with these values in it.
    pub(crate) fn with(&self, key: &str, values: &[(&str, FluentValue)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            eprintln!("fault: there is no text {key}");
            return key.to_owned();
        };
        let values: FluentArgs =
            values.iter().map(|(name, value)| (*name, value.to_owned())).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        for error in errors {
            eprintln!("fault: the text {key}: {error}");
        }
        text
    }

    /// Why a rule of lending said no to the book `title`.
    pub(crate) fn refusal(&self, reason: &str, title: &str) -> String {
        // What is in a cookie may be anything.
        let known = Refusal::ALL.iter().any(|refusal| refusal.code() == reason);
        self.titled(&format!("refused-{}", if known { reason } else { "other" }), title)
    }

    /// A day, written out: 8 December 2026.
    pub(crate) fn date(&self, date: Date) -> String {
        let (year, month, day) = date.parts();
        // As text, or another language would set marks into a year.
        let values = [("year", year.to_string()), ("day", day.to_string())];
        let month = self.text(&format!("month-{month}"));
        let [(_, year), (_, day)] = values;
        self.with("date", &[("year", year.into()), ("month", month.into()), ("day", day.into())])
    }

    /// When something is due, seen from `today`: due today, due in 3 days, 2 days overdue.
    pub(crate) fn due(&self, today: Date, due: Date) -> String {
        match today.days_until(due) {
            0 => self.text("due-today"),
            1 => self.text("due-tomorrow"),
            days @ 2.. => self.counted("due-in-days", days),
            days => self.counted("overdue-for-days", -days),
        }
    }
}

#[cfg(test)]
mod tests;

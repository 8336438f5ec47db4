//! The pages' texts, read from the files in `templates/texts`. No text is in the Rust code.
//!
//! They are [Fluent](https://projectfluent.org/) messages, which support plurals and word order, so another language
//! needs only another file, and its line in [`LANGUAGES`](crate::language::LANGUAGES).

use std::{
    borrow::Cow,
    cell::{OnceCell, RefCell},
    fmt,
};

use domain::{BookId, Date, PatronId, Refusal};
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use service_kit::log;
use unic_langid::LanguageIdentifier;

use crate::language::{Language, Message};

/// The texts of one language. `build.rs` has parsed them: only a message with values or variants needs Fluent, and is
/// parsed again when a page first uses it.
pub(crate) struct Texts {
    pub(crate) language: &'static Language,
    /// The messages with values, as far as they were used.
    bundle: OnceCell<RefCell<FluentBundle<FluentResource>>>,
}

impl Texts {
    /// The texts of a language.
    pub(crate) fn new(language: &'static Language) -> Self {
        Self { language, bundle: OnceCell::new() }
    }

    /// The texts in English.
    #[cfg(test)]
    pub(crate) fn english() -> Self {
        Self::new(&crate::language::LANGUAGES[0])
    }

    /// The language's tag, for `<html lang>`.
    pub(crate) fn tag(&self) -> &'static str {
        self.language.tag
    }

    /// A whole number with the language's separators: 12,345.
    pub(crate) fn number(&self, number: u64) -> String {
        group(number, &self.text("thousands-separator"))
    }

    /// The message `key`.
    pub(crate) fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The message `key` with a `$count`.
    pub(crate) fn counted(&self, key: &str, count: impl TryInto<i64>) -> String {
        self.with(key, &[("count", count.try_into().unwrap_or(i64::MAX).into())])
    }

    /// The message `key` with the `$title` of a book.
    pub(crate) fn titled(&self, key: &str, title: &str) -> String {
        self.with(key, &[("title", isolated(title))])
    }

    /// The message `key` with the `$name` of a person.
    pub(crate) fn named(&self, key: &str, name: &str) -> String {
        self.with(key, &[("name", isolated(name))])
    }

    /// The message `key` with a `$date`.
    pub(crate) fn dated(&self, key: &str, date: Date) -> String {
        self.with(key, &[("date", self.date(date).into())])
    }

    /// The message `key` with these values.
    pub(crate) fn with(&self, key: &str, values: &[(&str, FluentValue)]) -> String {
        let source = match self.language.message(key) {
            Some(Message::Text(text)) => return (*text).to_owned(),
            Some(Message::Pattern(source)) => source,
            None => {
                log::error("missing text", key);
                return key.to_owned();
            }
        };
        let mut bundle = self.bundle.get_or_init(|| RefCell::new(self.empty_bundle())).borrow_mut();
        if !bundle.has_message(key) {
            add(&mut bundle, source);
        }
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            log::error("invalid text", key);
            return key.to_owned();
        };
        let values: FluentArgs =
            values.iter().map(|(name, value)| (*name, value.to_owned())).collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        for error in errors {
            log::error(key, error);
        }
        text
    }

    /// A bundle with the language's plural rules and the function `NUMBER`.
    fn empty_bundle(&self) -> FluentBundle<FluentResource> {
        let report =
            |problem: &dyn fmt::Debug| log::error(self.language.tag, format!("{problem:?}"));
        // The locale selects the plural rules.
        let locale: LanguageIdentifier = self.language.tag.parse().unwrap_or_else(|error| {
            report(&error);
            LanguageIdentifier::default()
        });
        let mut bundle = FluentBundle::new(vec![locale]);
        // Fluent would isolate every value, even numbers. `isolated` does it only for text that needs it.
        bundle.set_use_isolating(false);
        let separator = self.text("thousands-separator");
        let added = bundle.add_function("NUMBER", move |values, _| match values {
            [FluentValue::Number(number)] => group(number.value as u64, &separator).into(),
            _ => FluentValue::Error,
        });
        if let Err(error) = added {
            report(&error);
        }
        bundle
    }

    /// A duration in milliseconds with one decimal: 3.1 ms.
    pub(crate) fn milliseconds(&self, micros: u64) -> String {
        let tenths = micros.div_ceil(50) / 2;
        let (whole, tenth) = ((tenths / 10).to_string(), (tenths % 10).to_string());
        self.with("milliseconds", &[("whole", whole.into()), ("tenth", tenth.into())])
    }

    /// The placeholder for a book whose title cannot be looked up.
    pub(crate) fn book_number(&self, book: BookId) -> String {
        // As text, because a Fluent number is a float and would round large ids.
        self.with("book-number", &[("number", book.to_string().into())])
    }

    /// The placeholder for a patron whose name cannot be looked up.
    pub(crate) fn patron_number(&self, patron: PatronId) -> String {
        self.with("patron-number", &[("number", patron.to_string().into())])
    }

    /// The reason why the lending rules refused the book `title`; `None` is an unknown reason of a newer version.
    pub(crate) fn refusal(&self, reason: Option<Refusal>, title: &str) -> String {
        self.titled(&format!("refused-{}", reason.map_or("other", Refusal::code)), title)
    }

    /// A date in words: 8 December 2026.
    pub(crate) fn date(&self, date: Date) -> String {
        let (year, month, day) = date.parts();
        // Year and day as text, because a language may put separators into numbers.
        let month = self.text(&format!("month-{month}"));
        let values = [
            ("year", year.to_string().into()),
            ("month", month.into()),
            ("day", day.to_string().into()),
        ];
        self.with("date", &values)
    }

    /// A short date: 8 Dec. Has the year if it is not the year of `today`.
    pub(crate) fn short_date(&self, today: Date, date: Date) -> String {
        let (year, month, day) = date.parts();
        let key = if today.parts().0 == year { "date-short" } else { "date-short-with-year" };
        let month = self.text(&format!("month-short-{month}"));
        let values = [
            ("year", year.to_string().into()),
            ("month", month.into()),
            ("day", day.to_string().into()),
        ];
        self.with(key, &values)
    }

    /// A full name in reading order. One of the two names may be empty.
    pub(crate) fn full_name(first_name: &str, last_name: &str) -> String {
        isolate(format!("{first_name} {last_name}").trim())
    }

    /// The due date of a loan relative to `today`: due today, due in 3 days, OVERDUE for 2 days.
    pub(crate) fn due(&self, today: Date, due: Date) -> String {
        match today.days_until(due) {
            0 => self.text("due-today"),
            1 => self.text("due-tomorrow"),
            days @ 2.. => self.counted("due-in-days", days),
            days => self.counted("overdue-for-days", -days),
        }
    }
}

/// The digits of `number` in groups of three.
fn group(number: u64, separator: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * separator.len());
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push_str(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// Parses a message into the bundle.
fn add(bundle: &mut FluentBundle<FluentResource>, source: &str) {
    let report = |problem: &dyn fmt::Debug| log::error("invalid text", format!("{problem:?}"));
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, errors)| {
        report(&errors);
        rest
    });
    if let Err(errors) = bundle.add_resource(resource) {
        report(&errors);
    }
}

/// `text` as a value inside a sentence. Text with right-to-left letters is wrapped in Unicode isolates (U+2068 and
/// U+2069), so that it cannot reorder the sentence.
pub(crate) fn isolated<'a>(text: &str) -> FluentValue<'a> {
    FluentValue::String(Cow::Owned(isolate(text)))
}

/// `text`, in isolates if it has any right-to-left letter.
pub(crate) fn isolate(text: &str) -> String {
    if text.chars().any(is_right_to_left) { format!("\u{2068}{text}\u{2069}") } else { text.into() }
}

/// Whether `letter` is in one of the right-to-left blocks of Unicode.
fn is_right_to_left(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod translations;

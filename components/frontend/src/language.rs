//! The languages of the pages, and how one is chosen for a request.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// A language of the pages.
#[derive(Debug)]
pub(crate) struct Language {
    /// Its tag (BCP 47), as in `<html lang>`.
    pub(crate) tag: &'static str,
    /// Its name in itself.
    pub(crate) name: &'static str,
    /// Its messages, sorted by their keys.
    pub(crate) messages: &'static [(&'static str, Message)],
}

/// A message of a Fluent file.
#[derive(Debug)]
pub(crate) enum Message {
    /// A text without values.
    Text(&'static str),
    /// The Fluent source of a text with values or variants.
    Pattern(&'static str),
}

/// Every language. The first is for readers who ask for none of them.
pub(crate) const LANGUAGES: &[Language] = &[
    language("en", "English", include!(concat!(env!("OUT_DIR"), "/texts_en.rs"))),
    language("de", "Deutsch", include!(concat!(env!("OUT_DIR"), "/texts_de.rs"))),
];

const fn language(
    tag: &'static str,
    name: &'static str,
    messages: &'static [(&'static str, Message)],
) -> Language {
    Language { tag, name, messages }
}

impl Language {
    /// The message `key`.
    pub(crate) fn message(&self, key: &str) -> Option<&'static Message> {
        let position = self.messages.binary_search_by_key(&key, |(key, _)| key).ok()?;
        Some(&self.messages[position].1)
    }

    /// The language with this tag.
    pub(crate) fn from_tag(tag: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.tag.eq_ignore_ascii_case(tag))
    }

    /// The language that the browser's `Accept-Language` asks for (RFC 9110, section 12.5.4).
    pub(crate) fn accepted(headers: &HeaderMap) -> &'static Self {
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
        let mut ranges: Vec<_> =
            lines.flat_map(|line| line.split(',')).filter_map(parse_range).collect();
        // The sort is stable: of ranges with the same weight, the first counts.
        ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let wanted = ranges.into_iter().find_map(|(range, _)| look_up(range));
        wanted.unwrap_or(&LANGUAGES[0])
    }
}

/// A language range and its weight, for example of `de-AT;q=0.8`; `None` if it is not wanted or not valid.
fn parse_range(text: &str) -> Option<(&str, f32)> {
    let (range, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let (name, weight) = parameter.split_once('=')?;
    let weight: f32 = weight.trim().parse().ok()?;
    let is_wanted = name.trim().eq_ignore_ascii_case("q") && weight > 0.0 && weight <= 1.0;
    is_wanted.then_some((range.trim(), weight))
}

/// The language for a range. Without `de-AT`, `de` is the next best (RFC 4647, section 3.4).
fn look_up(mut range: &str) -> Option<&'static Language> {
    if range == "*" {
        return LANGUAGES.first();
    }
    loop {
        if let Some(language) = Language::from_tag(range) {
            return Some(language);
        }
        range = range.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_available_choice_counts() {
        for (header, tag) in [
            ("", "en"),
            ("de", "de"),
            ("DE-at", "de"),
            ("de-Latn-DE-1996", "de"),
            ("fr, de;q=0.5", "de"),
            ("en;q=0.7, de;q=0.8", "de"),
            ("de ; q=0.8,en", "en"),
            ("en-GB,de", "en"),
            ("fr, *;q=0.1", "en"),
            ("de;q=0, fr", "en"),
            ("de;q=2", "en"),
            ("de;q=NaN", "en"),
            ("de;level=1", "en"),
            ("den, ;q=1, -, =;,,", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Language::accepted(&headers).tag, tag, "{header}");
        }
        assert_eq!(Language::accepted(&HeaderMap::new()).tag, "en");
    }
}

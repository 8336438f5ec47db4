//! A text of one line as it is stored, and why a text is refused.

use std::fmt;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::invisible::is_ignorable;

/// The reason to refuse a text. Its `Display` completes "`book.title` must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// It has no visible character: it is empty, or has only spaces, invisible characters and accents without a letter.
    Invisible,
    /// It has more characters than this.
    TooLong(usize),
    /// It has a line break, a tab or another control character.
    Control(char),
    /// It has a character that reverses the direction of the text around it
    /// (U+202A to U+202E, U+2066 to U+2069; see UTR 36, 3.3 and CVE-2021-42574).
    Bidi(char),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invisible => write!(f, "have at least one visible character"),
            Self::TooLong(max) => write!(f, "have at most {max} characters"),
            Self::Control(found) => {
                write!(f, "be one line without control characters, but has U+{:04X}", *found as u32)
            }
            Self::Bidi(found) => {
                let found = *found as u32;
                write!(
                    f,
                    "not have characters that change the text direction, but has U+{found:04X}"
                )
            }
        }
    }
}

impl std::error::Error for TextError {}

/// The stored form of a one-line text: trimmed, in NFC, 1 to `max` characters, at least one of them visible.
///
/// Symbols and emoji are visible. Each code point of an emoji sequence counts as a character, as in the database.
///
/// # Errors
/// See [`TextError`].
pub fn line(text: &str, max: usize) -> Result<String, TextError> {
    let text: String = text.trim().nfc().collect();
    for found in text.chars() {
        match found {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                return Err(TextError::Bidi(found));
            }
            // XML, such as the feed of new books, can't contain the last two.
            '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => {
                return Err(TextError::Control(found));
            }
            found if found.is_control() => return Err(TextError::Control(found)),
            _ => {}
        }
    }
    if !text.chars().any(is_visible) {
        return Err(TextError::Invisible);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    Ok(text)
}

/// Whether the character alone is visible.
fn is_visible(c: char) -> bool {
    !(c.is_whitespace()
        || c.is_control()
        || is_ignorable(c)
        || is_combining_mark(c)
        || c == '\u{2800}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn symbols_and_emoji_are_visible_text() {
        for visible in [
            "?",
            "7",
            "∞",
            "…",
            "†",
            "№",
            "♥ ♦",
            "🍣",
            "½",
            "Ⓐ",
            "紅樓夢",
            "C\u{327}",
            "a\u{200b}",
            "👩‍👩‍👧",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "☠\u{fe0f}",
            "¿",
            "₿",
            "→",
            "_",
            "\u{1f468}\u{1f3fd}\u{200d}\u{1f680}",
        ] {
            assert_eq!(
                line(visible, 20).as_deref(),
                Ok(visible.nfc().collect::<String>().as_str())
            );
        }
    }

    #[test]
    fn invisible_text_is_refused() {
        for invisible in [
            "",
            " ",
            "\u{a0}",
            "\u{3000}",
            "\u{200b}",
            "\u{301}",
            "\u{ad}",
            "\u{200d}\u{fe0f}",
            "\u{3164}",
            "\u{2800}",
        ] {
            assert_eq!(line(invisible, 3), Err(TextError::Invisible), "{invisible:?}");
        }
    }

    #[test]
    fn controls_are_refused_and_named() {
        for control in
            ['\0', '\n', '\t', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{fffe}', '\u{ffff}']
        {
            assert_eq!(line(&format!("a{control}b"), 9), Err(TextError::Control(control)));
        }
        for bidi in ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            assert_eq!(line(&format!("a{bidi}b"), 9), Err(TextError::Bidi(bidi)));
        }
        let message = TextError::Bidi('\u{202e}').to_string();
        assert_eq!(message, "not have characters that change the text direction, but has U+202E");
    }

    #[test]
    fn a_line_is_stored_trimmed_and_in_nfc() {
        assert_eq!(line(" Zoe\u{308}\u{a0}", 3).as_deref(), Ok("Zoë"));
        assert_eq!(line("1234", 3), Err(TextError::TooLong(3)));
    }

    proptest! {
        #[test]
        fn a_stored_text_can_be_stored_again(text in any::<String>()) {
            if let Ok(stored) = line(&text, 255) {
                prop_assert_eq!(line(&stored, 255), Ok(stored.clone()));
            }
        }
    }
}

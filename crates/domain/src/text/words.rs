//! The words of a text and of a search.

use super::key::search_key;

/// The number of search words that count; further ones are ignored.
pub const MAX_SEARCH_WORDS: usize = 8;

/// The words of a search as [`search_key`]s: at most [`MAX_SEARCH_WORDS`], without duplicates.
///
/// Drops quotation marks, brackets and punctuation around a word, unless the word has nothing else.
pub fn search_words(text: &str) -> Vec<String> {
    let trimmed = split_words(text).into_iter().map(|word| {
        let bare = word.trim_matches(is_punctuation);
        if bare.is_empty() { word } else { bare.to_owned() }
    });
    let mut words = Vec::new();
    for word in trimmed {
        if words.len() < MAX_SEARCH_WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// All words of `text` as [`search_key`]s, without duplicates. They end at spaces, commas and semicolons, and at
/// periods between letters (`J.R.R.`), so a search word that is in `text` is a substring of one of them.
pub fn split_words(text: &str) -> Vec<String> {
    let key = search_key(text);
    let characters: Vec<char> = key.chars().collect();
    let is_letter =
        |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|c| c.is_alphabetic());
    let (mut words, mut word) = (Vec::new(), String::new());
    for (at, c) in characters.iter().enumerate() {
        let ends = match c {
            ' ' | ',' | ';' | '、' | '。' => true,
            '.' => is_letter(at.checked_sub(1)) && is_letter(at.checked_add(1)),
            _ => false,
        };
        if !ends {
            word.push(*c);
        }
        if ends || at + 1 == characters.len() {
            let whole = std::mem::take(&mut word);
            if !whole.is_empty() && !words.contains(&whole) {
                words.push(whole);
            }
        }
    }
    words
}

fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '.' | ':' | '!' | '?' | '\'' | '"' | '(' | ')' | '[' | ']' | '{' | '}' | '-' | '\u{201c}'
            ..='\u{201f}' | '«' | '»' | '‹' | '›' | '¿' | '¡' | '「' | '」' | '『' | '』'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_search_is_its_words_in_any_punctuation() {
        for (text, words) in [
            ("H. Beam Piper", &["h", "beam", "piper"][..]),
            ("Piper, H. Beam", &["piper", "h", "beam"]),
            ("  piper\u{3000}cosmic ", &["piper", "cosmic"]),
            ("J.R.R. Tolkien", &["j", "r", "tolkien"]),
            ("Florida\u{2019}s", &["florida's"]),
            ("\u{201c}Quoted\u{201d} (text)?", &["quoted", "text"]),
            ("3.14 1,000", &["3.14", "1", "000"]),
            ("100% C++ a_b", &["100%", "c++", "a_b"]),
            ("?", &["?"]),
            ("war war WAR", &["war"]),
            ("a b c d e f g h i j", &["a", "b", "c", "d", "e", "f", "g", "h"]),
            ("\u{200b} , ;", &[]),
            ("本、の", &["本", "の"]),
        ] {
            assert_eq!(search_words(text), words, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_found_by_each_of_its_words(text in any::<String>()) {
            let words = split_words(&text);
            for word in search_words(&text) {
                prop_assert!(words.iter().any(|whole| whole.contains(&word)));
            }
        }
    }
}

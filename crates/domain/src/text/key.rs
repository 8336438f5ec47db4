//! Keys of a text: equal for texts that a reader, or a search, treats as the same.

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

use super::invisible::is_ignorable;

/// A key that is equal for texts that differ only in case (full case folding: `ß` is `ss`), Unicode form (NFC, NFD,
/// full-width), the kind of apostrophe, hyphen or space, repeated spaces, or invisible characters. Turkish `İ` and `ı`
/// are `i`.
pub fn comparison_key(text: &str) -> String {
    key(text, false)
}

/// Like [`comparison_key`], but without accents (`Zoë` is `zoe`), strokes (`ø` is `o`, `ł` is `l`) and ligatures (`æ`
/// is `ae`).
pub fn search_key(text: &str) -> String {
    key(text, true)
}

/// The tatweel, which stretches an Arabic word to fill a line. It is not a letter.
const TATWEEL: char = '\u{640}';

fn key(text: &str, without_accents: bool) -> String {
    let folded: String = text.nfc().map(plain_sign).nfkd().flat_map(fold_case).nfkd().collect();
    let mut key = String::with_capacity(folded.len());
    let mut previous = ' ';
    for c in folded.chars().filter(|c| !is_ignorable(*c) && *c != TATWEEL) {
        match plain_sign(c) {
            blank if blank.is_whitespace() => {
                if previous != ' ' {
                    key.push(' ');
                }
                previous = ' ';
            }
            // The combining dot that remains after folding a Turkish capital `İ`.
            '\u{307}' if previous == 'i' => {}
            accent if without_accents && is_accent(accent) => {}
            c => {
                match base_letters(c).filter(|_| without_accents) {
                    Some(letters) => key.push_str(letters),
                    None => key.push(c),
                }
                previous = c;
            }
        }
    }
    key.trim_end().nfc().collect()
}

/// Full case folding of one character: to lowercase, to uppercase and back, because `ẞ` has only a lowercase and `ß`
/// only an uppercase form.
fn fold_case(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Maps the apostrophes and hyphens of keyboards and word processors to ASCII. Runs before normalization, which
/// decomposes some of them into a space and an accent.
fn plain_sign(c: char) -> char {
    match c {
        '`'
        | '´'
        | 'ʹ'
        | 'ʻ'
        | 'ʼ'
        | 'ʽ'
        | 'ʾ'
        | 'ʿ'
        | 'ˈ'
        | '՚'
        | '׳'
        | '\u{2018}'..='\u{201b}'
        | '′'
        | '‵'
        | 'ꞌ'
        | '＇' => '\'',
        '֊' | '־' | '\u{2010}'..='\u{2015}' | '⁃' | '−' | '⸺' | '⸻' | '゠' | '﹘' | '﹣' | '－' => {
            '-'
        }
        other => other,
    }
}

/// Whether a search ignores the mark: accents, strokes, and the optional vowel points of Hebrew and Arabic. Marks that
/// make a different letter (Indic nuktas, Japanese voicing marks, viramas: combining classes 7 to 9) and vowel signs
/// (class 0) count.
fn is_accent(c: char) -> bool {
    let class = canonical_combining_class(c);
    class == 1 || class >= 10
}

/// Base letters of letters without a decomposition, from Unicode's collation chart for Latin.
fn base_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŋ' => "n",
        'þ' => "th",
        'ŧ' => "t",
        'ə' => "e",
        _ => return None,
    })
}

/// The text with ASCII apostrophes and hyphens, and with ordinary letters and digits instead of full-width and other
/// compatibility forms. The case stays.
pub fn plain(text: &str) -> String {
    text.nfc().map(plain_sign).nfkc().map(plain_sign).collect()
}

/// The text as typed, then with ASCII apostrophes and hyphens in NFC, then with typographic apostrophes in NFC. For
/// searches by `LIKE`, which distinguishes these signs.
pub fn spellings(text: &str) -> [String; 3] {
    let plain: String = text.nfc().map(plain_sign).collect();
    let typographic = plain.replace('\'', "\u{2019}");
    [text.to_owned(), plain, typographic]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (one, other) in [
            ("Jörg Groß", "JÖRG GROSS"),
            ("Groß", "GROẞ"),
            ("Straße", "Strasse"),
            ("İpek Şahin", "ipek şahin"),
            ("İpek Şahin", "İPEK ŞAHİN"),
            ("Işık", "IŞIK"),
            ("ΣΟΦΊΑΣ", "σοφίας"),
            ("Οδυσσεύς", "ΟΔΥΣΣΕΎΣ"),
            ("ﬁn ŉ", "FIN 'N"),
            ("Siobhán O'Malley", "siobha\u{301}n O\u{2019}MALLEY"),
            ("O'Malley", "O\u{b4}Malley"),
            ("O'Malley", "Oʼmalley"),
            ("Hawai'i", "Hawaiʻi"),
            ("O'Malley", "Ｏ＇Ｍａｌｌｅｙ"),
            ("צ'רלי", "צ׳רלי"),
            ("Ka'ba", "Kaʿba"),
            ("Qur'an", "Qurʾan"),
            ("Օ'Մալլի", "Օ՚Մալլի"),
            ("محمد", "محـــمد"),
            ("ジャン-ポール", "ジャン゠ポール"),
            ("Anne-Marie", "Anne\u{2011}Marie"),
            ("Anne-Marie", "anne\u{2013}marie"),
            ("de la Cruz", " de  la\u{a0}Cruz "),
            ("Zoë", "Zo\u{200b}ë\u{feff}"),
            ("ガ", "ｶﾞ"),
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
        ] {
            assert_eq!(comparison_key(one), comparison_key(other), "{one} {other}");
        }
    }

    #[test]
    fn a_text_is_tried_in_each_spelling_of_its_signs() {
        let expected = ["O\u{2019}Malle\u{301}", "O'Mallé", "O\u{2019}Mallé"];
        assert_eq!(spellings("O\u{2019}Malle\u{301}"), expected);
        assert_eq!(spellings("Anne\u{2011}Marie")[1], "Anne-Marie");
    }

    #[test]
    fn a_number_is_plain_however_it_is_typed() {
        for typed in ["AB-12", "ＡＢ－１２", "AB\u{2011}12", "AB\u{2013}12", "A\u{ff22}\u{2212}12"]
        {
            assert_eq!(plain(typed), "AB-12", "{typed}");
        }
        assert_eq!(plain("ab-É1"), "ab-É1");
    }

    #[test]
    fn different_names_have_different_keys() {
        for (one, other) in [
            ("Zoë", "Zoe"),
            ("Omalley", "O'Malley"),
            ("AnneMarie", "Anne-Marie"),
            ("a b", "ab"),
            ("か", "が"),
        ] {
            assert_ne!(comparison_key(one), comparison_key(other), "{one} {other}");
        }
    }

    #[test]
    fn a_search_ignores_accents_but_not_marks_that_make_another_letter() {
        for (text, key) in [
            ("Øystein", "oystein"),
            ("Łódź", "lodz"),
            ("Æbleø", "aebleo"),
            ("Zoë", "zoe"),
            ("Đặng", "dang"),
            ("Ångström", "angstrom"),
            ("שָׁלוֹם", "שלום"),
            ("が", "が"),
            ("नुक़्ता", "नुक\u{93c}्ता"),
        ] {
            assert_eq!(search_key(text), key, "{text}");
        }
    }

    proptest! {
        #[test]
        fn keys_are_their_own_keys(text in any::<String>()) {
            let (comparison, search) = (comparison_key(&text), search_key(&text));
            prop_assert_eq!(comparison_key(&comparison), &*comparison);
            prop_assert_eq!(search_key(&search), &*search);
            prop_assert_eq!(search_key(&comparison), search);
        }
    }
}

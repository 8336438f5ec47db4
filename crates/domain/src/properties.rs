//! Properties of the parsers, tested with generated input.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::Value;

use crate::{
    Author, Book, BookId, CardNumber, CopyCount, CoverUrl, Date, Loan, OpenLoan, PastLoan, Patron,
    PersonName, Pin, Role, Title, Whole,
    search::{ending_prefix, index_entry},
    text::{comparison_key, line, search_key, search_words, spellings, split_words},
};

/// Any JSON, mostly rows.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (1_i64..100).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("2026-03-06")),
        Just(Value::from("user")),
    ];
    leaf.prop_recursive(3, 40, 7, |inner| {
        prop_oneof![
            4 => proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            1 => proptest::collection::btree_map(any::<String>(), inner, 0..3)
                .prop_map(Value::from_iter),
        ]
    })
}

/// Parses a field, which then is its own text.
fn assert_stable<T>(text: &str) -> Result<(), TestCaseError>
where
    T: std::str::FromStr + std::fmt::Display + PartialEq + std::fmt::Debug,
    T::Err: std::fmt::Display,
{
    match text.parse::<T>() {
        Ok(field) => {
            let again = field.to_string().parse::<T>();
            prop_assert!(again.is_ok_and(|again| again == field), "{:?}", text);
        }
        Err(rule) => prop_assert!(!rule.to_string().is_empty()),
    }
    Ok(())
}

/// Reads a row, which then is the same row again.
fn assert_row<T>(value: &Value) -> Result<(), TestCaseError>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    if let Ok(row) = serde_json::from_value::<T>(value.clone()) {
        let written = serde_json::to_value(&row).unwrap();
        let again: T = serde_json::from_value(written.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&again).unwrap(), written);
    }
    Ok(())
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

proptest! {

    #[test]
    fn keys_are_their_own_keys(text in any::<String>()) {
        let (comparison, search) = (comparison_key(&text), search_key(&text));
        prop_assert_eq!(comparison_key(&comparison), &*comparison);
        prop_assert_eq!(search_key(&search), &*search);
        prop_assert_eq!(search_key(&comparison), search);
    }

    #[test]
    fn a_text_is_found_by_each_of_its_words(text in any::<String>()) {
        let words = split_words(&text);
        for word in search_words(&text) {
            prop_assert!(words.iter().any(|whole| whole.contains(&word)));
        }
    }

    #[test]
    fn a_stored_text_can_be_stored_again(text in any::<String>()) {
        if let Ok(stored) = line(&text, 255) {
            prop_assert_eq!(line(&stored, 255), Ok(stored.clone()));
        }
    }

    #[test]
    fn every_part_of_a_word_is_in_the_index(title in any::<String>(), from in 0_usize..9, length in 1_usize..9) {
        let entry = index_entry(&title, "");
        for word in search_words(&title) {
            let part: String = word.chars().skip(from).take(length).collect();
            let is_in_text = part.is_empty() || entry.text.contains(&part);
            let has_ending =
                entry.endings.iter().any(|(ending, _)| ending.starts_with(ending_prefix(&part)));
            prop_assert!(is_in_text && (part.is_empty() || has_ending), "{:?} {:?}", part, entry);
        }
    }

    #[test]
    fn parsing_and_formatting_round_trip(year in 1000..=9999, month in 1..=12, day in 1..=28) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        prop_assert_eq!(date(&text).to_string(), text);
    }

    #[test]
    fn adding_and_subtracting_days_round_trips(day in 0_u64..200_000_000_000, days in 0_u16..=10_000) {
        let start = Date::from(SystemTime::UNIX_EPOCH + Duration::from_secs(day));
        let end = start.after_days(days).unwrap();
        prop_assert!(end >= start);
        prop_assert_eq!(end.before_days(days), Some(start));
        // Text sorts like the date; SQL and clients rely on it.
        prop_assert!(end.to_string() >= start.to_string());
    }

    #[test]
    fn each_date_has_one_spelling(text in "[0-9-]{0,12}") {
        if let Ok(date) = text.parse::<Date>() {
            prop_assert_eq!(date.to_string(), text);
        }
    }

    #[test]
    fn a_text_without_signs_of_several_kinds_is_among_its_spellings(text in any::<String>()) {
        let all = spellings(&text);
        prop_assert!(all.iter().all(|spelling| comparison_key(spelling) == comparison_key(&text)), "{:?}", all);
    }

    #[test]
    fn a_parsed_field_is_its_own_text(text in any::<String>(), ascii in "[ -~]{0,70}", digits in "[+-]?[0-9]{0,20}") {
        for text in [&text, &ascii, &digits] {
            assert_stable::<Title>(text)?;
            assert_stable::<Author>(text)?;
            assert_stable::<PersonName>(text)?;
            assert_stable::<CardNumber>(text)?;
            assert_stable::<CoverUrl>(text)?;
            assert_stable::<CopyCount>(text)?;
            assert_stable::<BookId>(text)?;
            assert_stable::<Date>(text)?;
            assert_stable::<Whole<1, 1000>>(text)?;
            assert_stable::<CoverUrl>(&format!("https://example.org/{text}"))?;
            _ = Pin::try_from(text.clone());
        }
    }

    #[test]
    fn a_row_that_is_read_is_written_back(value in json()) {
        assert_row::<Book>(&value)?;
        assert_row::<Patron>(&value)?;
        assert_row::<Loan>(&value)?;
        assert_row::<OpenLoan>(&value)?;
        assert_row::<PastLoan>(&value)?;
    }

    #[test]
    fn a_patron_has_the_own_names(first in any::<String>(), last in any::<String>(), typed in any::<String>()) {
        let (Ok(first), Ok(last)) = (first.parse::<PersonName>(), last.parse::<PersonName>()) else { return Ok(()) };
        let (first_name, last_name) = (first.to_string(), last.to_string());
        let joined = format!("{first}_{last}");
        let id = 1.try_into().unwrap();
        let patron = Patron { id, first_name, last_name, number: "CARD-1".into(), role: Role::User };
        _ = patron.has_names(&typed);
        prop_assert_eq!(patron.has_names(&joined), joined != "_", "{:?}", patron);
    }
}

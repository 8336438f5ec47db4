//! The search index entry of a book, for the catalog service and the CSV loader.

use crate::text::{comparison_key, split_words};

/// The number of a word's characters that are stored.
const WORD_LENGTH: usize = 255;

/// The number of an ending's characters that are stored.
const ENDING_LENGTH: usize = 32;

/// The index entry of one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// All words, separated by spaces. A search finds the book only if each of its words is a substring of this text.
    pub text: String,
    /// The words as keys, truncated to 255 characters.
    pub words: Vec<String>,
    /// Every suffix of every word, truncated to 32 characters, with its word. A prefix of a suffix is any part of the
    /// word.
    pub endings: Vec<(String, String)>,
}

/// The index entry of the book with this title and author.
pub fn index_entry(title: &str, author: &str) -> IndexEntry {
    let whole = split_words(&format!("{title} {author}"));
    let mut entry = IndexEntry { text: whole.join(" "), words: Vec::new(), endings: Vec::new() };
    for word in &whole {
        let key = cut(word, WORD_LENGTH);
        let endings = word.char_indices().map(|(start, _)| cut(&word[start..], ENDING_LENGTH));
        entry.endings.extend(endings.map(|ending| (ending.to_owned(), key.to_owned())));
        entry.words.push(key.to_owned());
    }
    // In the table's order, so that concurrent inserts lock rows in the same order and don't deadlock.
    entry.words.sort_unstable();
    entry.words.dedup();
    entry.endings.sort_unstable();
    entry.endings.dedup();
    entry
}

/// The prefix of the endings that lead to `word`: `word`, truncated like an ending.
pub fn ending_prefix(word: &str) -> &str {
    cut(word, ENDING_LENGTH)
}

/// A key that is equal for duplicate books: it ignores case, spacing, kinds of apostrophes and hyphens, and Unicode
/// form in title and author.
pub fn title_key(title: &str, author: &str) -> String {
    format!("{}\n{}", comparison_key(title), comparison_key(author))
}

fn cut(text: &str, length: usize) -> &str {
    text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_indexed_by_every_ending_of_its_words() {
        let entry = index_entry("The Sea", "Sea, A.");
        assert_eq!(entry.text, "the sea a.");
        assert_eq!(entry.words, ["a.", "sea", "the"]);
        let endings: Vec<_> = entry.endings.iter().map(|(ending, _)| ending.as_str()).collect();
        assert_eq!(endings, [".", "a", "a.", "e", "ea", "he", "sea", "the"]);
    }

    #[test]
    fn words_without_spaces_between_them_are_found_by_any_part() {
        let title = "紅樓夢".repeat(85);
        let entry = index_entry(&title, "曹雪芹");
        assert!(entry.endings.iter().all(|(ending, _)| ending.chars().count() <= 32));
        assert!(entry.endings.iter().any(|(ending, _)| ending.starts_with("樓夢紅")));
        assert_eq!(ending_prefix(&title).chars().count(), 32);
    }

    #[test]
    fn the_same_book_has_one_key() {
        assert_eq!(title_key("The  SEA", "Groß, J"), title_key("The Sea ", "GROSS, J"));
        assert_ne!(title_key("The Sea", "A"), title_key("The Sea A", ""));
    }
}

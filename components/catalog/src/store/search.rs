//! Search plans. If one of its words is rare, a search starts from the index; if all are common, it scans the list in
//! order. Both keep a page cheap in a large catalog.

use domain::{search::ending_prefix, text::search_words};
use service_kit::{
    database::{Database, DatabaseError, like_pattern},
    log,
};
use spin_sdk::mysql::ParameterValue::{self, Int64, Str};

use super::index;

/// With up to this many candidates, reading and sorting them is faster than scanning the list for a single word.
/// Measured with a million titles.
const FEW: i64 = 4_000;

/// The same for several words. It is larger, because books that have all of them may be far apart in the list.
const FEW_OF_SEVERAL: i64 = 20_000;

/// The last character: texts with the prefix `word` sort between `word` and `word` followed by this.
const LAST: char = char::MAX;

const COUNT_CANDIDATES: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM word_endings \
    JOIN book_words ON book_words.word = word_endings.word \
    WHERE word_endings.ending BETWEEN ? AND ? LIMIT ?) AS counted";

/// A derived table of the books that have the candidate word.
pub(crate) const CANDIDATES: &str = "(SELECT DISTINCT book_words.bookId FROM word_endings \
    JOIN book_words ON book_words.word = word_endings.word \
    WHERE word_endings.ending BETWEEN ? AND ?) AS candidate";

/// Counts the books that have a search's only word. The LIMIT applies to the index, so common words are as fast as rare
/// ones.
pub(crate) const COUNT_BOOKS_WITH_WORD: &str = "SELECT COUNT(*) FROM (SELECT DISTINCT book_words.bookId \
    FROM word_endings JOIN book_words ON book_words.word = word_endings.word \
    WHERE word_endings.ending BETWEEN ? AND ? LIMIT ?) AS counted";

/// The words to find, and the word whose books are candidates; `None` scans the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Search {
    words: Vec<String>,
    candidate: Option<String>,
}

impl Search {
    /// Indexes missing books, then plans the search for `text`. A text without words finds every book.
    ///
    /// # Errors
    /// As every statement.
    pub(crate) fn plan(database: &impl Database, text: &str) -> Result<Self, DatabaseError> {
        let mut words = search_words(text);
        if words.is_empty() {
            return Ok(Self::default());
        }
        match index::catch_up(database) {
            Err(lost @ DatabaseError::Unreachable(_)) => return Err(lost),
            // For example, the server is read-only. Search the indexed books.
            Err(error) => log::error("the search index is not up to date", error),
            Ok(()) => {}
        }
        // The longest word is likely to be the rarest.
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let few = if words.len() == 1 { FEW } else { FEW_OF_SEVERAL };
        let mut candidate = None;
        for word in &words {
            let [from, to] = range(word);
            let binds = [from, to, Int64(few + 1)];
            let count: i64 = database.row(COUNT_CANDIDATES, &binds, |columns| columns.take())?;
            if count <= few {
                candidate = Some(word.clone());
                break;
            }
        }
        Ok(Self { words, candidate })
    }

    /// The values of [`CANDIDATES`], if the search has a candidate word.
    pub(crate) fn candidates(&self) -> Option<[ParameterValue; 2]> {
        self.candidate.as_deref().map(range)
    }

    /// The values of [`CANDIDATES`] for counting. Unlike [`Self::candidates`], also for a search whose words are all
    /// common, because a count in list order would read most of the catalog.
    pub(crate) fn candidates_to_count(&self) -> Option<[ParameterValue; 2]> {
        self.candidate.as_deref().or(self.words.first().map(String::as_str)).map(range)
    }

    /// The values of [`COUNT_BOOKS_WITH_WORD`], if the search has a single word that the index does not truncate.
    pub(crate) fn only_word(&self) -> Option<[ParameterValue; 2]> {
        match &self.words[..] {
            [word] if ending_prefix(word) == word => Some(range(word)),
            _ => None,
        }
    }

    /// The `LIKE` patterns for `searchText`, one per word.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = ParameterValue> {
        self.words.iter().map(|word| like_pattern(word))
    }
}

/// The bounds of the endings that begin with `word`.
fn range(word: &str) -> [ParameterValue; 2] {
    let first = ending_prefix(word);
    [Str(first.to_owned()), Str(format!("{first}{LAST}"))]
}

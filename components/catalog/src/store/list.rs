//! The list of books in each of its orders, read from either side of a book.
//!
//! A page begins at a book and not after so many rows: the index of the order leads there at once, however far
//! into a catalogue of whatever size that is, and nothing is seen twice or missed when books are added.

use std::collections::BTreeSet;

use domain::{Book, BookId};
use service_kit::database::{Database, DatabaseError, containing, id_list};
use spin_sdk::mysql::ParameterValue::{self, Int64};

use super::book;

/// More books than this are not counted.
pub(crate) const MOST_COUNTED: i64 = 10_000;

/// Which books a list is about.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Those with this text in title or author, all of them when it is empty
    pub(crate) text: String,
    /// Only these
    pub(crate) ids: Option<BTreeSet<BookId>>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Id,
    Title,
    Author,
    Newest,
}

/// Where in the order one reads, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Forward from the beginning
    Start,
    /// Forward from this book on, without it
    After(i64),
    /// Backward from this book on, without it
    Before(i64),
}

/// The first `rows` books that one comes by.
pub(crate) fn read(
    database: &impl Database,
    filter: &Filter,
    sort: Sort,
    place: Place,
    rows: i64,
) -> Result<Vec<Book>, DatabaseError> {
    let (tables, order) = words(sort, place);
    let (conditions, values) = filter.words();
    let sql = format!(
        "SELECT book.id, book.title, book.author, book.count, book.thumbnailUrl \
         FROM {tables}{conditions} ORDER BY {order} LIMIT ?"
    );
    let cursor = match place {
        Place::Start => None,
        Place::After(id) | Place::Before(id) => Some(Int64(id)),
    };
    let binds: Vec<_> = cursor.into_iter().chain(values).chain([Int64(rows)]).collect();
    database.rows(&sql, &binds, book)
}

/// How many books there are, at most one more than [`MOST_COUNTED`].
pub(crate) fn count(database: &impl Database, filter: &Filter) -> Result<i64, DatabaseError> {
    let (conditions, mut binds) = filter.words();
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM books AS book WHERE TRUE{conditions} LIMIT ?) AS counted"
    );
    binds.push(Int64(MOST_COUNTED + 1));
    let counts = database.rows(&sql, &binds, |columns| columns.take())?;
    counts.into_iter().next().ok_or_else(|| DatabaseError::fault("a count is missing"))
}

/// The tables with the condition that leads to the place, and the order. What is put together here is nobody's
/// input.
///
/// The book at which a page begins is a table of one row, whose values both servers know before they choose a
/// way through the other: then this is a range of the index. A comparison of rows, (title, id) > (?, ?), is none.
fn words(sort: Sort, place: Place) -> (String, String) {
    let is_rising = matches!(place, Place::Before(_)) == (sort == Sort::Newest);
    let (sign, way) = if is_rising { (">", "ASC") } else { ("<", "DESC") };
    let column = match sort {
        Sort::Id | Sort::Newest => None,
        Sort::Title => Some("title"),
        Sort::Author => Some("author"),
    };
    let tables = match (place, column) {
        (Place::Start, _) => "books AS book WHERE TRUE".to_owned(),
        (_, None) => format!("books AS book WHERE book.id {sign} ?"),
        (_, Some(column)) => format!(
            "books AS edge JOIN books AS book ON book.{column} {sign} edge.{column} \
             OR (book.{column} = edge.{column} AND book.id {sign} edge.id) WHERE edge.id = ?"
        ),
    };
    let order = match column {
        None => format!("book.id {way}"),
        Some(column) => format!("book.{column} {way}, book.id {way}"),
    };
    (tables, order)
}

impl Filter {
    /// The conditions, and the values for them.
    fn words(&self) -> (String, Vec<ParameterValue>) {
        let (mut conditions, mut values) = (String::new(), Vec::new());
        if !self.text.is_empty() {
            conditions += " AND (book.title LIKE ? ESCAPE '!' OR book.author LIKE ? ESCAPE '!')";
            values.extend([containing(&self.text), containing(&self.text)]);
        }
        if let Some(ids) = &self.ids {
            conditions += " AND book.id IN (SELECT asked.id \
                FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked)";
            values.push(id_list(ids));
        }
        (conditions, values)
    }
}

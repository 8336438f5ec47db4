//! The list of books in each of its orders, read forward or backward from a book.
//!
//! Keyset pagination: a page begins at a book and not at an offset. The order's index finds any page at once, and added
//! books neither repeat nor hide rows.

use std::collections::{BTreeMap, BTreeSet};

use contract::{catalog::BookOrder, paging::Cursor};
use domain::{Book, BookId, Total};
use service_kit::database::{Columns, Database, DatabaseError, json_ids};
use spin_sdk::mysql::ParameterValue::{self, Int64, Str};

use super::{
    row::{book_columns, read_book},
    search::{CANDIDATES, COUNT_BOOKS_WITH_WORD, Search},
};

/// The books with the ids in a JSON array.
macro_rules! with_ids {
    () => {
        "book.id IN (SELECT asked.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked)"
    };
}

const TIMES_OF_ADDITION: &str = concat!(
    "SELECT book.id, DATE_FORMAT(book.addedAt, '%Y-%m-%dT%H:%i:%sZ') FROM books AS book WHERE ",
    with_ids!()
);

/// The conditions of a list; a book has to meet all of them.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// The search; the default finds every book.
    pub(crate) search: Search,
    /// Only books by exactly this author: Müller is not Muller.
    pub(crate) author: Option<String>,
    /// Only these books.
    pub(crate) ids: Option<BTreeSet<BookId>>,
}

/// A side of a book in an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// A statement under construction. Values are bound and never part of its text.
#[derive(Default)]
struct Statement {
    tables: Vec<String>,
    conditions: Vec<String>,
    table_values: Vec<ParameterValue>,
    values: Vec<ParameterValue>,
}

/// The first `rows` books from `cursor` on, in reading direction; with `until`, only those that precede this book.
pub(crate) fn read(
    database: &impl Database,
    filter: &Filter,
    order: BookOrder,
    cursor: Cursor,
    until: Option<i64>,
    rows: i64,
) -> Result<Vec<Book>, DatabaseError> {
    let is_rising = is_rising(order, cursor);
    let direction = if is_rising { "ASC" } else { "DESC" };
    let order_by = match order {
        BookOrder::Id | BookOrder::Newest => format!("book.id {direction}"),
        BookOrder::Title => format!("book.title {direction}, book.id {direction}"),
        BookOrder::Author => format!("book.author {direction}, book.id {direction}"),
    };
    let mut statement = Statement::default();
    statement.begin_at(order, cursor);
    if let Some(id) = until {
        statement.bound(order, id, Side::Before, "last");
    }
    statement.filter(filter, filter.search.candidates());
    let (tables, mut values) = statement.finish();
    values.push(Int64(rows));
    // STRAIGHT_JOIN keeps this join order: the cursor's row, the search's candidates, the books. Without it, both
    // servers sometimes start with the books.
    let columns = book_columns!();
    let sql = format!("SELECT STRAIGHT_JOIN {columns} FROM {tables} ORDER BY {order_by} LIMIT ?");
    database.rows(&sql, &values, read_book)
}

/// Whether rows are read in ascending order of the column. That is forward, except for the newest books, which have the
/// highest ids.
fn is_rising(order: BookOrder, cursor: Cursor) -> bool {
    matches!(cursor, Cursor::Before(_)) == (order == BookOrder::Newest)
}

/// The number of books that match the filter on that side of the cursor. Counting stops at [`Total::COUNTED`].
pub(crate) fn count(
    database: &impl Database,
    filter: &Filter,
    order: BookOrder,
    cursor: Cursor,
) -> Result<Total, DatabaseError> {
    let limit = Int64(i64::from(Total::COUNTED) + 1);
    let is_whole = cursor == Cursor::Start && filter.author.is_none() && filter.ids.is_none();
    if let Some([from, to]) = filter.search.only_word().filter(|_| is_whole) {
        let binds = [from, to, limit];
        let count: i64 = database.row(COUNT_BOOKS_WITH_WORD, &binds, |columns| columns.take())?;
        return Ok(u32::try_from(count).map_err(DatabaseError::internal)?.into());
    }
    let mut statement = Statement::default();
    statement.begin_at(order, cursor);
    statement.filter(filter, filter.search.candidates_to_count());
    let (tables, mut values) = statement.finish();
    values.push(limit);
    let sql =
        format!("SELECT COUNT(*) FROM (SELECT STRAIGHT_JOIN 1 FROM {tables} LIMIT ?) AS counted");
    let count: i64 = database.row(&sql, &values, |columns| columns.take())?;
    Ok(u32::try_from(count).map_err(DatabaseError::internal)?.into())
}

/// When each of the books was added, as RFC 3339 in UTC. Empty for one that was removed after it was read.
pub(crate) fn times_of_addition(
    database: &impl Database,
    books: &[Book],
) -> Result<Vec<String>, DatabaseError> {
    let ids = books.iter().map(|book| book.id).collect();
    let read = |columns: &mut Columns| Ok((columns.take::<i64>()?, columns.take::<String>()?));
    let times: BTreeMap<_, _> =
        database.rows(TIMES_OF_ADDITION, &[json_ids(&ids)], read)?.into_iter().collect();
    Ok(books.iter().map(|book| times.get(&book.id.get()).cloned().unwrap_or_default()).collect())
}

impl Statement {
    /// Begins at the cursor.
    fn begin_at(&mut self, order: BookOrder, cursor: Cursor) {
        match cursor {
            Cursor::Start => {}
            Cursor::After(id) => self.bound(order, id, Side::After, "edge"),
            Cursor::Before(id) => self.bound(order, id, Side::Before, "edge"),
        }
    }

    /// Only books on this side of the book with this id. For an order by a column, that book is a table of one row, called
    /// `edge`, whose values both servers know before they choose a plan: the comparison becomes a range of the index. A row
    /// comparison such as (title, id) > (?, ?) does not.
    fn bound(&mut self, order: BookOrder, id: i64, side: Side, edge: &'static str) {
        self.values.push(Int64(id));
        // The newest books come first, and have the highest ids.
        let sign = if (side == Side::After) == (order == BookOrder::Newest) { '<' } else { '>' };
        let column = match order {
            BookOrder::Id | BookOrder::Newest => {
                return self.conditions.push(format!("book.id {sign} ?"));
            }
            BookOrder::Title => "title",
            BookOrder::Author => "author",
        };
        self.tables.push(format!("books AS {edge}"));
        self.conditions.push(format!("{edge}.id = ?"));
        self.conditions.push(format!(
            "book.{column} {sign} {edge}.{column} OR (book.{column} = {edge}.{column} AND book.id {sign} {edge}.id)"
        ));
    }

    fn filter(&mut self, filter: &Filter, candidates: Option<[ParameterValue; 2]>) {
        if let Some(range) = candidates {
            self.tables.push(CANDIDATES.to_owned());
            self.table_values.extend(range);
            self.conditions.push("book.id = candidate.bookId".to_owned());
        }
        self.tables.push("books AS book".to_owned());
        for pattern in filter.search.patterns() {
            self.conditions.push("book.searchText LIKE ? ESCAPE '!'".to_owned());
            self.values.push(pattern);
        }
        if let Some(author) = &filter.author {
            // The first comparison, by the collation, finds the books in the index.
            self.conditions.push("book.author = ?".to_owned());
            self.conditions.push("book.author COLLATE utf8mb4_bin = ?".to_owned());
            self.values.extend([Str(author.clone()), Str(author.clone())]);
        }
        if let Some(ids) = &filter.ids {
            self.conditions.push(with_ids!().to_owned());
            self.values.push(json_ids(ids));
        }
    }

    /// The text after `FROM`, and all values.
    fn finish(self) -> (String, Vec<ParameterValue>) {
        let mut sql = self.tables.join(" JOIN ");
        for (index, condition) in self.conditions.iter().enumerate() {
            sql += if index == 0 { " WHERE (" } else { " AND (" };
            sql += condition;
            sql.push(')');
        }
        (sql, self.table_values.into_iter().chain(self.values).collect())
    }
}

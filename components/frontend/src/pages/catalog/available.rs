//! Pages of the catalog with only the books that have an available copy.
//!
//! Only the ledger knows these books, and it is asked about many at once. If all matching books are so few, the pages
//! are cut here, and their totals are known. Otherwise a page may be short and still link to the next one.

use std::mem::take;

use contract::paging::Cursor;
use domain::Book;

use super::PAGE_SIZE;
use crate::{
    failure::Failure,
    services::{Availability, BookList, BookQuery, Catalog},
};

/// The number of books that are searched for available ones at once.
const WINDOW: u16 = 200;

/// The books among which a page's available ones are found.
pub(super) struct Window {
    pub(super) list: BookList,
    /// Whether these are all matching books, from the first to the last.
    pub(super) is_complete: bool,
}

impl Window {
    /// All books that match `query`, else as many as possible from its cursor on. That costs a second call on further
    /// pages of a large catalog.
    pub(super) async fn read(catalog: &Catalog<'_>, query: BookQuery<'_>) -> Result<Self, Failure> {
        let query = BookQuery { limit: WINDOW, ..query };
        let list = catalog.books(&BookQuery { cursor: Cursor::Start, ..query }).await?;
        let is_complete = list.next.is_none();
        if is_complete || query.cursor == Cursor::Start {
            return Ok(Self { list, is_complete });
        }
        Ok(Self { list: catalog.books(&query).await?, is_complete })
    }

    /// Reduces the list to the page at `cursor`, and moves its own cursors to the ends of that page. Returns the numbers
    /// of available books on all pages and on the previous ones, if the window is complete. Without the ledger, every
    /// book counts as available.
    pub(super) fn cut(
        &mut self,
        availability: Option<&Availability>,
        cursor: Cursor,
    ) -> Option<(u32, u32)> {
        let is_available = |book: &Book| {
            availability.is_none_or(|known| book.copies > known.copies_of(book.id).out)
        };
        let list = &mut self.list;
        let all = take(&mut list.books);
        let edge = match cursor {
            Cursor::Start => None,
            Cursor::After(id) | Cursor::Before(id) => {
                all.iter().position(|book| book.id.get() == id)
            }
        };
        let before_edge = all[..edge.unwrap_or_default()].iter().filter(|book| is_available(book));
        let before_edge = before_edge.count();
        let is_edge_available = edge.is_some_and(|edge| is_available(&all[edge]));
        let mut available: Vec<_> = all.into_iter().filter(is_available).collect();
        let (total, size) = (available.len(), usize::from(PAGE_SIZE));
        let (first, last) = match (cursor, self.is_complete) {
            (Cursor::Start, _) | (Cursor::After(_), false) => (0, size),
            (Cursor::Before(_), false) => (total.saturating_sub(size), total),
            // If the book of the cursor was removed, its place in the order is unknown, and the page is empty.
            (Cursor::After(_), true) => {
                let first = edge.map_or(total, |_| before_edge + usize::from(is_edge_available));
                (first, first + size)
            }
            (Cursor::Before(_), true) => (before_edge.saturating_sub(size), before_edge),
        };
        let last = last.min(total);
        list.books = available.drain(first.min(last)..last).collect();
        if first > 0 {
            list.previous = list.books.first().map(|book| book.id);
        }
        if last < total {
            list.next = list.books.last().map(|book| book.id);
        }
        self.is_complete.then_some((total as u32, first as u32))
    }
}

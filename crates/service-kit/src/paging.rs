//! Pages of a list that is read in both directions.

use contract::paging::{Cursor, PageSize};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, I> {
    /// The rows in the order of the list.
    pub rows: Vec<T>,
    /// The `after` of the next page; `None` on the last.
    pub next: Option<I>,
    /// The `before` of the previous page; `None` on the first.
    pub previous: Option<I>,
}

/// Reads a page. `read` returns at most the given number of rows from a cursor on, in reading direction; `id` returns the
/// cursor of a row.
///
/// # Errors
/// Those of `read`.
pub fn read_page<T, I: Copy + Into<i64>, E>(
    cursor: Cursor,
    limit: PageSize,
    id: impl Fn(&T) -> I,
    read: impl Fn(Cursor, i64) -> Result<Vec<T>, E>,
) -> Result<Page<T, I>, E> {
    // Reads one row more than the page has, to learn whether the list continues without counting.
    let mut rows = read(cursor, i64::from(limit.get()) + 1)?;
    let continues = rows.len() > limit.get() as usize;
    rows.truncate(limit.get() as usize);
    if matches!(cursor, Cursor::Before(_)) {
        rows.reverse();
    }
    let (mut next, mut previous) = (None, None);
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        let (first, last) = (id(first), id(last));
        let is_any = |cursor| read(cursor, 1).map(|rows| !rows.is_empty());
        let (has_next, has_previous) = match cursor {
            Cursor::Start => (continues, false),
            Cursor::After(_) => (continues, is_any(Cursor::Before(first.into()))?),
            Cursor::Before(_) => (is_any(Cursor::After(last.into()))?, continues),
        };
        (next, previous) = (has_next.then_some(last), has_previous.then_some(first));
    }
    Ok(Page { rows, next, previous })
}

/// The cursor to begin at and the row to end before, for reading a list without a limit forward.
pub fn forward(cursor: Cursor) -> (Cursor, Option<i64>) {
    match cursor {
        Cursor::Before(id) => (Cursor::Start, Some(id)),
        cursor => (cursor, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of the list of 1 to 7.
    fn seven(cursor: Cursor) -> Page<i64, i64> {
        let read = |cursor, rows: i64| {
            let ids: Vec<i64> = match cursor {
                Cursor::Start => (1..=7).collect(),
                Cursor::After(id) => (id + 1..=7).collect(),
                Cursor::Before(id) => (1..id.min(8)).rev().collect(),
            };
            Ok::<_, ()>(ids.into_iter().take(rows.try_into().unwrap()).collect())
        };
        read_page(cursor, PageSize::try_from(3).unwrap(), |row| *row, read).unwrap()
    }

    #[test]
    fn a_page_has_the_cursors_of_its_neighbors() {
        for (cursor, rows, previous, next) in [
            (Cursor::Start, vec![1, 2, 3], None, Some(3)),
            (Cursor::After(3), vec![4, 5, 6], Some(4), Some(6)),
            (Cursor::After(6), vec![7], Some(7), None),
            (Cursor::Before(7), vec![4, 5, 6], Some(4), Some(6)),
            (Cursor::Before(4), vec![1, 2, 3], None, Some(3)),
            (Cursor::Before(3), vec![1, 2], None, Some(2)),
            // A cursor that is not the id of a row.
            (Cursor::After(0), vec![1, 2, 3], None, Some(3)),
            (Cursor::Before(99), vec![5, 6, 7], Some(5), None),
            // A page without rows.
            (Cursor::After(7), vec![], None, None),
            (Cursor::Before(1), vec![], None, None),
        ] {
            assert_eq!(seven(cursor), Page { rows, next, previous }, "{cursor:?}");
        }
    }
}

//! Lists in pages: `?limit=20&after=7`, and in some lists back again: `?limit=20&before=8`.

use domain::Whole;

use crate::{
    endpoint::{Input, Outgoing},
    query::{InvalidParameter, Parameters, Query},
};

/// The number of rows on a page.
pub type PageSize = Whole<1, 1000>;

/// A page of a list, or the whole list without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The last id of the previous page.
    pub after: Option<i64>,
    /// The size of a page.
    pub limit: Option<PageSize>,
}

impl PageRequest {
    /// The exclusive lower bound in a list of ascending ids.
    pub fn above(&self) -> i64 {
        self.after.unwrap_or_default()
    }

    /// The value for `LIMIT ?`: one row more than the page, which shows without counting whether there is a next page.
    /// `i64::MAX` without a limit.
    pub fn rows_to_read(&self) -> i64 {
        self.limit.map_or(i64::MAX, |limit| i64::from(limit.get()) + 1)
    }

    /// Truncates the rows that were read to the page, and returns the answer's `next`: `None` without a limit,
    /// otherwise the `after` of the next page, or null on the last page.
    pub fn cut<T, I>(&self, rows: &mut Vec<T>, id: impl Fn(&T) -> I) -> Option<Option<I>> {
        self.limit.map(|limit| {
            let length = limit.get() as usize;
            let has_more = rows.len() > length;
            rows.truncate(length);
            rows.last().filter(|_| has_more).map(id)
        })
    }
}

impl Parameters for PageRequest {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self { after: query.number("after", 0..=i64::MAX)?, limit: query.value("limit")? })
    }
}

impl Input for PageRequest {
    fn write(&self, request: &mut Outgoing) {
        request.parameter("limit", self.limit);
        request.parameter("after", self.after);
    }
}

/// The position at which a page begins, and the direction in which it is read. The number is the id of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// Forward from the beginning.
    #[default]
    Start,
    /// Forward from this row, without it.
    After(i64),
    /// Backward from this row, without it.
    Before(i64),
}

impl Parameters for Cursor {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        let id = |name| query.number(name, 0..=i64::MAX);
        match (id("after")?, id("before")?) {
            (None, None) => Ok(Self::Start),
            (Some(id), None) => Ok(Self::After(id)),
            (None, Some(id)) => Ok(Self::Before(id)),
            (Some(_), Some(_)) => {
                let both = "`after` and `before` can't both be given";
                Err(InvalidParameter(both.to_owned()))
            }
        }
    }
}

impl Input for Cursor {
    fn write(&self, request: &mut Outgoing) {
        match self {
            Self::Start => {}
            Self::After(id) => request.parameter("after", Some(id)),
            Self::Before(id) => request.parameter("before", Some(id)),
        }
    }
}

/// The part of a list that can be read in both directions: everything without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CursorRequest {
    /// `after` or `before`
    pub cursor: Cursor,
    /// `limit`: the size of a page.
    pub limit: Option<PageSize>,
}

impl Parameters for CursorRequest {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self { cursor: Cursor::read(query)?, limit: query.value("limit")? })
    }
}

impl Input for CursorRequest {
    fn write(&self, request: &mut Outgoing) {
        request.parameter("limit", self.limit);
        self.cursor.write(request);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> PageRequest {
        PageRequest::read(&Query::parse(Some(query)).unwrap()).unwrap()
    }

    fn cut(query: &str, rows: &[i64]) -> (Vec<i64>, Option<Option<i64>>) {
        let page = page(query);
        let mut read: Vec<i64> =
            rows.iter().copied().take(page.rows_to_read().try_into().unwrap()).collect();
        let next = page.cut(&mut read, |row| *row);
        (read, next)
    }

    #[test]
    fn a_page_says_where_the_next_one_begins() {
        assert_eq!(cut("limit=2", &[1, 2, 3]), (vec![1, 2], Some(Some(2))));
        assert_eq!(cut("limit=3", &[1, 2, 3]), (vec![1, 2, 3], Some(None)));
        assert_eq!(cut("limit=1", &[]), (vec![], Some(None)));
    }

    #[test]
    fn without_a_limit_it_is_the_whole_list() {
        assert_eq!(cut("after=7", &[8, 9]), (vec![8, 9], None));
        assert_eq!(page("").rows_to_read(), i64::MAX);
    }
    #[test]
    fn a_cursor_has_one_direction() {
        let read = |query: &str| Cursor::read(&Query::parse(Some(query)).unwrap());
        assert_eq!(read(""), Ok(Cursor::Start));
        assert_eq!(read("after=7"), Ok(Cursor::After(7)));
        assert_eq!(read("before=0"), Ok(Cursor::Before(0)));
        for invalid in ["after=7&before=8", "before=x", "after=-1"] {
            assert!(read(invalid).is_err(), "{invalid}");
        }
    }
}

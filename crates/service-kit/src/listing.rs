//! Lists of rows: all of them, or a page at a time when the request says how long a page is.

use http::Response;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{json, problem::Problem, target::Query};

/// Which part of a list a request asks for: `?limit=20&after=7`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    after: Option<i64>,
    limit: Option<i64>,
}

impl Window {
    /// Reads `limit`, 1 to 1000, and `after`, the id at which the page before ended.
    ///
    /// # Errors
    /// 400 that names what is wrong.
    pub fn of(query: &Query) -> Result<Self, Problem> {
        Ok(Self {
            after: query.number("after", 0..=i64::MAX)?,
            limit: query.number("limit", 1..=1000)?,
        })
    }

    /// Where a list of rising ids goes on: ids greater than this.
    pub fn above(&self) -> i64 {
        self.after.unwrap_or_default()
    }

    /// Where a list of falling ids goes on: ids smaller than this.
    pub fn below(&self) -> i64 {
        self.after.unwrap_or(i64::MAX)
    }

    /// What to bind to `LIMIT ?`: one row more than the page has tells whether there is a further page,
    /// without counting. `i64::MAX` when all are wanted.
    pub fn rows_to_read(&self) -> i64 {
        self.limit.map_or(i64::MAX, |limit| limit + 1)
    }

    /// Leaves the page in `rows`, which are those that were read, and says what `next` is: with a limit the
    /// `after` of the next page, null on the last.
    pub fn cut<T>(&self, rows: &mut Vec<T>, id: impl Fn(&T) -> i64) -> Option<Option<i64>> {
        self.limit.map(|limit| {
            let length = usize::try_from(limit).unwrap_or(usize::MAX);
            let more = rows.len() > length;
            rows.truncate(length);
            rows.last().filter(|_| more).map(id)
        })
    }

    /// The answer `{"<name>": rows}`, with `next` as [`Window::cut`] has it. `rows` are those that were
    /// read, `id` tells theirs.
    ///
    /// # Errors
    /// As [`json`].
    pub fn answer<T: Serialize>(
        &self,
        name: &'static str,
        mut rows: Vec<T>,
        empty: Empty,
        id: impl Fn(&T) -> i64,
    ) -> Result<Response<Vec<u8>>, Problem> {
        let next = self.cut(&mut rows, id);
        let rows = (!rows.is_empty() || empty == Empty::List).then_some(rows);
        json(&Page { name, rows, next })
    }
}

/// How a list without rows is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// `[]`
    List,
    /// `null`, as the contract has it for loans.
    Null,
}

struct Page<T> {
    name: &'static str,
    rows: Option<Vec<T>>,
    next: Option<Option<i64>>,
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.rows)?;
        if let Some(next) = self.next {
            map.serialize_entry("next", &next)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(query: &str) -> Window {
        Window::of(&Query::parse(Some(query)).unwrap()).unwrap()
    }

    fn answer(query: &str, rows: &[i64], empty: Empty) -> String {
        let window = window(query);
        let read: Vec<i64> =
            rows.iter().copied().take(window.rows_to_read().try_into().unwrap()).collect();
        let response = window.answer("rows", read, empty, |row| *row).unwrap();
        String::from_utf8(response.into_body()).unwrap()
    }

    #[test]
    fn a_page_says_where_the_next_one_begins() {
        assert_eq!(answer("limit=2", &[1, 2, 3], Empty::List), r#"{"rows":[1,2],"next":2}"#);
        assert_eq!(answer("limit=3", &[1, 2, 3], Empty::List), r#"{"rows":[1,2,3],"next":null}"#);
        assert_eq!(answer("limit=1", &[], Empty::List), r#"{"rows":[],"next":null}"#);
        assert_eq!(answer("limit=1", &[], Empty::Null), r#"{"rows":null,"next":null}"#);
    }

    #[test]
    fn without_a_limit_it_is_the_whole_list_and_nothing_else() {
        assert_eq!(answer("after=7", &[8, 9], Empty::Null), r#"{"rows":[8,9]}"#);
        assert_eq!(answer("", &[], Empty::List), r#"{"rows":[]}"#);
        assert_eq!(answer("", &[], Empty::Null), r#"{"rows":null}"#);
    }

    #[test]
    fn a_list_goes_on_in_its_own_direction() {
        assert_eq!((window("after=7").above(), window("after=7").below()), (7, 7));
        assert_eq!((window("").above(), window("").below()), (0, i64::MAX));
    }
}

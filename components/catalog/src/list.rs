//! `GET /catdb`: the books in any order, all of them or a page, and from each page the way to both sides.

use domain::{Book, BookId};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    database::{Database, DatabaseError},
    json,
    problem::bad_request,
    target::Query,
};

use crate::store::list::{self as store, Filter, Place, Sort};

/// Answers `?q=&ids=&sort=&limit=&after=&before=&total=`.
pub(crate) fn answer<D: Database>(
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    #[derive(Serialize)]
    struct List {
        books: Vec<Book>,
        #[serde(flatten)]
        sides: Option<Sides>,
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<i64>,
    }
    let text = query.text("q")?.unwrap_or_default().to_owned();
    let filter = Filter { text, ids: query.ids("ids")? };
    let (sort, place) = (sort(query)?, place(query)?);
    let limit = query.number("limit", 1..=1000)?;
    let wants_total = query.flag("total")?;

    let database = open()?;
    let read = |place, rows| store::read(&database, &filter, sort, place, rows);
    let (books, sides) = match limit {
        Some(limit) => {
            let (books, sides) = page(read, place, limit)?;
            (books, Some(sides))
        }
        None => (in_order(read(place, i64::MAX)?, place), None),
    };
    let total = wants_total.then(|| store::count(&database, &filter)).transpose()?;
    json(&List { books, sides, total })
}

/// Where a page's neighbours are: what to send as `after` or `before`, null where the list ends.
#[derive(Serialize)]
struct Sides {
    next: Option<BookId>,
    previous: Option<BookId>,
}

/// At most `limit` books, and what there is on both sides of them.
fn page(
    read: impl Fn(Place, i64) -> Result<Vec<Book>, DatabaseError>,
    place: Place,
    limit: i64,
) -> Result<(Vec<Book>, Sides), DatabaseError> {
    // One row more than the page has tells whether it goes on, without counting.
    let mut books = read(place, limit + 1)?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = books.len() > length;
    books.truncate(length);
    let books = in_order(books, place);
    let (Some(first), Some(last)) = (books.first(), books.last()) else {
        return Ok((books, Sides { next: None, previous: None }));
    };
    let (first, last) = (first.id, last.id);
    let is_any = |place| read(place, 1).map(|books| !books.is_empty());
    let (has_next, has_previous) = match place {
        Place::Start => (goes_on, false),
        Place::After(_) => (goes_on, is_any(Place::Before(first.get()))?),
        Place::Before(_) => (is_any(Place::After(last.get()))?, goes_on),
    };
    let sides = Sides { next: has_next.then_some(last), previous: has_previous.then_some(first) };
    Ok((books, sides))
}

/// What was read backward, turned round.
fn in_order(mut books: Vec<Book>, place: Place) -> Vec<Book> {
    if matches!(place, Place::Before(_)) {
        books.reverse();
    }
    books
}

fn sort(query: &Query) -> Result<Sort, Problem> {
    match query.text("sort")? {
        None | Some("id") => Ok(Sort::Id),
        Some("title") => Ok(Sort::Title),
        Some("author") => Ok(Sort::Author),
        Some("newest") => Ok(Sort::Newest),
        Some(_) => Err(bad_request("`sort` must be id, title, author or newest")),
    }
}

fn place(query: &Query) -> Result<Place, Problem> {
    let cursor = |name| query.number(name, 0..=i64::MAX);
    match (cursor("after")?, cursor("before")?) {
        (None, None) => Ok(Place::Start),
        (Some(id), None) => Ok(Place::After(id)),
        (None, Some(id)) => Ok(Place::Before(id)),
        (Some(_), Some(_)) => Err(bad_request("`after` and `before` can't both be given")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(id: i64) -> Book {
        let id = id.try_into().unwrap();
        Book { id, title: "t".into(), author: "a".into(), copies: 1, thumbnail_url: String::new() }
    }

    /// The ids of the page, `previous` and `next`, in a library with the books 1 to 7.
    fn seven(place: Place, limit: i64) -> (Vec<i64>, Option<i64>, Option<i64>) {
        let read = |place, rows: i64| {
            let ids: Vec<i64> = match place {
                Place::Start => (1..=7).collect(),
                Place::After(id) => (id + 1..=7).collect(),
                Place::Before(id) => (1..id.min(8)).rev().collect(),
            };
            Ok(ids.into_iter().take(rows.try_into().unwrap()).map(book).collect())
        };
        let (books, sides) = page(read, place, limit).unwrap();
        let ids = books.iter().map(|book| book.id.get()).collect();
        (ids, sides.previous.map(BookId::get), sides.next.map(BookId::get))
    }

    #[test]
    fn each_page_says_where_its_neighbours_are() {
        for (place, ids, previous, next) in [
            (Place::Start, vec![1, 2, 3], None, Some(3)),
            (Place::After(3), vec![4, 5, 6], Some(4), Some(6)),
            (Place::After(6), vec![7], Some(7), None),
            (Place::Before(7), vec![4, 5, 6], Some(4), Some(6)),
            (Place::Before(4), vec![1, 2, 3], None, Some(3)),
            (Place::Before(3), vec![1, 2], None, Some(2)),
            // A cursor that is no book's.
            (Place::After(0), vec![1, 2, 3], None, Some(3)),
            (Place::Before(99), vec![5, 6, 7], Some(5), None),
        ] {
            assert_eq!(seven(place, 3), (ids, previous, next), "{place:?}");
        }
        assert_eq!(seven(Place::Start, 7), ((1..=7).collect(), None, None));
    }

    #[test]
    fn a_page_without_books_has_no_neighbours() {
        assert_eq!(seven(Place::After(7), 3), (vec![], None, None));
        assert_eq!(seven(Place::Before(1), 3), (vec![], None, None));
    }
}

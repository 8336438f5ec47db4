//! `GET /catdb`: all books or a page of them, in one of four orders, with cursors in both directions.

use contract::{
    catalog::{BookQuery, Books},
    paging::{Cursor, CursorRequest},
};
use domain::Book;
use service_kit::{
    Answer, Call, Environment, json,
    paging::{forward, read_page},
    stream::{PAGE_ROWS, json_list},
};

use crate::store::{
    list::{self, Filter},
    search::Search,
};

/// `GET /catdb?q=&author=&ids=&sort=&limit=&after=&before=&total=&skipped=&added_at=`
pub(crate) fn list(call: &Call<impl Environment>) -> Answer {
    let query: BookQuery = call.query()?;
    let database = call.database()?;
    let search = Search::plan(&database, query.text.as_deref().unwrap_or_default())?;
    let filter = Filter { search, author: query.author, ids: query.ids };
    let read = |cursor, rows| list::read(&database, &filter, query.order, cursor, None, rows);
    let total = || {
        if query.total {
            list::count(&database, &filter, query.order, Cursor::Start).map(Some)
        } else {
            Ok(None)
        }
    };
    let CursorRequest { cursor, limit } = query.page;
    let Some(limit) = limit else {
        // All books before one are read forward to it, so that they can be sent while they are read.
        let (first, until) = forward(cursor);
        let after = |book: &Book| Cursor::After(book.id.get());
        let mut next = |last: Option<&Book>| {
            let cursor = last.map_or(first, after);
            list::read(&database, &filter, query.order, cursor, until, PAGE_ROWS.into())
        };
        let end = || Ok(Books { total: total()?, ..Books::default() });
        return json_list(call.environment(), &mut next, &end);
    };
    let page = read_page(cursor, limit, |book: &Book| book.id, read)?;
    let (books, next, previous) = (page.rows, Some(page.next), Some(page.previous));
    let mut answer = Books { books, next, previous, ..Books::default() };
    answer.total = total()?;
    if query.added_at {
        answer.added_at = Some(list::times_of_addition(&database, &answer.books)?);
    }
    let first = answer.books.first().filter(|_| query.skipped);
    answer.skipped = match (first, answer.previous.flatten()) {
        (None, _) => None,
        (Some(_), None) => Some(0.into()),
        (Some(first), Some(_)) => {
            let before = Cursor::Before(first.id.get());
            Some(list::count(&database, &filter, query.order, before)?)
        }
    };
    json(&answer)
}

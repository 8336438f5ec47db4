//! What is read from the ledger: one handler for each list, count and row.

use std::time::SystemTime;

use domain::{BookId, Date, Loan, LoanId, OpenLoan, PatronId};
use http::Request;
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::Body,
    database::{Database, DatabaseError},
    json,
    listing::{Empty, Window},
    problem::{bad_request, not_found, quoted},
    target::Query,
};

use crate::{
    requests,
    store::{
        desk::{self, Filter},
        lists::{self as store, Selection},
    },
};

/// Answers a GET of `path`.
pub(crate) fn answer<D: Database>(
    request: &Request<Body>,
    path: &[&str],
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    now: SystemTime,
) -> Answer {
    match *path {
        ["borrowdb"] => list(&Selection::All, query, open),
        ["borrowdb", "healthz"] => health(open),
        ["borrowdb", "counts"] => counts(query, open),
        ["borrowdb", "overdue"] => list(&overdue(query, now)?, query, open),
        ["borrowdb", "due", date] => list(&Selection::DueOn(day("the date", date)?), query, open),
        ["borrowdb", "patron", id] => list(&Selection::OfPatron(patron(id)?), query, open),
        ["borrowdb", "history", id] => history(patron(id)?, query, open),
        ["borrowdb", "count", id] => count(book(id)?, open),
        ["borrowdb", "copies", id] => copies(book(id)?, open),
        ["borrowdb", "shelf"] => shelf(query, open),
        ["borrowdb", "open"] => open_loans(query, open, now),
        ["borrowdb", "figures"] => figures(query, open, now),
        ["borrowdb", id] => loan(id, open),
        _ => Err(not_found(format!("there is nothing at {}", quoted(request.uri().path())))),
    }
}

/// `GET /borrowdb`, `/borrowdb/patron/{id}`, `/borrowdb/due/{date}`, `/borrowdb/overdue`: the open loans of
/// the selection in order of id, all or a page; null when there are none.
fn list<D: Database>(
    selection: &Selection,
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let window = Window::of(query)?;
    let loans = store::list(&open()?, selection, window)?;
    window.answer("transactions", loans, Empty::Null, |loan| loan.id.get())
}

/// `?on=YYYY-MM-DD`: what was due before that day, today without it.
fn overdue(query: &Query, now: SystemTime) -> Result<Selection, Problem> {
    Ok(Selection::DueBefore(on(query, now)?))
}

/// The day that `?on=` names, today without it.
fn on(query: &Query, now: SystemTime) -> Result<Date, Problem> {
    let on = query.text("on")?.map(|on| day("`on`", on)).transpose()?;
    Ok(on.unwrap_or_else(|| Date::from(now)))
}

/// `GET /borrowdb/open`: the open loans as a desk looks at them, the first due first: all of them or those of
/// `?patrons=` and of `?books=`, all or the `?overdue=` ones, a page at a time, and how many there are.
fn open_loans<D: Database>(
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    now: SystemTime,
) -> Answer {
    #[derive(Serialize)]
    struct Open {
        transactions: Vec<OpenLoan>,
        next: Option<LoanId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<i64>,
    }
    let filter = Filter {
        due_before: query.flag("overdue")?.then(|| on(query, now)).transpose()?,
        patrons: query.ids("patrons")?,
        books: query.ids("books")?,
    };
    let after: Option<LoanId> = query.id("after")?;
    let limit = query.number("limit", 1..=1000)?.unwrap_or(1000);
    let wants_total = query.flag("total")?;

    let database = open()?;
    // One row more than the page has tells whether there is a further page.
    let mut loans = desk::open(&database, &filter, after, limit + 1)?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = loans.len() > length;
    loans.truncate(length);
    let next = loans.last().filter(|_| goes_on).map(|last| last.loan.id);
    let total = wants_total.then(|| desk::count(&database, &filter)).transpose()?;
    json(&Open { transactions: loans, next, total })
}

/// `GET /borrowdb/figures`: what is out and overdue on a day, and how many loans were made on each of the
/// `?days=` up to it.
fn figures<D: Database>(
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    now: SystemTime,
) -> Answer {
    #[derive(Serialize)]
    struct Figures {
        out: i64,
        overdue: i64,
        days: Vec<(Date, i64)>,
    }
    let on = on(query, now)?;
    let days = query.number("days", 1..=366)?.unwrap_or(30);
    let days: Vec<Date> =
        (0..days).rev().filter_map(|days| on.before_days(days.try_into().ok()?)).collect();
    let database = open()?;
    let made = desk::made(&database, days.first().copied().unwrap_or(on), on)?;
    let days = days.into_iter().map(|day| (day, made.get(&day).copied().unwrap_or(0)));
    json(&Figures {
        out: desk::out(&database)?,
        overdue: desk::overdue(&database, on)?,
        days: days.collect(),
    })
}

/// `GET /borrowdb/history/{patronId}`: everything the patron has and had, the newest first, all or a page.
fn history<D: Database>(
    patron: PatronId,
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let window = Window::of(query)?;
    let loans = store::history(&open()?, patron, window)?;
    window.answer("transactions", loans, Empty::Null, |past| past.loan.id.get())
}

/// `GET /borrowdb/{id}`: that open loan, as a list of one, or null.
fn loan<D: Database>(id: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct One {
        transaction: Option<[Loan; 1]>,
    }
    let none = || not_found(format!("there is no loan with the id {}", quoted(id)));
    let id: LoanId = id.parse().map_err(|_| none())?;
    let loan = store::by_id(&open()?, id)?;
    json(&One { transaction: loan.map(|loan| [loan]) })
}

/// `GET /borrowdb/count/{bookId}`: how many copies of the book are out, as a row of one.
fn count<D: Database>(book: BookId, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Count {
        transactions: [[i64; 1]; 1],
    }
    json(&Count { transactions: [[store::copies_out(&open()?, book)?]] })
}

/// `GET /borrowdb/copies/{bookId}`: the copies of the book that can't be had, each with the day it is due, null
/// for one that is withdrawn.
fn copies<D: Database>(book: BookId, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Copies {
        copies: Vec<store::Away>,
    }
    json(&Copies { copies: store::copies(&open()?, book)? })
}

/// `GET /borrowdb/counts`: how many copies are out, of each of `?books=1,2,3` or of every book that is out, all or
/// a page.
fn counts<D: Database>(query: &Query, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    let window = Window::of(query)?;
    let books = query.ids("books")?;
    let counts = store::counts(&open()?, books.as_ref(), window)?;
    window.answer("counts", counts, Empty::List, |(book, _)| book.get())
}

/// `GET /borrowdb/shelf`: what a page about `?books=1,2,3` needs to know of their copies, and of the loans of `?patron=7`
/// if somebody looks at it.
fn shelf<D: Database>(query: &Query, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Shelf {
        books: Vec<store::OnShelf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        loans: Option<Vec<OpenLoan>>,
    }
    let books = query.ids("books")?;
    let patron = query.id("patron")?;
    if books.is_none() && patron.is_none() {
        return Err(bad_request("`books` or `patron` must be given"));
    }
    let database = open()?;
    json(&Shelf {
        books: books.map_or(Ok(Vec::new()), |books| store::shelf(&database, &books))?,
        loans: patron.map(|patron| store::held(&database, patron)).transpose()?,
    })
}

fn book(id: &str) -> Result<BookId, Problem> {
    id.parse().map_err(|_| not_found(format!("there is no book with the id {}", quoted(id))))
}

pub(crate) fn patron(id: &str) -> Result<PatronId, Problem> {
    id.parse().map_err(|_| not_found(format!("there is no patron with the id {}", quoted(id))))
}

fn day(name: &str, text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| {
        bad_request(format!("{name} must be a day of the calendar, written YYYY-MM-DD"))
    })
}

/// `GET /borrowdb/healthz`: whether this service can do its work, which it can't without its tables.
fn health<D: Database>(open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
    }
    let database = open()?;
    crate::store::reach(&database)?;
    requests::reach(&database)?;
    json(&Health { status: "ok" })
}

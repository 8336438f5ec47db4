//! The borrowing service: the ledger of who has which book, over REST. Entry and routes.

mod attempts;
mod changes;
mod log;
mod requests;
mod store;
mod wish;

use std::time::SystemTime;

use changes::Outcome;
use domain::{BookId, Date, Loan, LoanId, PatronId};
use http::{Method, Request, Response};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::Body,
    database::{Database, DatabaseError},
    idempotency::key_of,
    json,
    listing::{Empty, Window},
    problem::{bad_request, not_found, quoted},
    target::{Query, segments},
    trace,
};
use store::Selection;
use wish::{Lend, Renew, Return};

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use std::time::SystemTime;

    use service_kit::spin;
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let answer = async |request| super::answer(&request, spin::database, SystemTime::now());
        spin::serve_rest(request, out, answer).await;
    }
}

/// Answers one request. `open` begins a session with the database and is called at most once, and not
/// at all for a request that needs no database to be refused.
pub fn answer<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    now: SystemTime,
) -> Response<Vec<u8>> {
    route(request, open, now).unwrap_or_else(Problem::into_response)
}

fn route<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    now: SystemTime,
) -> Answer {
    let path = segments(request.uri().path())?;
    let query = || Query::parse(request.uri().query());
    let key = || key_of(request);
    let log = |event, Outcome { response, loan, word }| {
        println!("{}", log::line(now, trace::name_of(request), event, loan, word));
        Ok(response)
    };
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (request.method(), &path[..]) {
        (&Method::POST, ["borrowdb"]) => {
            let (key, wish) = (key()?, Lend::read(request)?);
            log("lend", changes::lend(&open()?, &wish, key)?)
        }
        (&Method::POST, ["borrowdb", "renew"]) => {
            let (key, wish) = (key()?, Renew::read(request)?);
            log("renew", changes::renew(&open()?, &wish, key)?)
        }
        (&Method::DELETE, ["borrowdb"]) => {
            let wish = Return::read(request)?;
            log("return", changes::give_back(&open()?, &wish)?)
        }
        (&Method::GET | &Method::HEAD, path) => read(request, path, &query()?, open, now),
        (method, _) => Err(not_found(format!("{method} is not answered here"))),
    }
}

fn read<D: Database>(
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
        ["borrowdb", "count", id] => count(id, open),
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
    let on = query.text("on")?.map(|on| day("`on`", on)).transpose()?;
    Ok(Selection::DueBefore(on.unwrap_or_else(|| Date::from(now))))
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
fn count<D: Database>(id: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Count {
        transactions: [[i64; 1]; 1],
    }
    let none = || not_found(format!("there is no book with the id {}", quoted(id)));
    let id: BookId = id.parse().map_err(|_| none())?;
    json(&Count { transactions: [[store::copies_out(&open()?, id)?]] })
}

/// `GET /borrowdb/counts`: how many copies are out, of each of `?books=1,2,3` or of every book that is out, all or
/// a page.
fn counts<D: Database>(query: &Query, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    let window = Window::of(query)?;
    let books = query.ids("books")?;
    let counts = store::counts(&open()?, books.as_ref(), window)?;
    window.answer("counts", counts, Empty::List, |(book, _)| book.get())
}

fn patron(id: &str) -> Result<PatronId, Problem> {
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
    store::reach(&database)?;
    requests::reach(&database)?;
    json(&Health { status: "ok" })
}

#[cfg(test)]
mod tests;

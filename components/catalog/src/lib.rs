//! The catalog service: which books the library owns, over REST. Entry and routes.

mod changes;
mod list;
mod store;

use domain::{Book, BookId};
use http::{Method, Request, Response};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::Body,
    database::{Database, DatabaseError},
    json,
    listing::{Empty, Window},
    problem::{not_found, quoted},
    target::{Query, segments},
};

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use service_kit::spin;
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let answer = async |request| super::answer(&request, spin::database);
        spin::serve_rest(request, out, answer).await;
    }
}

/// Answers one request. `open` begins a session with the database and is called at most once, and not
/// at all for a request that needs no database to be refused.
pub fn answer<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Response<Vec<u8>> {
    route(request, open).unwrap_or_else(Problem::into_response)
}

fn route<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let path = segments(request.uri().path())?;
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (request.method(), &path[..]) {
        (&Method::GET | &Method::HEAD, path) => {
            read(request, path, &Query::parse(request.uri().query())?, open)
        }
        (&Method::POST, ["catdb", "books"]) => changes::add(request, open),
        (&Method::PUT, ["catdb", "books", id, "copies"]) => changes::set_copies(request, id, open),
        (&Method::PUT, ["catdb", "books", id, "withdrawn"]) => {
            changes::set_withdrawn(request, id, open)
        }
        (method, _) => Err(not_found(format!("{method} is not answered here"))),
    }
}

fn read<D: Database>(
    request: &Request<Body>,
    path: &[&str],
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    match path {
        ["catdb"] => list::answer(query, open),
        ["catdb", "healthz"] => health(open),
        ["catdb", "figures"] => figures(open),
        ["catdb", "author", name] => found(query, open, store::by_author, "author", name),
        ["catdb", "title", text] => found(query, open, store::by_title, "title", text),
        ["catdb", id] => book(id, open),
        _ => Err(not_found(format!("there is nothing at {}", quoted(request.uri().path())))),
    }
}

/// `GET /catdb/{id}`: that one book, as a list of one, and how many copies the library ever acquired.
fn book<D: Database>(id: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct One {
        book: [Book; 1],
        acquired: u32,
    }
    let none = || not_found(format!("there is no book with the id {}", quoted(id)));
    let id: BookId = id.parse().map_err(|_| none())?;
    let found = store::by_id(&open()?, id)?.ok_or_else(none)?;
    json(&One { book: [found.book], acquired: found.copies })
}

/// `GET /catdb/author/{name}` and `GET /catdb/title/{text}`: the books that have the text there, also
/// a page at a time.
fn found<D: Database>(
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    search: impl FnOnce(&D, &str, Window) -> Result<Vec<Book>, DatabaseError>,
    place: &str,
    text: &str,
) -> Answer {
    let window = Window::of(query)?;
    let books = search(&open()?, text, window)?;
    if books.is_empty() {
        return Err(not_found(format!("no book has {} in its {place}", quoted(text))));
    }
    window.answer("books", books, Empty::List, |book| book.id.get())
}

/// `GET /catdb/figures`: how many titles and copies there are.
fn figures<D: Database>(open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Figures {
        titles: i64,
        copies: u64,
    }
    let (titles, copies) = store::figures(&open()?)?;
    json(&Figures { titles, copies })
}

/// `GET /catdb/healthz`: whether this service can do its work, which it can't without its table.
fn health<D: Database>(open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
    }
    store::reach(&open()?)?;
    json(&Health { status: "ok" })
}

#[cfg(test)]
mod tests;

//! The catalog service: which books the library owns, over REST. Entry and routes.

mod store;

use domain::{Book, BookId};
use http::{Method, Request, Response};
use serde::Serialize;
use service_kit::{
    Problem,
    database::{Database, DatabaseError},
    json,
    problem::not_found,
    target::{Query, segments},
};
use store::Selection;

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use service_kit::spin;
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        spin::serve(request, out, async |request| super::answer(&request, spin::database)).await;
    }
}

/// Answers one request. `open` begins a session with the database and is called at most once, and not
/// at all for a request that needs no database to be refused.
pub fn answer<D: Database>(
    request: &Request<()>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Response<Vec<u8>> {
    route(request, open).unwrap_or_else(Problem::into_response)
}

type Answer = Result<Response<Vec<u8>>, Problem>;

fn route<D: Database>(
    request: &Request<()>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let method = request.method();
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(not_found(format!("{method} is not answered here")));
    }
    let path = segments(request.uri().path())?;
    match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["catdb"] => list(&Query::parse(request.uri().query())?, open),
        ["catdb", "healthz"] => health(open),
        ["catdb", "author", name] => found(store::by_author(&open()?, name)?, "author", name),
        ["catdb", "title", text] => found(store::by_title(&open()?, text)?, "title", text),
        ["catdb", id] => book(id, open),
        _ => Err(not_found(format!("there is nothing at {}", request.uri().path()))),
    }
}

/// The contract's list of rows.
#[derive(Serialize)]
struct Books {
    books: Vec<Book>,
}

/// `GET /catdb`: the books in order of id; `q` keeps those with the text in title or author. With
/// `limit` it is one page, and `next` is what to send as `after` for the next one, null on the last.
fn list<D: Database>(query: &Query, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Page {
        books: Vec<Book>,
        next: Option<BookId>,
    }
    let selection = Selection {
        text: query.text("q")?.unwrap_or_default(),
        after: query.number("after", 0..=i64::MAX)?.unwrap_or_default(),
    };
    match query.number("limit", 1..=1000)? {
        None => json(&Books { books: store::all(&open()?, &selection)? }),
        Some(limit) => {
            let (books, next) = store::page(&open()?, &selection, limit)?;
            json(&Page { books, next })
        }
    }
}

/// `GET /catdb/{id}`: that one book, as a list of one.
fn book<D: Database>(id: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct One {
        book: [Book; 1],
    }
    let none = || not_found(format!("there is no book with the id `{id}`"));
    let id: BookId = id.parse().map_err(|_| none())?;
    let book = store::by_id(&open()?, id)?.ok_or_else(none)?;
    json(&One { book: [book] })
}

/// `GET /catdb/author/{name}` and `GET /catdb/title/{text}`: the books that have the text there.
fn found(books: Vec<Book>, place: &str, text: &str) -> Answer {
    if books.is_empty() {
        return Err(not_found(format!("no book has `{text}` in its {place}")));
    }
    json(&Books { books })
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

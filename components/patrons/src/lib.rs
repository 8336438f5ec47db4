//! The patrons service: who has a library card and who is logged in, over REST. Entry and routes.

mod login;
mod newcomer;
mod sessions;
mod store;

use domain::{Patron, PatronId};
use http::{Method, Request, Response};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::Body,
    database::{Database, DatabaseError},
    json,
    listing::{Empty, Window},
    problem::{bad_request, not_found, quoted},
    target::{Query, segments},
};
use sessions::Token;

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use service_kit::spin;
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let answer = async |request| super::answer(&request, spin::database, spin::random);
        spin::serve_rest(request, out, answer).await;
    }
}

/// Answers one request. `open` begins a session with the database and is called at most once, and not
/// at all for a request that needs no database to be refused; `random` gives bits that nobody can guess.
pub fn answer<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    random: impl FnOnce() -> [u8; 32],
) -> Response<Vec<u8>> {
    route(request, open, random).unwrap_or_else(Problem::into_response)
}

fn route<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    random: impl FnOnce() -> [u8; 32],
) -> Answer {
    let path = segments(request.uri().path())?;
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (request.method(), &path[..]) {
        (&Method::GET | &Method::HEAD, path) => {
            read(request, path, &Query::parse(request.uri().query())?, open)
        }
        (&Method::POST, ["patdb", "patrons"]) => newcomer::welcome(request, open),
        (&Method::POST, ["patdb", "sessions"]) => {
            login::log_in(request, open, || Token::of(random()))
        }
        (&Method::POST, ["patdb", "sessions", "use"]) => sessions::make_use(request, open),
        (&Method::POST, ["patdb", "sessions", "reset"]) => sessions::reset(request, open),
        (&Method::DELETE, ["patdb", "sessions"]) => sessions::end(request, open),
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
        ["patdb"] => list(query, open),
        ["patdb", "healthz"] => health(open),
        ["patdb", "pnum", number] => by_number(number, open),
        ["patdb", "key", name] => named(name, query, open),
        ["patdb", "test", card] => test(card, open),
        ["patdb", id] => patron(id, open),
        _ => Err(not_found(format!("there is nothing at {}", quoted(request.uri().path())))),
    }
}

/// `GET /patdb`: the patrons in order of id, all, those with the `ids`, or a page.
fn list<D: Database>(query: &Query, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    let window = Window::of(query)?;
    let patrons = match query.ids("ids")? {
        None => store::list(&open()?, window)?,
        Some(ids) => store::by_ids(&open()?, &ids, window)?,
    };
    window.answer("patrons", patrons, Empty::List, |patron| patron.id.get())
}

/// `GET /patdb/{id}`: that one patron, as a list of one.
fn patron<D: Database>(id: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct One {
        patron: [Patron; 1],
    }
    let none = || not_found(format!("there is no patron with the id {}", quoted(id)));
    let id: PatronId = id.parse().map_err(|_| none())?;
    let patron = store::by_id(&open()?, id)?.ok_or_else(none)?;
    json(&One { patron: [patron] })
}

/// `GET /patdb/pnum/{patronNum}`: the patron with that card, in a row without the number.
fn by_number<D: Database>(number: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct One {
        patron: [(PatronId, String, String, String); 1],
    }
    let none = || not_found(format!("no patron has the number {}", quoted(number)));
    let Patron { id, first_name, last_name, role, .. } =
        store::by_number(&open()?, number)?.ok_or_else(none)?;
    json(&One { patron: [(id, first_name, last_name, role)] })
}

/// `GET /patdb/key/{name}`: the patrons whose first or last name contains the text, all or a page.
fn named<D: Database>(
    name: &str,
    query: &Query,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let window = Window::of(query)?;
    let patrons = store::by_name(&open()?, name, window)?;
    if patrons.is_empty() {
        return Err(not_found(format!("no patron has {} in a name", quoted(name))));
    }
    window.answer("patrons", patrons, Empty::List, |patron| patron.id.get())
}

/// `GET /patdb/test/{first}_{last}_{patronNum}`: whether these belong together. The number is what follows
/// the last `_`; the names before it may have `_` in them.
fn test<D: Database>(card: &str, open: impl FnOnce() -> Result<D, DatabaseError>) -> Answer {
    #[derive(Serialize)]
    struct Test {
        patron: bool,
    }
    let parts = card.rsplit_once('_').filter(|(names, _)| names.contains('_'));
    let (names, number) =
        parts.ok_or_else(|| bad_request("ask for `{first name}_{last name}_{card number}`"))?;
    let patron = store::by_number(&open()?, number)?;
    json(&Test { patron: patron.is_some_and(|patron| patron.is_named(names, number)) })
}

/// `GET /patdb/healthz`: whether this service can do its work, which it can't without its table.
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

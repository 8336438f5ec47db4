//! The borrowing service: the ledger of who has which book, over REST. Entry and routes.

mod changes;
mod log;
mod reads;
mod requests;
mod store;
mod wish;

use std::time::SystemTime;

use changes::Outcome;
use domain::Date;
use http::{Method, Request, Response};
use service_kit::{
    Answer, Problem,
    body::Body,
    database::{Database, DatabaseError},
    idempotency::key_of,
    problem::not_found,
    target::{Query, segments},
    trace,
};
use wish::{Lend, Renew, Return, Withdraw};

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
        (&Method::POST, ["borrowdb", "withdraw"]) => {
            let (key, wish) = (key()?, Withdraw::read(request)?);
            let today = Date::from(now);
            log("withdraw", changes::withdraw(&open()?, &wish, today, key)?)
        }
        (&Method::POST, ["borrowdb", "reset"]) => {
            wish::read_reset(request)?;
            log("reset", changes::reset(&open()?)?)
        }
        (&Method::DELETE, ["borrowdb", "history", id]) => {
            let patron = reads::patron(id)?;
            log("forget", changes::forget(&open()?, patron)?)
        }
        (&Method::GET | &Method::HEAD, path) => reads::answer(request, path, &query()?, open, now),
        (method, _) => Err(not_found(format!("{method} is not answered here"))),
    }
}

#[cfg(test)]
mod tests;

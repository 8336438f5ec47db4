//! The lending service: borrow, renew and give back by the library's rules, over REST. Entry and routes.

mod policy;
mod rules;

use domain::Date;
use http::{Method, Request, Response, StatusCode};
use policy::{LendPolicy, RenewPolicy, Variables};
pub use rules::Peers;
use rules::{Pair, Refused};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::{Body, Object},
    idempotency::key_of,
    json, json_with,
    peer::Peer,
    problem::{not_found, quoted},
    target::segments,
};

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use std::time::{Duration, SystemTime};

    use service_kit::spin::{self, PeerAt};
    use spin_sdk::{
        http::{IncomingRequest, ResponseOutparam},
        variables,
    };

    use super::Peers;

    /// Who gives up on the ledger does not know whether the book is lent, so we do not give up in a rush
    /// that merely takes its time.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let variable = |name: &str| variables::get(name).map_err(|error| error.to_string());
        spin::serve_rest(request, out, async |request| {
            let peer = |name, url| PeerAt::new(name, url).within(PATIENCE).for_request(&request);
            let peers = Peers {
                patrons: peer("patrons", "patrons_url"),
                catalog: peer("catalog", "catalog_url"),
                borrowing: peer("borrowing", "borrowing_url"),
            };
            super::answer(&request, &peers, &variable, SystemTime::now().into()).await
        })
        .await;
    }
}

/// Answers one request, with the help of the other services and by the rules in the variables.
pub async fn answer(
    request: &Request<Body>,
    peers: &Peers<impl Peer>,
    variables: &dyn Fn(&str) -> Result<String, String>,
    today: Date,
) -> Response<Vec<u8>> {
    route(request, peers, variables, today).await.unwrap_or_else(Problem::into_response)
}

async fn route(
    request: &Request<Body>,
    peers: &Peers<impl Peer>,
    variables: Variables<'_>,
    today: Date,
) -> Answer {
    let path = segments(request.uri().path())?;
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (request.method(), &path[..]) {
        (&Method::POST, ["borrow"]) => borrow(request, peers, variables, today).await,
        (&Method::DELETE, ["borrow"]) => give_back(request, peers).await,
        (&Method::POST, ["borrow", "renew"]) => renew(request, peers, variables).await,
        (&Method::POST, ["borrow", "withdraw"]) => withdraw(request, peers).await,
        (&Method::GET | &Method::HEAD, ["borrow", "healthz"]) => health(peers).await,
        (method, _) => {
            let path = quoted(request.uri().path());
            Err(not_found(format!("{method} is not answered at {path}")))
        }
    }
}

/// The contract's answer: whether it was done, and why not.
#[derive(Serialize)]
struct Done {
    transaction: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_due: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copies: Option<u32>,
    #[serde(flatten)]
    refused: Option<Refused>,
}

const DONE: Done = Done { transaction: true, date_due: None, copies: None, refused: None };

/// `POST /borrow`: 201 when the book is lent, 200 with the reason when it is not.
async fn borrow(
    request: &Request<Body>,
    peers: &Peers<impl Peer>,
    variables: Variables<'_>,
    today: Date,
) -> Answer {
    let (key, pair) = (key_of(request)?, pair(request)?);
    let policy = LendPolicy::read(variables)?;
    match rules::lend(peers, pair, &policy, today, key).await? {
        Ok(()) => json_with(StatusCode::CREATED, &DONE),
        Err(refused) => refuse(refused),
    }
}

/// `POST /borrow/renew`: 201 with the day the book is due now, 200 with the reason when it stays as it was.
async fn renew(
    request: &Request<Body>,
    peers: &Peers<impl Peer>,
    variables: Variables<'_>,
) -> Answer {
    let (key, pair) = (key_of(request)?, pair(request)?);
    let policy = RenewPolicy::read(variables)?;
    match rules::renew(peers, pair, &policy, key).await? {
        Ok(renewed) => {
            let body = Done { date_due: Some(renewed.date_due), ..DONE };
            json_with(StatusCode::CREATED, &body)
        }
        Err(refused) => refuse(refused),
    }
}

/// `DELETE /borrow`: gives the book back; false when the patron did not have it.
async fn give_back(request: &Request<Body>, peers: &Peers<impl Peer>) -> Answer {
    let pair = pair(request)?;
    let transaction = rules::give_back(peers, pair).await?;
    json(&Done { transaction, ..DONE })
}

/// `POST /borrow/withdraw`: 201 with the number of copies that are left to lend, 200 with the reason when none can
/// be taken away.
async fn withdraw(request: &Request<Body>, peers: &Peers<impl Peer>) -> Answer {
    let key = key_of(request)?;
    let book = Object::read(request)?.object("withdraw")?.required("book_id", AN_ID)?;
    match rules::withdraw(peers, book, key).await? {
        Ok(copies) => json_with(StatusCode::CREATED, &Done { copies: Some(copies), ..DONE }),
        Err(refused) => refuse(refused),
    }
}

/// `GET /borrow/healthz`: whether the services that lending needs can do their work.
async fn health(peers: &Peers<impl Peer>) -> Answer {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
    }
    rules::health(peers).await?;
    json(&Health { status: "ok" })
}

fn refuse(refused: Refused) -> Answer {
    json(&Done { transaction: false, refused: Some(refused), ..DONE })
}

const AN_ID: &str = "a whole number from 1 to 9223372036854775807";

/// Reads `{"borrow": {book_id, patron_id}}`.
fn pair(request: &Request<Body>) -> Result<Pair, Problem> {
    let borrow = Object::read(request)?.object("borrow")?;
    Ok(Pair {
        book: borrow.required("book_id", AN_ID)?,
        patron: borrow.required("patron_id", AN_ID)?,
    })
}

#[cfg(test)]
mod tests;

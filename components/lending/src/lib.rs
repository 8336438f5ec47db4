//! The lending service: borrowing, renewing, returning and withdrawing by the library's rules, over REST. Entry point
//! and routes.

mod demo;
mod policy;
mod rules;

use contract::{
    Healthy, ResetRequest,
    json::Constant,
    lending::{
        BookBorrowed, BookRenewed, BookReturned, BorrowRequest, CopyWithdrawn, WithdrawCopyRequest,
    },
};
use http::{Request, Response, StatusCode};
use policy::Policy;
pub use rules::Services;
use rules::refusal;
use service_kit::{
    Answer, Call, Environment, Problem, body::Body, client::ServiceClient, json, json_with,
};

/// Only in the component: native linkers reject the names it exports.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use std::time::Duration;

    use contract::lending::ROUTES;
    use service_kit::spin::{self, Spin, SpinServiceClient};
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    use super::Services;

    /// Long enough for a busy ledger, because after a timeout the outcome of a loan is unknown.
    const TIMEOUT: Duration = Duration::from_secs(10);

    /// The component's entry point. Spin calls it once per instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let client = |name, url| SpinServiceClient::new(name, url).with_timeout(TIMEOUT);
        let services = Services {
            patrons: client("patrons", "patrons_url"),
            catalog: client("catalog", "catalog_url"),
            borrowing: client("borrowing", "borrowing_url"),
        };
        let answer = async |request| super::answer(&request, &Spin, &services).await;
        spin::serve_rest(request, out, "lending", ROUTES, answer).await;
    }
}

/// Answers one request, using the other services and the rules in the environment's variables.
pub async fn answer(
    request: &Request<Body>,
    environment: &impl Environment,
    services: &Services<impl ServiceClient>,
) -> Response<Vec<u8>> {
    let answer = match Call::new(request, environment) {
        Ok(call) => route(&call, services).await,
        Err(problem) => Err(problem),
    };
    answer.unwrap_or_else(Problem::into_response)
}

async fn route(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    let (method, path) = call.route();
    match (method, &path[..]) {
        ("POST", ["borrow"]) => borrow(call, services).await,
        ("DELETE", ["borrow"]) => return_book(call, services).await,
        ("POST", ["borrow", "renew"]) => renew(call, services).await,
        ("POST", ["borrow", "withdraw"]) => withdraw(call, services).await,
        ("GET", ["borrow", "rules"]) => json(&Policy::read(call.environment())?.rules()),
        ("GET", ["borrow", "demo"]) => json(&demo::since_first_day(services).await?),
        ("POST", ["borrow", "demo"]) => reset(call, services).await,
        ("GET", ["borrow", "healthz"]) => health(call, services).await,
        _ => call.no_endpoint(),
    }
}

/// `POST /borrow`: 201 for a loan, 200 for a refusal.
async fn borrow(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    let (key, BorrowRequest { borrow: pair }) = (call.idempotency_key()?, call.json()?);
    let policy = Policy::read(call.environment())?;
    match refusal(rules::lend(services, pair, policy, call.today(), key).await)? {
        Ok(()) => json_with(StatusCode::CREATED, &BookBorrowed { transaction: Constant }),
        Err(refused) => json(&refused),
    }
}

/// `POST /borrow/renew`: 201 with the new due date, 200 for a refusal.
async fn renew(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    let (key, BorrowRequest { borrow: pair }) = (call.idempotency_key()?, call.json()?);
    let policy = Policy::read(call.environment())?;
    match refusal(rules::renew(services, pair, policy, key).await)? {
        Ok(date_due) => {
            json_with(StatusCode::CREATED, &BookRenewed { transaction: Constant, date_due })
        }
        Err(refused) => json(&refused),
    }
}

/// `DELETE /borrow`: returns the book; `transaction` is false if the patron did not have it.
async fn return_book(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    let BorrowRequest { borrow: pair } = call.json()?;
    let transaction = rules::return_book(services, pair).await?;
    json(&BookReturned { transaction })
}

/// `POST /borrow/withdraw`: 201 with the number of remaining copies, 200 for a refusal.
async fn withdraw(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    let (key, WithdrawCopyRequest { withdraw: book }) = (call.idempotency_key()?, call.json()?);
    match refusal(rules::withdraw(services, book, key).await)? {
        Ok(copies) => {
            json_with(StatusCode::CREATED, &CopyWithdrawn { transaction: Constant, copies })
        }
        Err(refused) => json(&refused),
    }
}

/// `POST /borrow/demo`: resets a demo to its first day.
async fn reset(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    let ResetRequest { .. } = call.json()?;
    json_with(StatusCode::CREATED, &demo::reset(services).await?)
}

/// `GET /borrow/healthz`: checks the rules and the services that lending needs.
async fn health(
    call: &Call<'_, impl Environment>,
    services: &Services<impl ServiceClient>,
) -> Answer {
    Policy::read(call.environment())?;
    rules::health(services).await?;
    json(&Healthy::ok())
}

#[cfg(test)]
mod tests;

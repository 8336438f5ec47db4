//! The borrowing service: the ledger of loans over REST. Entry point and routes.

mod changes;
mod demo;
mod idempotency;
mod outcome;
mod reads;
mod store;

use http::{Request, Response};
use service_kit::{Answer, Call, Environment, Problem, body::Body};
use store::lists::Selection;

/// Only in the component: native linkers reject the names it exports.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use contract::borrowing::ROUTES;
    use service_kit::spin::{self, Spin};
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// The component's entry point. Spin calls it once per instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let answer = async |request| super::answer(&request, &Spin);
        spin::serve_rest(request, out, "borrowing", ROUTES, answer).await;
    }
}

/// Answers one request. Opens at most one database session, and none for an invalid request.
pub fn answer(request: &Request<Body>, environment: &impl Environment) -> Response<Vec<u8>> {
    let answer = Call::new(request, environment).and_then(|call| route(&call));
    answer.unwrap_or_else(Problem::into_response)
}

fn route(call: &Call<impl Environment>) -> Answer {
    let (method, path) = call.route();
    match (method, &path[..]) {
        ("GET", ["borrowdb"]) => reads::list(call, Selection::All),
        ("GET", ["borrowdb", "patron", id]) => reads::list_of_patron(call, id),
        ("GET", ["borrowdb", "due", date]) => reads::list_due_on(call, date),
        ("GET", ["borrowdb", "overdue"]) => reads::list_overdue(call),
        ("GET", ["borrowdb", "open"]) => reads::open_loans(call),
        ("GET", ["borrowdb", "history", id]) => reads::history(call, id),
        ("GET", ["borrowdb", "count", id]) => reads::count(call, id),
        ("GET", ["borrowdb", "counts"]) => reads::counts(call),
        ("GET", ["borrowdb", "copies", id]) => reads::copies(call, id),
        ("GET", ["borrowdb", "shelf"]) => reads::availability(call),
        ("GET", ["borrowdb", "figures"]) => reads::statistics(call),
        ("GET", ["borrowdb", "healthz"]) => reads::health(call),
        ("POST", ["borrowdb"]) => changes::lend(call),
        ("POST", ["borrowdb", "renew"]) => changes::renew(call),
        ("DELETE", ["borrowdb"]) => changes::return_book(call),
        ("POST", ["borrowdb", "withdraw"]) => changes::withdraw(call),
        ("POST", ["borrowdb", "reset"]) => changes::reset(call),
        ("DELETE", ["borrowdb", "history", id]) => changes::delete_history(call, id),
        ("GET", ["borrowdb", "demo"]) => demo::since_first_day(call),
        ("PUT", ["borrowdb", "demo"]) => demo::start_epoch(call),
        ("GET", ["borrowdb", id]) => reads::loan(call, id),
        _ => call.no_endpoint(),
    }
}

#[cfg(test)]
mod tests;

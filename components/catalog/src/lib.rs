//! The catalog service: the library's books over REST. Entry point, routes and reads.

mod changes;
mod demo;
mod list;
mod store;

use contract::{Healthy, PageRequest, catalog::Books};
use domain::{Book, BookId};
use http::{Request, Response};
use service_kit::{
    Answer, Call, Environment, Problem,
    body::Body,
    call::{no_such, path_id},
    database::DatabaseError,
    json,
    problem::{not_found, quote, unavailable, unhealthy},
    stream::{PAGE_ROWS, json_list},
};
use store::substring::{self, Field};

/// Only in the component: native linkers reject the names that the macro exports.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use service_kit::spin;
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// The component's entry point. Spin calls it once per instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let answer = async |request| super::answer(&request, &spin::Spin);
        spin::serve_rest(request, out, "catalog", contract::catalog::ROUTES, answer).await;
    }
}

/// Answers one request. A request with an invalid path, query or body opens no database session.
pub fn answer(request: &Request<Body>, environment: &impl Environment) -> Response<Vec<u8>> {
    let answer = Call::new(request, environment).and_then(|call| route(&call));
    answer.unwrap_or_else(Problem::into_response)
}

fn route(call: &Call<impl Environment>) -> Answer {
    let (method, path) = call.route();
    match (method, &path[..]) {
        ("GET", ["catdb"]) => list::list(call),
        ("GET", ["catdb", "healthz"]) => health(call),
        ("GET", ["catdb", "figures"]) => json(&store::statistics(&call.database()?)?),
        ("GET", ["catdb", "author", name]) => find(call, Field::Author, name),
        ("GET", ["catdb", "title", text]) => find(call, Field::Title, text),
        ("GET", ["catdb", "demo"]) => demo::since_first_day(call),
        ("PUT", ["catdb", "demo"]) => demo::start_epoch(call),
        ("GET", ["catdb", id]) => book(call, id),
        ("POST", ["catdb", "books"]) => changes::add(call),
        ("PUT", ["catdb", "books", id]) => changes::edit(call, id),
        ("DELETE", ["catdb", "books", id]) => changes::remove(call, id),
        ("PUT", ["catdb", "books", id, "copies"]) => changes::set_copies(call, id),
        ("PUT", ["catdb", "books", id, "withdrawn"]) => changes::set_withdrawn(call, id),
        _ => call.no_endpoint(),
    }
}

/// `GET /catdb/{id}`
fn book(call: &Call<impl Environment>, id: &str) -> Answer {
    let book = match path_id::<BookId>(id, "book")? {
        Some(id) => store::by_id(&call.database()?, id)?,
        None => None,
    };
    json(&book.ok_or_else(|| no_such("book", id))?)
}

/// `GET /catdb/author/{name}` and `GET /catdb/title/{text}`
fn find(call: &Call<impl Environment>, field: Field, text: &str) -> Answer {
    let page: PageRequest = call.query()?;
    let database = call.database()?;
    let rows = if page.limit.is_some() { page.rows_to_read() } else { PAGE_ROWS.into() };
    let find = |above| substring::find(&database, field, text, above, rows);
    let mut books = match find(page.above()) {
        Err(DatabaseError::TimedOut(_)) => {
            let detail = "this search is too slow for a catalog of this size; \
                use `GET /catdb?q=`, which has an index";
            return Err(unavailable(detail, 60));
        }
        books => books?,
    };
    if books.is_empty() {
        let field = if field == Field::Author { "author" } else { "title" };
        return Err(not_found(format!("no book has {} in its {field}", quote(text))));
    }
    if page.limit.is_some() {
        let next = page.cut(&mut books, |book| book.id);
        return json(&Books { books, next, ..Books::default() });
    }
    let mut next = |last: Option<&Book>| match last {
        None => Ok(std::mem::take(&mut books)),
        Some(last) => find(last.id.get()),
    };
    json_list(call.environment(), &mut next, &|| Ok(Books::default()))
}

/// `GET /catdb/healthz`
fn health(call: &Call<impl Environment>) -> Answer {
    let outcome = call.database().and_then(|database| store::check_health(&database));
    outcome.map_err(|error| unhealthy(&error))?;
    json(&Healthy::ok())
}

#[cfg(test)]
mod tests;

//! The patrons service: library cards and sessions over REST. Entry point, routes and reads.

mod demo;
mod limits;
mod login;
mod pin;
mod registration;
mod sessions;
mod store;

use std::{cell::RefCell, mem::take};

use contract::{
    Healthy, One, PageRequest,
    paging::{Cursor, CursorRequest},
    patrons::{NumberedPatron, OnePatron, PatronQuery, PatronTest, PatronWithoutNumber, Patrons},
};
use domain::{Patron, PatronId};
use http::{Request, Response};
use limits::Limits;
use service_kit::{
    Answer, Call, Environment, Problem,
    body::Body,
    call::{no_such, path_id},
    database::DatabaseError,
    json,
    paging::{Page, forward, read_page},
    problem::{bad_request, not_found, quote, unavailable, unhealthy},
    stream::{PAGE_ROWS, json_list},
};
use store::Entry;

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
        spin::serve_rest(request, out, "patrons", contract::patrons::ROUTES, answer).await;
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
        ("GET", ["patdb"]) => list(call),
        ("GET", ["patdb", "healthz"]) => health(call),
        ("GET", ["patdb", "pnum", number]) => by_number(call, number),
        ("GET", ["patdb", "key", name]) => by_name(call, name),
        ("GET", ["patdb", "test", person]) => test(call, person),
        ("GET", ["patdb", "demo"]) => demo::since_first_day(call),
        ("PUT", ["patdb", "demo"]) => demo::start_epoch(call),
        ("GET", ["patdb", id]) => patron(call, id),
        ("POST", ["patdb", "patrons"]) => registration::register(call),
        ("PUT", ["patdb", "patrons", id]) => registration::edit(call, id),
        ("PUT", ["patdb", "patrons", id, "blocked"]) => registration::set_blocked(call, id),
        ("PUT", ["patdb", "patrons", id, "pin"]) => pin::set(call, id),
        ("POST", ["patdb", "sessions"]) => login::log_in(call),
        ("POST", ["patdb", "sessions", "use"]) => sessions::touch(call),
        ("POST", ["patdb", "sessions", "reset"]) => sessions::reset(call),
        ("DELETE", ["patdb", "sessions"]) => sessions::end(call),
        _ => call.no_endpoint(),
    }
}

/// `GET /patdb?q=&ids=&limit=&after=&before=`
fn list(call: &Call<impl Environment>) -> Answer {
    let PatronQuery { text, ids, page } = call.query()?;
    let database = call.database()?;
    let words = store::search_words(&database, text.as_deref())?;
    let find = |cursor, rows| store::list(&database, &words, ids.as_ref(), cursor, rows);
    let CursorRequest { cursor, limit } = page;
    let Some(limit) = limit else {
        let (first, until) = forward(cursor);
        return stream(call, &mut |last| {
            let after = |last: &Patron| Cursor::After(last.id.get());
            let mut entries = find(last.map_or(first, after), PAGE_ROWS.into())?;
            entries.retain(|entry| until.is_none_or(|until| entry.patron.id.get() < until));
            Ok(entries)
        });
    };
    let Page { rows, next, previous } =
        read_page(cursor, limit, |entry: &Entry| entry.patron.id, find)?;
    let (patrons, blocked) = split(rows);
    json(&Patrons { patrons, next: Some(next), previous: Some(previous), blocked })
}

/// `GET /patdb/key/{name}`
fn by_name(call: &Call<impl Environment>, name: &str) -> Answer {
    let page: PageRequest = call.query()?;
    let database = call.database()?;
    let find = |above, rows| store::by_name(&database, name, above, rows);
    let rows = if page.limit.is_some() { page.rows_to_read() } else { PAGE_ROWS.into() };
    let mut first = match find(page.above(), rows) {
        Err(DatabaseError::TimedOut(_)) => {
            let detail = "this search is too slow for this many patrons; use `GET /patdb?q=`, which has an index";
            return Err(unavailable(detail, 60));
        }
        first => first?,
    };
    if first.is_empty() {
        return Err(not_found(format!("no patron has {} in a name", quote(name))));
    }
    if page.limit.is_some() {
        let next = page.cut(&mut first, |entry| entry.patron.id);
        let (patrons, blocked) = split(first);
        return json(&Patrons { patrons, next, previous: None, blocked });
    }
    stream(call, &mut |last| match last {
        None => Ok(take(&mut first)),
        Some(last) => find(last.id.get(), PAGE_ROWS.into()),
    })
}

/// A page of entries.
type Entries = Result<Vec<Entry>, DatabaseError>;

/// Streams all entries, and then the ids of the blocked patrons. `next` returns the entries after the given patron.
fn stream(
    call: &Call<impl Environment>,
    next: &mut dyn FnMut(Option<&Patron>) -> Entries,
) -> Answer {
    let blocked = RefCell::new(Vec::new());
    let mut patrons = |last: Option<&Patron>| {
        let (patrons, of_blocked) = split(next(last)?);
        blocked.borrow_mut().extend(of_blocked);
        Ok(patrons)
    };
    let end = || Ok(Patrons { blocked: blocked.take(), ..Patrons::default() });
    json_list(call.environment(), &mut patrons, &end)
}

/// The patrons, and the ids of the blocked ones.
fn split(entries: Vec<Entry>) -> (Vec<Patron>, Vec<PatronId>) {
    let blocked = entries.iter().filter(|entry| entry.is_blocked);
    let blocked = blocked.map(|entry| entry.patron.id).collect();
    (entries.into_iter().map(|entry| entry.patron).collect(), blocked)
}

/// `GET /patdb/{id}`
fn patron(call: &Call<impl Environment>, id: &str) -> Answer {
    let found = match path_id::<PatronId>(id, "patron")? {
        Some(id) => store::by_id_with_epoch(&call.database()?, id)?,
        None => None,
    };
    let (Entry { patron, is_blocked }, epoch) = found.ok_or_else(|| no_such("patron", id))?;
    json(&OnePatron { patron: One(patron), blocked: is_blocked, epoch })
}

/// `GET /patdb/pnum/{patronNum}`
fn by_number(call: &Call<impl Environment>, number: &str) -> Answer {
    let entry = store::by_number(&call.database()?, number)?;
    let none = || not_found(format!("no patron has the number {}", quote(number)));
    let Patron { id, first_name, last_name, role, .. } = entry.ok_or_else(none)?.patron;
    json(&NumberedPatron { patron: One(PatronWithoutNumber { id, first_name, last_name, role }) })
}

/// `GET /patdb/test/{first}_{last}_{patronNum}`. The number follows the last `_`, because names may contain `_`.
fn test(call: &Call<impl Environment>, person: &str) -> Answer {
    let parts = person.rsplit_once('_').filter(|(names, _)| names.contains('_'));
    let (names, number) = parts.ok_or_else(|| {
        bad_request("write the path as `/patdb/test/{first name}_{last name}_{card number}`")
    })?;
    let entry = store::by_number(&call.database()?, number)?;
    json(&PatronTest { patron: entry.is_some_and(|entry| entry.patron.has_names(names)) })
}

/// `GET /patdb/healthz`
fn health(call: &Call<impl Environment>) -> Answer {
    Limits::read(call.environment()).map_err(|why| unavailable(why, 60))?;
    let outcome = call.database().and_then(|database| store::check_health(&database));
    outcome.map_err(|error| unhealthy(&error))?;
    json(&Healthy::ok())
}

#[cfg(test)]
mod tests;

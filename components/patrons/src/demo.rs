//! The reset of a demo to its first day: the patrons as they were loaded, none of them logged in.

use contract::{
    demo::StartEpochRequest,
    error::{NO_DEMO_DATA, NUMBER_TAKEN},
};
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, Problem,
    epoch::{self, require_demo_mode},
    json, json_with,
    problem::conflict,
};

use crate::store::first_day;

/// `GET /patdb/demo`
pub(crate) fn since_first_day(call: &Call<impl Environment>) -> Answer {
    let database = open(call)?;
    json(&first_day::changes_since(&database)?)
}

/// `PUT /patdb/demo`: the patrons of the first day, unless this epoch has begun already.
pub(crate) fn start_epoch(call: &Call<impl Environment>) -> Answer {
    let StartEpochRequest { demo } = call.json()?;
    let database = open(call)?;
    let started = epoch::start(&database, demo.epoch, || first_day::restore(&database))?;
    json_with(StatusCode::CREATED, &started)
}

/// A session with the database of a demo that can be reset.
fn open<E: Environment>(call: &Call<E>) -> Result<E::Database, Problem> {
    require_demo_mode(call.environment())?;
    let database = call.database()?;
    if !first_day::is_known(&database)? {
        return Err(conflict(Some(NO_DEMO_DATA), "no demo patrons were loaded"));
    }
    if first_day::is_number_taken(&database)? {
        let detail = "a librarian who was added has the card number of a demo patron";
        return Err(conflict(Some(NUMBER_TAKEN), detail));
    }
    Ok(database)
}

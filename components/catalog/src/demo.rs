//! The reset of a demo to its first day: the books as they were loaded.

use contract::{demo::StartEpochRequest, error::NO_DEMO_DATA};
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, Problem,
    epoch::{self, require_demo_mode},
    json, json_with,
    problem::conflict,
};

use crate::store::first_day;

/// `GET /catdb/demo`
pub(crate) fn since_first_day(call: &Call<impl Environment>) -> Answer {
    let database = open(call)?;
    json(&first_day::changes_since(&database)?)
}

/// `PUT /catdb/demo`: the books of the first day, unless this epoch has begun already.
pub(crate) fn start_epoch(call: &Call<impl Environment>) -> Answer {
    let StartEpochRequest { demo } = call.json()?;
    let database = open(call)?;
    let started = epoch::start(&database, demo.epoch, || first_day::restore(&database))?;
    json_with(StatusCode::CREATED, &started)
}

/// A session with the database of a demo.
fn open<E: Environment>(call: &Call<E>) -> Result<E::Database, Problem> {
    require_demo_mode(call.environment())?;
    let database = call.database()?;
    if first_day::is_known(&database)? {
        Ok(database)
    } else {
        Err(conflict(Some(NO_DEMO_DATA), "no demo books were loaded"))
    }
}

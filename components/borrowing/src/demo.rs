//! The reset of a demo to its first day, which had no loans.

use contract::demo::StartEpochRequest;
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment,
    epoch::{self, require_demo_mode},
    json, json_with,
    log::{self, Event},
};

use crate::store::first_day;

/// `GET /borrowdb/demo`
pub(crate) fn since_first_day(call: &Call<impl Environment>) -> Answer {
    require_demo_mode(call.environment())?;
    json(&first_day::loans_since(&call.database()?)?)
}

/// `PUT /borrowdb/demo`: deletes every loan, unless this epoch has begun already.
pub(crate) fn start_epoch(call: &Call<impl Environment>) -> Answer {
    let StartEpochRequest { demo } = call.json()?;
    require_demo_mode(call.environment())?;
    let database = call.database()?;
    let started = epoch::start(&database, demo.epoch, || first_day::delete_loans(&database))?;
    log::set_event(Event { event: "reset", loan_id: None, outcome: "first_day" });
    json_with(StatusCode::CREATED, &started)
}

//! Library cards: registering patrons, correcting and blocking them.

use contract::{
    error::{NUMBER_TAKEN, PATRON_CHANGED},
    patrons::{AddPatronRequest, EditPatronRequest, OnePatron, SetBlockedRequest},
};
use domain::PatronId;
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment,
    call::{no_such, path_id},
    json_with,
    problem::conflict,
};

use crate::store::changes::{self, Change};

/// `POST /patdb/patrons`
pub(crate) fn register(call: &Call<impl Environment>) -> Answer {
    let AddPatronRequest { patron } = call.json()?;
    answer(changes::add(&call.database()?, &patron)?, "")
}

/// `PUT /patdb/patrons/{id}`
pub(crate) fn edit(call: &Call<impl Environment>, id: &str) -> Answer {
    let EditPatronRequest { patron } = call.json()?;
    let change = match path_id::<PatronId>(id, "patron")? {
        Some(id) => changes::edit(&call.database()?, id, &patron)?,
        None => Change::NoPatron,
    };
    answer(change, id)
}

/// `PUT /patdb/patrons/{id}/blocked`
pub(crate) fn set_blocked(call: &Call<impl Environment>, id: &str) -> Answer {
    let SetBlockedRequest { blocked } = call.json()?;
    let change = match path_id::<PatronId>(id, "patron")? {
        Some(id) => changes::set_blocked(&call.database()?, id, blocked)?,
        None => Change::NoPatron,
    };
    answer(change, id)
}

/// 201 with the patron, or the problem.
fn answer(change: Change, id: &str) -> Answer {
    match change {
        Change::Done(entry) => {
            let patron = OnePatron::changed(entry.patron, entry.is_blocked);
            json_with(StatusCode::CREATED, &patron)
        }
        Change::NoPatron => Err(no_such("patron", id)),
        Change::Changed => {
            let detail = "the patron has changed since it was read; read it again";
            Err(conflict(Some(PATRON_CHANGED), detail))
        }
        Change::NumberTaken => Err(conflict(
            Some(NUMBER_TAKEN),
            "another patron's card has this number; use another number",
        )),
    }
}

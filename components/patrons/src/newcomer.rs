//! Somebody gets a library card.

use domain::Patron;
use http::{Request, StatusCode};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::{Body, Object},
    contention::wait_briefly,
    database::{Database, DatabaseError},
    json_with,
    problem::{conflict, fault},
};

use crate::store::{self, ONE_PATRON_PER_CARD};

const A_NUMBER: &str = "4 to 64 letters, digits and hyphens (A-Z, a-z, 0-9, -)";

/// Who is to get a card.
pub(crate) struct Newcomer {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) number: String,
}

impl Newcomer {
    /// Reads `{"patron": {first_name, last_name, number}}`.
    fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let patron = Object::read(request)?.object("patron")?;
        let first_name = patron.line("first_name", 100)?;
        let last_name = patron.line("last_name", 100)?;
        let number: String = patron.required("number", A_NUMBER)?;
        let is_fit = (4..=64).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_fit {
            Ok(Self { first_name, last_name, number })
        } else {
            Err(patron.problem("number", A_NUMBER))
        }
    }

    fn is(&self, patron: &Patron) -> bool {
        patron.first_name == self.first_name && patron.last_name == self.last_name
    }
}

/// `POST /patdb/patrons`: 201 with the patron, also when it comes twice; 409 when the number is somebody else's.
pub(crate) fn welcome<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    #[derive(Serialize)]
    struct One {
        patron: [Patron; 1],
    }
    let newcomer = Newcomer::read(request)?;
    let database = open()?;
    wait_briefly(&database)?;
    match store::insert(&database, &newcomer) {
        Err(DatabaseError::Duplicate { constraint, .. }) if constraint == ONE_PATRON_PER_CARD => {}
        other => other?,
    }
    let patron = store::by_number(&database, &newcomer.number)?;
    let patron = patron.ok_or_else(|| fault("a patron is gone who was just written"))?;
    if !newcomer.is(&patron) {
        return Err(conflict(Some("number_taken"), "somebody else's card has this number"));
    }
    json_with(StatusCode::CREATED, &One { patron: [patron] })
}

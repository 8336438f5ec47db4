//! Logging in: a card and, for a librarian, a PIN become a session. Every cause of a refusal has the same answer,
//! and a card or an address that was wrong too often has to wait.

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use domain::Patron;
use http::{Request, StatusCode};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::{Body, Object},
    contention::wait_briefly,
    database::{Database, DatabaseError},
    json, json_with,
    problem::{fault, too_many},
};

use crate::{
    sessions::Token,
    store::{
        self,
        attempts::{self, Try},
        sessions,
    },
};

/// Wrong tries that a card number has within 15 minutes.
const TRIES_OF_A_CARD: u8 = 5;

/// Wrong tries that an address has within 15 minutes.
const TRIES_OF_AN_ADDRESS: u8 = 20;

/// A hash of no PIN: one that is sent for a card that has none takes as long to be found wrong.
const OF_NO_PIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm8gc2FsdCBhdCBhbGwh$\
    QAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What somebody shows who wants to log in.
struct Login {
    first_name: String,
    last_name: String,
    number: String,
    pin: Option<String>,
    /// Where from, if that is known.
    address: Option<String>,
}

impl Login {
    /// Reads `{"login": {first_name, last_name, number[, pin, address]}}`.
    fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let login = Object::read(request)?.object("login")?;
        let text = |key| login.required::<String>(key, "text").map(|text| text.trim().to_owned());
        Ok(Self {
            first_name: text("first_name")?,
            last_name: text("last_name")?,
            number: text("number")?,
            pin: login.optional("pin", "text or null")?,
            address: login.optional("address", "text or null")?,
        })
    }
}

/// `POST /patdb/sessions`: 201 with the session's token, or 200 without one.
pub(crate) fn log_in<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
    token: impl FnOnce() -> Token,
) -> Answer {
    #[derive(Serialize)]
    struct Begun<'a> {
        session: &'a str,
        patron: [Patron; 1],
    }
    #[derive(Serialize)]
    struct Wrong {
        session: (),
        reason: &'static str,
        detail: &'static str,
    }
    let login = Login::read(request)?;
    let database = open()?;
    wait_briefly(&database)?;
    // Counted before it is known whether it is wrong: of many at the same time, no more are looked at than are allowed.
    let tries = tries(&database, &login)?;
    let Some(patron) = known(&database, &login)? else {
        let detail = "the names, the number and, for a librarian, the PIN don't belong together";
        return json(&Wrong { session: (), reason: "wrong_details", detail });
    };
    let token = token();
    sessions::begin(&database, &token.hash(), patron.id)?;
    attempts::forgive(&database, &tries)?;
    json_with(StatusCode::CREATED, &Begun { session: token.as_str(), patron: [patron] })
}

/// The tries that this one is counted as.
fn tries(database: &impl Database, login: &Login) -> Result<Vec<Try>, Problem> {
    attempts::sweep(database)?;
    let card = (attempts::subject("card", &login.number), TRIES_OF_A_CARD);
    let address = login.address.as_deref().map(attempts::network);
    let address = address.map(|net| (attempts::subject("address", &net), TRIES_OF_AN_ADDRESS));
    let mut tries = Vec::new();
    for (subject, most) in [Some(card), address].into_iter().flatten() {
        match attempts::make(database, subject, most)? {
            Ok(made) => tries.push(made),
            Err(wait) => {
                // What is not looked at was no try of the others.
                attempts::take_back(database, &tries)?;
                let detail = "there were too many wrong tries at the login; wait before the next";
                return Err(too_many("too_many_attempts", detail, wait));
            }
        }
    }
    Ok(tries)
}

/// The patron that all of it belongs to.
fn known(database: &impl Database, login: &Login) -> Result<Option<Patron>, Problem> {
    let names = format!("{}_{}", login.first_name, login.last_name);
    let found = store::by_number(database, &login.number)?;
    let hash = match &found {
        Some(patron) => sessions::pin_of(database, patron.id)?,
        // As many statements as for a card that there is.
        None => sessions::pin_of_nobody(database)?,
    };
    let has_pin = match &login.pin {
        Some(pin) => is_pin(pin, hash.as_deref().unwrap_or(OF_NO_PIN))?,
        None => false,
    };
    Ok(found.filter(|patron| {
        patron.is_named(&names, &login.number) && (has_pin || patron.role != "librarian")
    }))
}

/// Whether `pin` is the one that was hashed; the same work whichever it is.
fn is_pin(pin: &str, hash: &str) -> Result<bool, Problem> {
    let hash = PasswordHash::new(hash).map_err(|e| fault(format!("a PIN's hash: {e}")))?;
    Ok(Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pin_is_a_hash_that_no_pin_has_and_as_slow_as_any() {
        for pin in ["", "0000", "no pin"] {
            assert_eq!(is_pin(pin, OF_NO_PIN), Ok(false), "{pin}");
        }
        let hash = PasswordHash::new(OF_NO_PIN).unwrap();
        let params = argon2::Params::try_from(&hash).unwrap();
        assert_eq!(params.m_cost(), argon2::Params::DEFAULT_M_COST);
        assert_eq!(params.t_cost(), argon2::Params::DEFAULT_T_COST);
        assert_eq!(params.p_cost(), argon2::Params::DEFAULT_P_COST);
    }
}

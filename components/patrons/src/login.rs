//! Logging in with names, card number and, for librarians, a PIN. Any wrong detail gets the same answer, and a card or
//! network with too many failed attempts has to wait.

use std::{
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

use contract::{
    One,
    error::{TOO_MANY_ATTEMPTS, WRONG_DETAILS},
    patrons::{Credentials, LoginRequest, NoSession, SessionToken, StartedSession},
};
use domain::{Patron, text::plain};
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, Problem,
    database::{Database, DatabaseError},
    json, json_with,
    problem::{internal_error, too_many_requests, unavailable},
    retry::pin_session,
};

use crate::{
    limits::Limits,
    pin,
    sessions::{hash_token, new_token},
    store::{
        self, Entry,
        attempts::{self, Attempt, Claim, Subject},
        pins, sessions,
    },
};

/// The time that a login waits for others with the same card or from the same network.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// `POST /patdb/sessions`: 201 with the session, or 200 without one.
pub(crate) fn log_in(call: &Call<impl Environment>) -> Answer {
    let LoginRequest { login } = call.json()?;
    let limits = Limits::read(call.environment()).map_err(internal_error)?;
    let database = call.database()?;
    pin_session(&database)?;
    attempts::sweep(&database)?;
    let attempt = LoginAttempt::begin(&database, &login, limits, call.environment().random())?;
    // An error before the decision leaves undecided attempts, which expire.
    let Some(patron) = check(&database, &login)? else {
        attempt.fail(&database)?;
        let detail = "names, card number and PIN don't match; librarians must send a PIN";
        let reason = WRONG_DETAILS.to_owned();
        return json(&NoSession { session: (), reason, detail: detail.to_owned() });
    };
    attempt.succeed(&database)?;
    let token = new_token(call.environment().random());
    sessions::start(&database, &hash_token(&token), patron.id)?;
    let session = StartedSession { session: SessionToken(token.into()), patron: One(patron) };
    json_with(StatusCode::CREATED, &session)
}

/// The slots of one login attempt: the card's, and the network's if the address is known.
#[derive(Debug)]
struct LoginAttempt {
    of_card: Attempt,
    of_network: Option<Attempt>,
}

impl LoginAttempt {
    /// Claims the slots, and waits for undecided attempts if necessary.
    fn begin(
        database: &impl Database,
        login: &Credentials,
        limits: Limits,
        random: [u8; 32],
    ) -> Result<Self, Problem> {
        let deadline = Instant::now() + MAX_WAIT;
        let [mut id, mut network_id] = [[0; 16]; 2];
        id.copy_from_slice(&random[..16]);
        network_id.copy_from_slice(&random[16..]);
        // Counted without regard to case and spelling, as the card is looked up.
        let card = Subject::new("card", &plain(login.number.0.trim()).to_lowercase());
        let of_card = match wait_for_claim(database, card, limits.per_card, id, deadline)? {
            Claim::Granted(attempt) => attempt,
            Claim::Wait => return Err(too_busy()),
            Claim::Refused(seconds) => {
                return Err(too_many_attempts("card", seconds));
            }
        };
        let address = login.address.as_ref().and_then(|address| limits.network(&address.0));
        let Some(address) = address else { return Ok(Self { of_card, of_network: None }) };
        let network = Subject::new("address", &address);
        let claim = wait_for_claim(database, network, limits.per_address, network_id, deadline)?;
        let problem = match claim {
            Claim::Granted(attempt) => return Ok(Self { of_card, of_network: Some(attempt) }),
            Claim::Wait => too_busy(),
            Claim::Refused(seconds) => too_many_attempts("address", seconds),
        };
        // The login will not be checked, so it must not count for the card.
        of_card.release(database)?;
        Err(problem)
    }

    /// Counts the attempt as failed.
    fn fail(&self, database: &impl Database) -> Result<(), Problem> {
        let mut is_counted = self.of_card.fail(database)?;
        if let Some(attempt) = &self.of_network {
            is_counted &= attempt.fail(database)?;
        }
        // The slot was lost to another attempt, so revealing the outcome would exceed the limit.
        if is_counted { Ok(()) } else { Err(too_busy()) }
    }

    /// Frees the slots and clears the card's failed attempts. The network's stay, or the holder of one card could
    /// continue to guess others.
    fn succeed(&self, database: &impl Database) -> Result<(), Problem> {
        let mut is_held = self.of_card.release(database)?;
        if let Some(attempt) = &self.of_network {
            is_held &= attempt.release(database)?;
        }
        if !is_held {
            return Err(too_busy());
        }
        Ok(self.of_card.forget_failed(database)?)
    }
}

/// Claims a slot, retrying while other attempts are undecided.
fn wait_for_claim(
    database: &impl Database,
    subject: Subject,
    max: u8,
    id: [u8; 16],
    deadline: Instant,
) -> Result<Claim, Problem> {
    loop {
        match attempts::claim(database, subject, max, id)? {
            Claim::Wait if Instant::now() < deadline => {
                // The standard library seeds each `RandomState` differently, which is random enough here.
                let random = RandomState::new().hash_one(id) % 30;
                thread::sleep(Duration::from_millis(10 + random));
            }
            claim => return Ok(claim),
        }
    }
}

/// 429: all slots of the card or the address hold failed attempts.
fn too_many_attempts(limit: &str, seconds: u16) -> Problem {
    let detail = format!("too many failed login attempts with this {limit}; wait and try again");
    too_many_requests(TOO_MANY_ATTEMPTS, detail, seconds)
        .with(|body| body.limit = Some(limit.to_owned()))
}

fn too_busy() -> Problem {
    unavailable("too many logins at the same time; try again", 1)
}

/// The patron with this card number, as it is typed on a phone or copied from a letter: with full-width characters or
/// typographic hyphens.
fn find_card(database: &impl Database, number: &str) -> Result<Option<Entry>, DatabaseError> {
    let plain = plain(number);
    let found = store::by_number_in_any_case(database, &plain)?;
    // A loaded number may have such characters itself. Both are looked up in any case, so that the time tells nothing.
    let as_typed = match number == plain {
        true => None,
        false => store::by_number_in_any_case(database, number)?,
    };
    Ok(found.or(as_typed))
}

/// The patron whose details all match.
fn check(database: &impl Database, login: &Credentials) -> Result<Option<Patron>, Problem> {
    let names = format!("{}_{}", login.first_name.0.trim(), login.last_name.0.trim());
    let found = find_card(database, login.number.0.trim())?;
    // An unknown card runs the same statements and takes the same time.
    let hash = pins::find(database, found.as_ref().map(|entry| entry.patron.id))?;
    let has_pin = match &login.pin {
        Some(given) => pin::verify(&given.0, hash.as_deref())?,
        None => false,
    };
    let patron = found.map(|entry| entry.patron);
    Ok(patron.filter(|patron| patron.has_names(&names) && (has_pin || !patron.is_librarian())))
}

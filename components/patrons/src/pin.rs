//! PINs: `PUT /patdb/patrons/{id}/pin`, and argon2id hashing and verification.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use contract::{
    error::NOT_A_LIBRARIAN,
    patrons::{OnePatron, SetPinRequest},
};
use domain::PatronId;
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, Problem,
    call::{no_such, path_id},
    json_with,
    problem::{conflict, forbidden, internal_error},
};

use crate::{
    sessions::hash_token,
    store::pins::{self, PinChange},
};

/// A hash that matches no PIN, so that verification takes the same time for a card without a PIN.
const NO_PIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm8gc2FsdCBhdCBhbGwh$\
    QAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// `PUT /patdb/patrons/{id}/pin`
pub(crate) fn set(call: &Call<impl Environment>, id: &str) -> Answer {
    let SetPinRequest { pin } = call.json()?;
    let patron = path_id::<PatronId>(id, "patron")?;
    let hash = hash(pin.new_pin.as_str(), call.environment().random())?;
    let session = hash_token(pin.session.as_str());
    match pins::set(&call.database()?, &session, patron, &hash)? {
        PinChange::Done(entry) => {
            let patron = OnePatron::changed(entry.patron, entry.is_blocked);
            json_with(StatusCode::CREATED, &patron)
        }
        PinChange::Forbidden => Err(forbidden("only a logged-in librarian can set a PIN")),
        PinChange::NoPatron => Err(no_such("patron", id)),
        PinChange::NotALibrarian => {
            Err(conflict(Some(NOT_A_LIBRARIAN), "only librarians have a PIN"))
        }
    }
}

/// The hash of a new PIN.
fn hash(pin: &str, random: [u8; 32]) -> Result<String, Problem> {
    let hash = Argon2::default().hash_password_with_salt(pin.as_bytes(), &random[..16]);
    Ok(hash.map_err(|error| internal_error(format!("a PIN's hash: {error}")))?.to_string())
}

/// Whether `pin` matches the hash. Takes the same time without a hash.
pub(crate) fn verify(pin: &str, hash: Option<&str>) -> Result<bool, Problem> {
    let hash = PasswordHash::new(hash.unwrap_or(NO_PIN));
    let hash = hash.map_err(|error| internal_error(format!("a PIN's hash: {error}")))?;
    Ok(Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_verified_by_its_hash() {
        let hash = hash("314159", [7; 32]).unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert_eq!(verify("314159", Some(&hash)), Ok(true));
        assert_eq!(verify("314158", Some(&hash)), Ok(false));
    }

    #[test]
    fn without_a_stored_pin_every_pin_fails_after_the_same_work() {
        for pin in ["", "0000", "no pin"] {
            assert_eq!(verify(pin, None), Ok(false), "{pin}");
        }
        let hash = PasswordHash::new(NO_PIN).unwrap();
        let params = argon2::Params::try_from(&hash).unwrap();
        assert_eq!(params.m_cost(), argon2::Params::DEFAULT_M_COST);
        assert_eq!(params.t_cost(), argon2::Params::DEFAULT_T_COST);
        assert_eq!(params.p_cost(), argon2::Params::DEFAULT_P_COST);
    }
}

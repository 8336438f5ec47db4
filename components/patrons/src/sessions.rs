//! Sessions: a token identifies its patron until the session ends. Only the token's hash is stored.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::{
    One, ResetRequest,
    patrons::{EndedSessions, SessionPatron, SessionRequest},
};
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, database::DatabaseError, json, json_with, retry::pin_session,
};
use sha2::{Digest, Sha256};

use crate::store::sessions;

/// A new token: 256 random bits in base64url.
pub(crate) fn new_token(random: [u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random)
}

/// The token's SHA-256, which the database stores.
pub(crate) fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// `POST /patdb/sessions/use`
pub(crate) fn touch(call: &Call<impl Environment>) -> Answer {
    let SessionRequest { session } = call.json()?;
    let entry = sessions::touch(&call.database()?, &hash_token(session.as_str()))?;
    let blocked = entry.as_ref().is_some_and(|entry| entry.is_blocked);
    json(&SessionPatron { patron: entry.map(|entry| One(entry.patron)), blocked })
}

/// `DELETE /patdb/sessions`
pub(crate) fn end(call: &Call<impl Environment>) -> Answer {
    let SessionRequest { session } = call.json()?;
    let database = call.database()?;
    pin_session(&database)?;
    ended(StatusCode::OK, sessions::end(&database, &hash_token(session.as_str()))?)
}

/// `POST /patdb/sessions/reset`
pub(crate) fn reset(call: &Call<impl Environment>) -> Answer {
    call.json::<ResetRequest>()?;
    let database = call.database()?;
    pin_session(&database)?;
    ended(StatusCode::CREATED, sessions::end_all(&database)?)
}

fn ended(status: StatusCode, ended: i64) -> Answer {
    let ended = u64::try_from(ended).map_err(DatabaseError::internal)?;
    json_with(status, &EndedSessions { ended })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_into_a_cookie() {
        let token = new_token([0xfb; 32]);
        assert_eq!(token.len(), 43);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert_ne!(hash_token(&token), hash_token(&new_token([0xfa; 32])));
    }
}

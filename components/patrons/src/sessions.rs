//! Sessions: who shows a token is the patron it was given to, for a while. The token itself is nowhere but with them.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::Patron;
use http::{Request, StatusCode};
use serde::Serialize;
use service_kit::{
    Answer, Problem,
    body::{Body, Object},
    contention::wait_briefly,
    database::{Database, DatabaseError},
    json, json_with,
};
use sha2::{Digest, Sha256};

use crate::store::sessions;

/// What opens a session: 256 random bits in base64url. Its `Debug` doesn't show it.
pub(crate) struct Token(String);

impl Token {
    /// The token made of these bits.
    pub(crate) fn of(random: [u8; 32]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(random))
    }

    /// Reads `{"session": token}`. Any text may be somebody's idea of a token; most open nothing.
    fn read(request: &Request<Body>) -> Result<Self, Problem> {
        Object::read(request)?.required("session", "text").map(Self)
    }

    /// What the database knows it by.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// `POST /patdb/sessions/use`: whose session this is, null when it is none or over.
pub(crate) fn make_use<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    #[derive(Serialize)]
    struct Used {
        patron: Option<[Patron; 1]>,
    }
    let hash = Token::read(request)?.hash();
    let patron = sessions::make_use(&open()?, &hash)?;
    json(&Used { patron: patron.map(|patron| [patron]) })
}

/// `DELETE /patdb/sessions`: ends it; 1 when there was such a session, else 0.
pub(crate) fn end<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    let hash = Token::read(request)?.hash();
    let database = open()?;
    wait_briefly(&database)?;
    ended(StatusCode::OK, sessions::end(&database, &hash)?)
}

/// `POST /patdb/sessions/reset`: ends all of them.
pub(crate) fn reset<D: Database>(
    request: &Request<Body>,
    open: impl FnOnce() -> Result<D, DatabaseError>,
) -> Answer {
    Object::read(request)?.object("reset")?;
    let database = open()?;
    wait_briefly(&database)?;
    ended(StatusCode::CREATED, sessions::end_all(&database)?)
}

fn ended(status: StatusCode, ended: i64) -> Answer {
    #[derive(Serialize)]
    struct Ended {
        ended: i64,
    }
    json_with(status, &Ended { ended })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_fit_for_a_cookie_and_shows_itself_to_nobody() {
        let token = Token::of([0xfb; 32]);
        assert_eq!(token.as_str().len(), 43);
        assert!(token.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_ne!(token.hash(), Token::of([0xfa; 32]).hash());
    }
}

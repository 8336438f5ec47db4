//! The patrons service: library cards and sessions.

use std::collections::{BTreeMap, BTreeSet};

use contract::{
    One, ResetRequest, Text,
    error::NUMBER_TAKEN,
    paging::{Cursor, CursorRequest},
    patrons::{
        ADD_PATRON, AddPatronRequest, EDIT_PATRON, EditPatronRequest, GET_PATRON, HEALTH,
        LIST_PATRONS, LOG_IN, LOG_OUT, LoginRequest, NewPatron, OnePatron, PatronCorrection,
        PatronQuery, PinChange, RESET, SET_BLOCKED, SET_PIN, SessionRequest, SessionToken,
        SetBlockedRequest, SetPinRequest, StartedSession, USE_SESSION,
    },
};
use domain::{Patron, PatronId, Pin};
use http::StatusCode;
use service_kit::client::CallError;

use super::{Client, HealthCheck, catalog::page_size};
use crate::failure::Failure;

/// The client of the patrons service.
pub(crate) struct Patrons<'a>(pub(super) Client<'a>);

/// The details from the login form.
#[derive(Debug)]
pub(crate) struct Credentials<'a> {
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) number: &'a str,
    /// Empty for patrons, who have none.
    pub(crate) pin: &'a str,
}

/// The outcome of a login.
#[derive(Debug)]
pub(crate) enum Login {
    Session {
        token: String,
        patron: Patron,
    },
    WrongCredentials,
    /// Too many failed attempts; the next one is allowed after this many seconds.
    Blocked {
        seconds: u16,
        limit: AttemptLimit,
    },
}

/// The exhausted limit of failed attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptLimit {
    Card,
    /// The network address.
    Address,
}

/// The outcome of adding a patron.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AddPatron {
    Added(PatronId),
    /// Another patron has this card number.
    NumberTaken,
    /// The service refused the values.
    Rejected,
}

/// The outcome of correcting a patron's names and card number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EditPatron {
    Edited,
    /// The patron has changed since the form was shown.
    Conflict,
    /// Another patron has this card number.
    NumberTaken,
    /// The service refused the values.
    Rejected,
}

/// A patron, and whether a librarian blocked the card.
#[derive(Debug)]
pub(crate) struct PatronDetails {
    pub(crate) patron: Patron,
    pub(crate) is_blocked: bool,
}

/// A page of the list of patrons.
#[derive(Debug, Default)]
pub(crate) struct PatronList {
    pub(crate) patrons: Vec<Patron>,
    /// The cursors of the next and the previous page.
    pub(crate) next: Option<PatronId>,
    pub(crate) previous: Option<PatronId>,
    /// The patrons whose cards are blocked.
    pub(crate) blocked: Vec<PatronId>,
}

impl Patrons<'_> {
    /// The patron of a session; `None` if it has ended.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<PatronDetails>, Failure> {
        let answer = self.0.call(USE_SESSION, &session(token)).await?;
        let is_blocked = answer.blocked;
        Ok(answer.patron.map(|One(patron)| PatronDetails { patron, is_blocked }))
    }

    /// Begins a session. `address` is the client's address, for the limit of failed attempts.
    pub(crate) async fn log_in(
        &self,
        credentials: &Credentials<'_>,
        address: Option<&str>,
    ) -> Result<Login, Failure> {
        let text = |text: &str| Text(text.to_owned());
        let login = contract::patrons::Credentials {
            first_name: text(credentials.first_name),
            last_name: text(credentials.last_name),
            number: text(credentials.number),
            pin: (!credentials.pin.is_empty()).then(|| text(credentials.pin)),
            address: address.map(text),
        };
        match self.0.try_call(LOG_IN, &LoginRequest { login }, None).await {
            Ok(StartedSession { session, patron: One(patron) }) => {
                Ok(Login::Session { token: session.as_str().to_owned(), patron })
            }
            // Not created.
            Err(CallError::Rejected { status: StatusCode::OK, .. }) => Ok(Login::WrongCredentials),
            Err(CallError::Rejected {
                status: StatusCode::TOO_MANY_REQUESTS,
                retry_after,
                body,
            }) => Ok(Login::Blocked {
                seconds: retry_after.unwrap_or(60),
                limit: match body.limit.as_deref() {
                    Some("address") => AttemptLimit::Address,
                    _ => AttemptLimit::Card,
                },
            }),
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// Ends a session.
    pub(crate) async fn log_out(&self, token: &str) -> Result<(), Failure> {
        self.0.call(LOG_OUT, &session(token)).await.map(drop)
    }

    /// Ends every session.
    pub(crate) async fn end_all_sessions(&self) -> Result<(), Failure> {
        self.0.call(RESET, &ResetRequest::default()).await.map(drop)
    }

    /// A page of the patrons whose names or card number match `text`, or of all if it is empty.
    pub(crate) async fn patrons(
        &self,
        text: &str,
        cursor: Cursor,
        limit: u16,
    ) -> Result<PatronList, Failure> {
        let query = PatronQuery {
            text: (!text.is_empty()).then(|| text.to_owned()),
            page: CursorRequest { cursor, limit: page_size(limit) },
            ..PatronQuery::default()
        };
        let list = self.0.call(LIST_PATRONS, &query).await?;
        Ok(PatronList {
            patrons: list.patrons,
            next: list.next.flatten(),
            previous: list.previous.flatten(),
            blocked: list.blocked,
        })
    }

    /// The ids of at most `limit` patrons whose names or card number match `text`, and whether there are more.
    pub(crate) async fn find_ids(
        &self,
        text: &str,
        limit: u16,
    ) -> Result<(Vec<PatronId>, bool), Failure> {
        let PatronList { patrons, next, .. } = self.patrons(text, Cursor::Start, limit).await?;
        Ok((patrons.into_iter().map(|patron| patron.id).collect(), next.is_some()))
    }

    /// One patron; `None` if the id is unknown.
    pub(crate) async fn patron(&self, id: PatronId) -> Result<Option<PatronDetails>, Failure> {
        let found = self.0.find(GET_PATRON, &id).await?;
        let details = |OnePatron { patron: One(patron), blocked, .. }| PatronDetails {
            patron,
            is_blocked: blocked,
        };
        Ok(found.map(details))
    }

    /// Corrects names and card number. A new number ends the patron's sessions.
    pub(crate) async fn edit_patron(
        &self,
        id: PatronId,
        correction: PatronCorrection,
    ) -> Result<EditPatron, Failure> {
        let request = EditPatronRequest { patron: correction };
        match self.0.try_call(EDIT_PATRON, &(id, request), None).await {
            Ok(_) => Ok(EditPatron::Edited),
            Err(CallError::Rejected { body, .. })
                if body.reason.as_deref() == Some(NUMBER_TAKEN) =>
            {
                Ok(EditPatron::NumberTaken)
            }
            Err(CallError::Rejected { status: StatusCode::CONFLICT, .. }) => {
                Ok(EditPatron::Conflict)
            }
            Err(CallError::Rejected { status: StatusCode::BAD_REQUEST, .. }) => {
                Ok(EditPatron::Rejected)
            }
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// Blocks or unblocks the patron's card.
    pub(crate) async fn set_blocked(&self, id: PatronId, blocked: bool) -> Result<(), Failure> {
        self.0.call(SET_BLOCKED, &(id, SetBlockedRequest { blocked })).await.map(drop)
    }

    /// Sets a librarian's PIN, authorized by the session `token` of a librarian.
    pub(crate) async fn set_pin(
        &self,
        id: PatronId,
        new_pin: Pin,
        token: &str,
    ) -> Result<(), Failure> {
        let pin = PinChange { session: SessionToken(Text(token.to_owned())), new_pin };
        self.0.call(SET_PIN, &(id, SetPinRequest { pin })).await.map(drop)
    }

    /// These patrons by id; unknown ids are missing.
    pub(crate) async fn patrons_by_id(
        &self,
        ids: impl IntoIterator<Item = PatronId>,
    ) -> Result<BTreeMap<PatronId, PatronDetails>, Failure> {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = PatronQuery { ids: Some(ids), ..PatronQuery::default() };
        let list = self.0.call(LIST_PATRONS, &query).await?;
        let details = |patron: Patron| {
            let is_blocked = list.blocked.contains(&patron.id);
            (patron.id, PatronDetails { patron, is_blocked })
        };
        Ok(list.patrons.into_iter().map(details).collect())
    }

    /// Adds a patron.
    pub(crate) async fn add_patron(&self, patron: NewPatron) -> Result<AddPatron, Failure> {
        match self.0.try_call(ADD_PATRON, &AddPatronRequest { patron }, None).await {
            Ok(added) => Ok(AddPatron::Added(added.patron.0.id)),
            Err(CallError::Rejected { status: StatusCode::CONFLICT, .. }) => {
                Ok(AddPatron::NumberTaken)
            }
            Err(CallError::Rejected { status: StatusCode::BAD_REQUEST, .. }) => {
                Ok(AddPatron::Rejected)
            }
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// The state of the service, and how long it took to answer.
    pub(crate) async fn health(&self) -> HealthCheck {
        self.0.health(HEALTH).await
    }
}

fn session(token: &str) -> SessionRequest {
    SessionRequest { session: SessionToken(Text(token.to_owned())) }
}

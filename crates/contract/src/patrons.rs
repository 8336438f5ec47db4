//! The patrons service, `/patdb`: people, cards and sessions.

use std::{collections::BTreeSet, fmt};

use domain::{CardNumber, Patron, PatronId, PersonName, Pin, Role, row};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    Endpoint, Healthy, Method, One, PageRequest, Query, ResetRequest, Text,
    demo::{InEpoch, RowsSinceFirstDay, StartEpochRequest},
    endpoint::{Input, Outgoing, json_input},
    json::{is_false, is_zero},
    paging::CursorRequest,
    query::{InvalidParameter, Parameters},
    routes::routes,
};

/// Patrons, ordered by id: all, some, or a page.
pub const LIST_PATRONS: Endpoint<PatronQuery, Patrons> = Endpoint::get("/patdb");
/// One patron.
pub const GET_PATRON: Endpoint<PatronId, OnePatron> = Endpoint::get("/patdb/{id}");
/// Whether there is such a patron, by the status, and whether the patron is blocked: of [`GET_PATRON`] only what lending
/// depends on.
pub const GET_PATRON_STATUS: Endpoint<PatronId, PatronStatus> = Endpoint::get("/patdb/{id}");
/// The patron with this card number.
pub const GET_BY_NUMBER: Endpoint<String, NumberedPatron> =
    Endpoint::get("/patdb/pnum/{patronNum}");
/// The patrons whose first or last name contains the text; 404 if there are none.
pub const FIND_BY_NAME: Endpoint<(String, PageRequest), Patrons> =
    Endpoint::get("/patdb/key/{name}");
/// Checks whether names and card number belong to one patron: `{first}_{last}_{patronNum}`.
pub const TEST_PATRON: Endpoint<String, PatronTest> = Endpoint::get("/patdb/test/{person}");
/// Registers a patron. Idempotent.
pub const ADD_PATRON: Endpoint<AddPatronRequest, OnePatron> =
    Endpoint::change(Method::Post, "/patdb/patrons");
/// Corrects names and card number if they still have the expected values. A new number ends the patron's sessions. 409
/// [`PATRON_CHANGED`](crate::error::PATRON_CHANGED) or [`NUMBER_TAKEN`](crate::error::NUMBER_TAKEN).
pub const EDIT_PATRON: Endpoint<(PatronId, EditPatronRequest), OnePatron> =
    Endpoint::change(Method::Put, "/patdb/patrons/{id}");
/// Blocks a patron, or ends the block. A blocked patron cannot borrow or renew.
pub const SET_BLOCKED: Endpoint<(PatronId, SetBlockedRequest), OnePatron> =
    Endpoint::change(Method::Put, "/patdb/patrons/{id}/blocked");
/// Sets a librarian's PIN. Requires the session of a librarian: 403 without one, even with the API token. Ends the
/// other sessions of the PIN's owner. 409 [`NOT_A_LIBRARIAN`](crate::error::NOT_A_LIBRARIAN).
pub const SET_PIN: Endpoint<(PatronId, SetPinRequest), OnePatron> =
    Endpoint::change(Method::Put, "/patdb/patrons/{id}/pin");
/// Starts a session; 200 with [`NoSession`] if the details don't match.
pub const LOG_IN: Endpoint<LoginRequest, StartedSession> =
    Endpoint::change(Method::Post, "/patdb/sessions");
/// Extends a session and returns its patron.
pub const USE_SESSION: Endpoint<SessionRequest, SessionPatron> =
    Endpoint::change(Method::Post, "/patdb/sessions/use").with_success(StatusCode::OK);
/// Ends a session.
pub const LOG_OUT: Endpoint<SessionRequest, EndedSessions> =
    Endpoint::change(Method::Delete, "/patdb/sessions").with_success(StatusCode::OK);
/// Ends every session.
pub const RESET: Endpoint<ResetRequest, EndedSessions> =
    Endpoint::change(Method::Post, "/patdb/sessions/reset");
/// The differences between the patrons and those of the first day: 403 unless `demo_mode` is on, 409
/// [`NO_DEMO_DATA`](crate::error::NO_DEMO_DATA) if no demo patrons were loaded, or
/// [`NUMBER_TAKEN`](crate::error::NUMBER_TAKEN) while an added librarian has the card number of a demo patron.
pub const SINCE_FIRST_DAY: Endpoint<(), RowsSinceFirstDay> = Endpoint::get("/patdb/demo");
/// Starts an epoch: restores the patrons of the first day and ends all sessions. For the lending service;
/// refused as [`SINCE_FIRST_DAY`].
pub const START_EPOCH: Endpoint<StartEpochRequest, InEpoch> =
    Endpoint::change(Method::Put, "/patdb/demo");
/// The health check.
pub const HEALTH: Endpoint<(), Healthy> = Endpoint::get("/patdb/healthz");

routes! {
    LIST_PATRONS, GET_PATRON, GET_BY_NUMBER, FIND_BY_NAME, TEST_PATRON, ADD_PATRON, EDIT_PATRON,
    SET_BLOCKED, SET_PIN, LOG_IN, USE_SESSION, LOG_OUT, RESET, SINCE_FIRST_DAY, START_EPOCH, HEALTH
}

/// Selects patrons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatronQuery {
    /// `q`: only patrons who have each word of this text in a name or at the beginning of the card number.
    pub text: Option<String>,
    /// `ids`: only these patrons.
    pub ids: Option<BTreeSet<PatronId>>,
    /// The page; without a limit, all patrons.
    pub page: CursorRequest,
}

impl Parameters for PatronQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self {
            text: query.text("q")?.map(str::to_owned),
            ids: query.ids("ids")?,
            page: CursorRequest::read(query)?,
        })
    }
}

impl Input for PatronQuery {
    fn write(&self, request: &mut Outgoing) {
        request.parameter("q", self.text.as_ref());
        request.list("ids", self.ids.as_ref());
        self.page.write(request);
    }
}

/// A page of patrons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Patrons {
    /// The patrons of this page.
    pub patrons: Vec<Patron>,
    /// The `after` of the next page; null on the last page, absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next: Option<Option<PatronId>>,
    /// With a limit, in the list of patrons: the `before` of the previous page; null on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub previous: Option<Option<PatronId>>,
    /// The blocked patrons of this page; absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<PatronId>,
}

/// One patron.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnePatron {
    /// The patron.
    pub patron: One<Patron>,
    /// Whether a librarian blocked the patron; absent if false.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schemars(extend("const" = true)))]
    pub blocked: bool,
    /// The number of times that a demo was reset; absent before the first reset, and in the answers to changes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub epoch: u32,
}

impl OnePatron {
    /// A patron after a change.
    pub fn changed(patron: Patron, blocked: bool) -> Self {
        Self { patron: One(patron), blocked, epoch: 0 }
    }
}

/// The part of [`OnePatron`] that says whether the patron may borrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PatronStatus {
    /// As in [`OnePatron`].
    #[serde(default)]
    pub blocked: bool,
    /// As in [`OnePatron`].
    #[serde(default)]
    pub epoch: u32,
}

/// A patron found by card number, which is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberedPatron {
    /// The patron.
    pub patron: One<PatronWithoutNumber>,
}

row! {
    /// A patron without the number on the card.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PatronWithoutNumber {
        /// The patron's id.
        pub id: PatronId,
        /// First name or names.
        pub first_name: String,
        /// Last name.
        pub last_name: String,
        /// The patron's rights.
        pub role: Role,
    }
}

/// The answer to [`TEST_PATRON`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PatronTest {
    /// Whether the details belong to one patron.
    pub patron: bool,
}

/// `{"patron": {first_name, last_name, number}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct AddPatronRequest {
    /// The patron to register.
    pub patron: NewPatron,
}

/// A patron to register, with the role `user`. One of the names may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "AnyPatron")]
pub struct NewPatron {
    /// First name or names.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// The number on the new card.
    pub number: CardNumber,
}

/// A patron to register, before the names are checked together.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
struct AnyPatron {
    #[serde(default)]
    first_name: PersonName,
    #[serde(default)]
    last_name: PersonName,
    number: CardNumber,
}

impl TryFrom<AnyPatron> for NewPatron {
    type Error = &'static str;

    fn try_from(patron: AnyPatron) -> Result<Self, &'static str> {
        let AnyPatron { first_name, last_name, number } = patron;
        if first_name.as_str().is_empty() && last_name.as_str().is_empty() {
            return Err("must have a first name, a last name or both");
        }
        Ok(Self { first_name, last_name, number })
    }
}

/// `{"patron": {from: {first_name, last_name, number}, to: {first_name, last_name, number}}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct EditPatronRequest {
    /// The correction.
    pub patron: PatronCorrection,
}

/// A correction of a patron's names and card number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct PatronCorrection {
    /// The values that the caller saw.
    pub from: SeenPatron,
    /// The values to set.
    pub to: NewPatron,
}

/// Names and card number as they were read. They are not validated: an old row may break today's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SeenPatron {
    /// First name or names.
    pub first_name: Text,
    /// Last name.
    pub last_name: Text,
    /// The number on the card.
    pub number: Text,
}

/// `{"blocked": true}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SetBlockedRequest {
    /// Whether the patron is blocked from now on.
    pub blocked: bool,
}

/// `{"pin": {session, new_pin}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SetPinRequest {
    /// The change.
    pub pin: PinChange,
}

/// A new PIN and the session that sets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct PinChange {
    /// The session of a librarian.
    pub session: SessionToken,
    /// The PIN.
    pub new_pin: Pin,
}

/// `{"login": {first_name, last_name, number[, pin, address]}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct LoginRequest {
    /// The details that the patron entered.
    pub login: Credentials,
}

/// The details of a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct Credentials {
    /// First name or names.
    pub first_name: Text,
    /// Last name.
    pub last_name: Text,
    /// The number on the card.
    pub number: Text,
    /// The PIN of a librarian.
    #[serde(default)]
    pub pin: Option<Text>,
    /// The client's IP address, if known. Failed attempts are counted per address too.
    #[serde(default)]
    pub address: Option<Text>,
}

impl fmt::Debug for Credentials {
    /// Shows none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// A new session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StartedSession {
    /// The session's token. The database has only its hash.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z0-9_-]{43}$")))]
    pub session: SessionToken,
    /// The session's patron.
    pub patron: One<Patron>,
}

/// No session, because the details don't match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoSession {
    /// Null.
    pub session: (),
    /// `wrong_details`
    #[cfg_attr(feature = "schema", schemars(extend("const" = "wrong_details")))]
    pub reason: String,
    /// The reason as a sentence; it may change.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub detail: String,
}

/// `{"session": token}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SessionRequest {
    /// The token to look up. It may be any text.
    pub session: SessionToken,
}

/// The token of a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SessionToken(pub Text);

impl SessionToken {
    /// The token itself.
    pub fn as_str(&self) -> &str {
        &self.0.0
    }
}

impl fmt::Debug for SessionToken {
    /// Does not show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// The patron of a session; null if the session has ended or never existed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionPatron {
    /// The patron.
    pub patron: Option<One<Patron>>,
    /// Whether a librarian blocked the patron; absent if false.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schemars(extend("const" = true)))]
    pub blocked: bool,
}

/// The number of ended sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndedSessions {
    /// Sessions.
    pub ended: u64,
}

json_input!(
    AddPatronRequest,
    EditPatronRequest,
    SetBlockedRequest,
    SetPinRequest,
    LoginRequest,
    SessionRequest
);

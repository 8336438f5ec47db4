//! The kinds of callers.

use tests::{Client, Person};

use crate::TOKEN;

/// A kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Has neither a session nor a token.
    Anonymous,
    /// Sends another token than the required one.
    WrongToken,
    /// Pete, logged in.
    Patron,
    /// Laine, logged in.
    OtherPatron,
    /// Marian, logged in.
    Librarian,
    /// Sends the required token.
    RightToken,
}

impl Caller {
    pub const ALL: [Caller; 6] = [
        Caller::Anonymous,
        Caller::WrongToken,
        Caller::Patron,
        Caller::OtherPatron,
        Caller::Librarian,
        Caller::RightToken,
    ];

    /// A browser of this caller, logged in if the caller is a patron.
    pub fn browser(self, app: &Client) -> Person {
        match self {
            Caller::Anonymous => Person::at(app),
            Caller::WrongToken => Person::at(&app.with("authorization", "Bearer wrong")),
            Caller::RightToken => Person::at(&with_token(app)),
            Caller::Patron => Person::patron(app),
            Caller::OtherPatron => Person::other_patron(app),
            Caller::Librarian => Person::librarian(app),
        }
    }
}

/// A client that sends the required token.
pub fn with_token(app: &Client) -> Client {
    app.with("authorization", format!("Bearer {TOKEN}"))
}

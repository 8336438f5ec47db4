//! Why a page can't be what was asked for.

use std::fmt::Display;

use service_kit::peer::{Peer, PeerError};

/// Why a page can't be what was asked for. Causes are logged where they are found and never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is nothing at this address.
    NotFound,
    /// What was sent is not what our forms send.
    BadForm,
    /// The form was not made for who sends it.
    Forged,
    /// The page is not for this patron.
    Forbidden,
    /// It would work another time: a service is away.
    Away,
    /// Something broke.
    Fault,
}

impl Failure {
    /// What an error of `peer` means.
    pub(crate) fn of(peer: &impl Peer, error: PeerError) -> Self {
        eprintln!("the {} service: {error}", peer.name());
        if error.is_temporary() { Self::Away } else { Self::Fault }
    }

    /// Something broke, and this is why.
    pub(crate) fn fault(cause: impl Display) -> Self {
        eprintln!("fault: {cause}");
        Self::Fault
    }
}

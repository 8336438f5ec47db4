//! The failures of a request.

use std::fmt::Display;

use service_kit::log;

/// The reason why a request does not get its page. Causes are logged where they occur and never shown to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The page or its subject does not exist: 404.
    NotFound,
    /// The form lacks a field, or a field has a value our forms never send: 400.
    InvalidForm,
    /// The form, or the JSON that a service gets for it, is larger than
    /// [`MAX_BODY_BYTES`](service_kit::body::MAX_BODY_BYTES): 413.
    FormTooLarge,
    /// The search or another part of the address is too long for the request to a service: 414.
    AddressTooLong,
    /// The form did not arrive in time: 408.
    FormTooSlow,
    /// The form's CSRF token does not belong to the sender's cookie: 403.
    InvalidCsrfToken,
    /// The page is for librarians: 403.
    Forbidden,
    /// A service is unavailable; the same request may work later: 503.
    ServiceUnavailable,
    /// An unexpected internal error: 500.
    Internal,
}

impl Failure {
    /// An internal error; logs its cause.
    pub(crate) fn internal(cause: impl Display) -> Self {
        log::error("internal error", cause);
        Self::Internal
    }
}

//! The access rules of routes.

/// The access rule of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone; the session is not looked up.
    Static,
    /// Anyone.
    Anyone,
    /// Logged-in patrons; others are redirected to the login.
    Patron,
    /// Logged-in librarians; patrons get 403, others are redirected to the login.
    Librarian,
}

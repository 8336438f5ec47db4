//! A library on a server: its names, passwords and options.

use std::fmt;

use crate::{Names, Pin, Store};

/// The library to load.
#[derive(Debug, Clone)]
pub struct Library {
    /// The names of the schemas and users.
    pub names: Names,
    /// The services' database passwords. Every run sets them.
    pub passwords: Passwords,
    /// Whether to fill empty tables with the demo books and patrons.
    pub demo_data: bool,
    /// The demo librarian's PIN; `None` leaves it unchanged.
    pub librarian_pin: Option<Pin>,
}

/// The services' database passwords. `Debug` does not show them.
#[derive(Clone)]
pub struct Passwords {
    /// The catalog service's
    pub catalog: String,
    /// The patrons service's
    pub patrons: String,
    /// The borrowing service's
    pub borrowing: String,
}

impl Passwords {
    /// The password of `store`'s service.
    #[must_use]
    pub fn of(&self, store: Store) -> &str {
        match store {
            Store::Catalog => &self.catalog,
            Store::Patrons => &self.patrons,
            Store::Borrowing => &self.borrowing,
        }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_passwords() {
        let password = || "hunter2".to_owned();
        let passwords =
            Passwords { catalog: password(), patrons: password(), borrowing: password() };
        assert!(!format!("{passwords:?}").contains("hunter2"));
    }
}

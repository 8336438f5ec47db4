//! The names of the schemas and of the services' users.

/// A service with a schema and a database user of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The books.
    Catalog,
    /// The patrons.
    Patrons,
    /// The loans.
    Borrowing,
}

impl Store {
    /// All stores.
    pub const ALL: [Store; 3] = [Store::Catalog, Store::Patrons, Store::Borrowing];

    /// The service's name, which is also its user's name and the prefix of the Spin variables `<service>_db_name`,
    /// `<service>_db_user` and `<service>_db_password`.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Store::Catalog => "catalog",
            Store::Patrons => "patrons",
            Store::Borrowing => "borrowing",
        }
    }

    /// The schema's name without a suffix.
    #[must_use]
    pub fn schema(self) -> &'static str {
        match self {
            Store::Catalog => "catalogdb",
            Store::Patrons => "patronsdb",
            Store::Borrowing => "borrowdb",
        }
    }
}

/// The names in use: plain, or with a suffix so that several libraries can share a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    suffix: String,
}

/// An invalid suffix.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a suffix for schemas and users has at most 16 of the characters a-z, 0-9 and _, not `{0}`"
)]
pub struct NamesError(String);

impl Names {
    /// `catalogdb<suffix>`, user `catalog<suffix>` and so on.
    ///
    /// # Errors
    /// Fails if `suffix` has other characters than a-z, 0-9 and `_`, or more than 16 (MySQL limits user names to 32
    /// characters).
    pub fn with_suffix(suffix: &str) -> Result<Names, NamesError> {
        let is_valid = suffix.len() <= 16
            && suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if is_valid {
            Ok(Names { suffix: suffix.to_owned() })
        } else {
            Err(NamesError(suffix.to_owned()))
        }
    }

    /// The same names with `end` after the suffix, for temporary schemas.
    #[must_use]
    pub(crate) fn beside(&self, end: &str) -> Names {
        Names { suffix: format!("{}{end}", self.suffix) }
    }

    /// The schema of `store`.
    #[must_use]
    pub fn schema(&self, store: Store) -> String {
        format!("{}{}", store.schema(), self.suffix)
    }

    /// The database user of `store`'s service.
    #[must_use]
    pub fn user(&self, store: Store) -> String {
        format!("{}{}", store.service(), self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_is_part_of_every_name() {
        let names = Names::with_suffix("_t1").unwrap();
        assert_eq!(names.schema(Store::Borrowing), "borrowdb_t1");
        assert_eq!(names.user(Store::Borrowing), "borrowing_t1");
        assert_eq!(Names::default().schema(Store::Catalog), "catalogdb");
    }

    #[test]
    fn a_suffix_that_needs_quoting_is_refused() {
        for bad in ["`", "a'b", "A", "a b", "12345678901234567"] {
            assert_eq!(Names::with_suffix(bad), Err(NamesError(bad.to_owned())), "{bad}");
        }
    }
}

//! What the schemas and the services' users are called.

/// A service that keeps data, in a schema and with a user of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The books.
    Catalog,
    /// The people.
    Patrons,
    /// The loans.
    Borrowing,
}

impl Store {
    /// All of them.
    pub const ALL: [Store; 3] = [Store::Catalog, Store::Patrons, Store::Borrowing];

    /// The service's name: its user is called so, and the Spin variables `<service>_db_name`,
    /// `<service>_db_user` and `<service>_db_password` begin with it.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Store::Catalog => "catalog",
            Store::Patrons => "patrons",
            Store::Borrowing => "borrowing",
        }
    }

    /// What the schema is called where no suffix is asked for.
    #[must_use]
    pub fn schema(self) -> &'static str {
        match self {
            Store::Catalog => "catalogdb",
            Store::Patrons => "patronsdb",
            Store::Borrowing => "borrowdb",
        }
    }
}

/// The names in use: the plain ones, or with a suffix, so that several libraries can share a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    suffix: String,
}

/// A suffix that can't be part of a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a suffix for schemas and users has at most 16 of a-z, 0-9 and _, but this is `{0}`")]
pub struct NamesError(String);

impl Names {
    /// `catalogdb<suffix>`, user `catalog<suffix>` and so on.
    ///
    /// # Errors
    /// When `suffix` has other characters than a-z, 0-9 and `_`, or more than 16 (MySQL's limit for a
    /// user's name is 32 characters).
    pub fn with_suffix(suffix: &str) -> Result<Names, NamesError> {
        let fits = suffix.len() <= 16
            && suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits {
            Ok(Names { suffix: suffix.to_owned() })
        } else {
            Err(NamesError(suffix.to_owned()))
        }
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
    fn a_suffix_that_could_break_out_of_its_quotes_is_refused() {
        for bad in ["`", "a'b", "A", "a b", "12345678901234567"] {
            assert_eq!(Names::with_suffix(bad), Err(NamesError(bad.to_owned())), "{bad}");
        }
    }
}

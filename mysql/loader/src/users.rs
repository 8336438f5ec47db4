//! Makes the services' database users with the grants of `users.sql`.

use std::fmt;

use mysql_async::{Conn, prelude::Queryable};

use crate::{Files, Library, LoadError, Store};

/// The services' database passwords. Its `Debug` shows none of them.
#[derive(Clone)]
pub struct Passwords {
    /// Of the catalog service
    pub catalog: String,
    /// Of the patrons service
    pub patrons: String,
    /// Of the borrowing service
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

pub(crate) async fn grant(
    conn: &mut Conn,
    library: &Library,
    files: &Files,
) -> Result<(), LoadError> {
    for statement in statements(&files.users, library) {
        conn.query_drop(statement).await?;
    }
    Ok(())
}

/// The statements of `users.sql` with names and passwords filled in. The text is cut into statements
/// before anything is filled in, so that a password can hold any character.
fn statements(users: &str, library: &Library) -> Vec<String> {
    let text: String =
        users.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    text.split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(|statement| fill_in(statement, library))
        .collect()
}

fn fill_in(statement: &str, library: &Library) -> String {
    Store::ALL.into_iter().fold(statement.to_owned(), |statement, store| {
        let service = store.service();
        statement
            .replace(
                &format!("{{{service}_user}}"),
                &format!("'{}'@'%'", library.names.user(store)),
            )
            .replace(
                &format!("{{{}}}", store.schema()),
                &format!("`{}`", library.names.schema(store)),
            )
            .replace(&format!("{{{service}_password}}"), &literal(library.passwords.of(store)))
    })
}

/// A string literal as MySQL and MariaDB read it in their default mode.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Names;

    fn library(password: &str) -> Library {
        let password = password.to_owned();
        Library {
            names: Names::with_suffix("_t").unwrap(),
            passwords: Passwords {
                catalog: password.clone(),
                patrons: password.clone(),
                borrowing: password,
            },
            demo_data: false,
            librarian_pin: None,
        }
    }

    #[test]
    fn every_name_and_password_is_filled_in() {
        let statements = statements(&Files::built_in().users, &library("pw"));
        assert_eq!(statements[0], "CREATE USER IF NOT EXISTS 'catalog_t'@'%' IDENTIFIED BY 'pw'");
        assert_eq!(
            statements.last().unwrap(),
            "GRANT SELECT, INSERT, UPDATE, DELETE ON `borrowdb_t`.requests TO 'borrowing_t'@'%'"
        );
        assert!(statements.iter().all(|s| !s.contains('{')), "{statements:?}");
    }

    #[test]
    fn a_password_stays_inside_its_quotes() {
        let count = statements(&Files::built_in().users, &library("pw")).len();
        let statements = statements(&Files::built_in().users, &library(r"a'; DROP\"));
        assert_eq!(statements.len(), count);
        assert!(statements[1].ends_with(r"IDENTIFIED BY 'a''; DROP\\'"), "{}", statements[1]);
    }

    #[test]
    fn debug_output_keeps_the_passwords() {
        assert!(!format!("{:?}", library("hunter2")).contains("hunter2"));
    }
}

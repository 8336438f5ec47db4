//! Patrons and their roles.

use std::fmt;

use crate::{id::id, json::json_value, row, text::comparison_key};

row! {
    /// A person with a library card.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Patron {
        /// The id, never reused. It is not the card number.
        pub id: PatronId,
        /// First name or names, at most 100 characters.
        pub first_name: String,
        /// Last name, at most 100 characters.
        pub last_name: String,
        /// The number on the card, at most 64 characters. Case matters.
        #[schemars(length(min = 1))]
        pub number: String,
        /// The patron's rights.
        pub role: Role,
    }
}

impl Patron {
    /// Whether the patron manages the library.
    pub fn is_librarian(&self) -> bool {
        self.role == Role::Librarian
    }

    /// Whether `names` is the patron's first and last name joined by `_`. They are compared joined, because each may
    /// contain `_`, and by [`comparison_key`].
    ///
    /// A patron's only name matches as a first or as a last name.
    pub fn has_names(&self, names: &str) -> bool {
        // Spaces at the ends of `given` are not trimmed: they don't match.
        let is_own = |own: &str, given: &str| {
            given.trim() == given && comparison_key(given) == comparison_key(own)
        };
        match (self.first_name.trim(), self.last_name.trim()) {
            ("", "") => false,
            // The name itself may begin or end with `_`.
            (name, "") | ("", name) => {
                let given = [Some(names), names.strip_prefix('_'), names.strip_suffix('_')];
                given.into_iter().flatten().any(|given| is_own(name, given))
            }
            (first, last) => is_own(&format!("{first}_{last}"), names),
        }
    }
}

id! {
    /// The id of a patron. It is not the card number.
    PatronId
}

/// A patron's rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Role {
    /// Can borrow books.
    User,
    /// Can also manage the library.
    Librarian,
}

json_value!(Role, String, "be `user` or `librarian`");

impl Role {
    /// The role's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Librarian => "librarian",
        }
    }
}

impl From<String> for Role {
    /// An unknown role, perhaps of a newer version, gets the least rights.
    fn from(text: String) -> Self {
        if text == Self::Librarian.as_str() { Self::Librarian } else { Self::User }
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.as_str().to_owned()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patron(first_name: &str, last_name: &str) -> Patron {
        Patron {
            id: 5.try_into().unwrap(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            number: "HANSOLO55555".into(),
            role: Role::User,
        }
    }

    #[test]
    fn a_patron_is_a_row_in_json() {
        let lorelei = patron("Lorelei", "O'Cowher");
        let json = serde_json::to_string(&lorelei).unwrap();
        assert_eq!(json, r#"[5,"Lorelei","O'Cowher","HANSOLO55555","user"]"#);
        assert_eq!(serde_json::from_str::<Patron>(&json).unwrap(), lorelei);
    }

    #[test]
    fn an_unknown_role_has_the_least_rights() {
        for (json, role) in [
            (r#""librarian""#, Role::Librarian),
            (r#""user""#, Role::User),
            (r#""Librarian""#, Role::User),
            (r#""archivist""#, Role::User),
        ] {
            assert_eq!(serde_json::from_str::<Role>(json).unwrap(), role, "{json}");
        }
    }

    #[test]
    fn names_are_compared_as_people_type_them() {
        let élodie = patron("Élodie", "de_la_Cruz");
        assert!(élodie.has_names("éLODIE_DE_LA_CRUZ"));
        assert!(élodie.has_names("E\u{301}lodie_de_la_cruz"));
        assert!(patron("Siobhán", "O'Malley").has_names("siobhán_O\u{2019}malley"));
        assert!(patron("Jörg", "Groß").has_names("JÖRG_GROSS"));
        assert!(patron("de  la", "Cruz ").has_names("De La_cruz"));
        for names in [
            "Elodie_de_la_Cruz",
            "Élodie_de_la",
            "de_la_Cruz_Élodie",
            "Élodie_de_la_Cruz ",
            "Élodie_de_la_Cruz_",
            "_",
            "",
        ] {
            assert!(!élodie.has_names(names), "{names}");
        }
        assert!(!patron("Pete", "Dymond").has_names("Pete__Dymond"));
        assert!(!patron("Pete", "Dymond").has_names("_Pete_Dymond"));
    }

    #[test]
    fn one_name_is_enough_in_either_place() {
        for madonna in [patron("Madonna", ""), patron("", "Madonna")] {
            for names in ["Madonna_", "_madonna"] {
                assert!(madonna.has_names(names), "{names}");
            }
            for names in ["_", "", "Madonna_Ciccone", "Ciccone_Madonna"] {
                assert!(!madonna.has_names(names), "{names}");
            }
        }
        assert!(!patron("", "").has_names("_"));
        for names in ["_!_", "__!", "_!"] {
            assert!(patron("_!", "").has_names(names), "{names}");
        }
    }
}

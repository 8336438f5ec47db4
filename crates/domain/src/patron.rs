//! Somebody with a library card.

use serde::{Deserialize, Serialize};

use crate::id::id;

/// Somebody with a library card.
///
/// In JSON it is the REST contract's row, an array by position: `[id, firstName, lastName, patronNum, role]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub struct Patron {
    /// Names the patron for ever.
    pub id: PatronId,
    /// First name or names, at most 100 characters.
    pub first_name: String,
    /// Last name, at most 100 characters.
    pub last_name: String,
    /// The number on the card, at most 64 characters; `a` and `A` are two numbers.
    pub number: String,
    /// What the patron may do: `user` borrows, `librarian` also looks after the library.
    pub role: String,
}

/// The contract's row: id, firstName, lastName, patronNum, role.
type Row = (PatronId, String, String, String, String);

impl From<Row> for Patron {
    fn from((id, first_name, last_name, number, role): Row) -> Self {
        Self { id, first_name, last_name, number, role }
    }
}

impl From<Patron> for Row {
    fn from(patron: Patron) -> Self {
        (patron.id, patron.first_name, patron.last_name, patron.number, patron.role)
    }
}

impl Patron {
    /// Whether this is the patron who gives these names, joined by `_`, and this number. Names compare
    /// by Unicode without case, the number as it is written.
    ///
    /// A name may have `_` in it, so the two names are not taken apart to be compared.
    pub fn is_named(&self, names: &str, number: &str) -> bool {
        let own = format!("{}_{}", self.first_name, self.last_name);
        self.number == number && own.to_lowercase() == names.to_lowercase()
    }
}

id! {
    /// The number that names a patron. It is not the one on the card.
    PatronId
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
            role: "user".into(),
        }
    }

    #[test]
    fn a_patron_is_the_contracts_row_in_json() {
        let lorelei = patron("Lorelei", "O'Cowher");
        let json = serde_json::to_string(&lorelei).unwrap();
        assert_eq!(json, r#"[5,"Lorelei","O'Cowher","HANSOLO55555","user"]"#);
        assert_eq!(serde_json::from_str::<Patron>(&json).unwrap(), lorelei);
    }

    #[test]
    fn names_ignore_case_and_the_number_does_not() {
        let élodie = patron("Élodie", "de_la_Cruz");
        assert!(élodie.is_named("éLODIE_DE_LA_CRUZ", "HANSOLO55555"));
        for (names, number) in [
            ("Élodie_de_la_Cruz", "hansolo55555"),
            ("Élodie_de_la_Cruz", "HANSOLO55555 "),
            ("Elodie_de_la_Cruz", "HANSOLO55555"),
            ("Élodie_de_la", "HANSOLO55555"),
            ("de_la_Cruz_Élodie", "HANSOLO55555"),
        ] {
            assert!(!élodie.is_named(names, number), "{names} {number}");
        }
    }
}

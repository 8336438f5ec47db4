//! The demo librarian's PIN: chosen during setup, stored as an argon2id hash.

use std::fmt;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use mysql_async::{Conn, prelude::Queryable};

use crate::{Error, Names, Progress, Store};

/// The card of the librarian in `patrons_demo.csv`.
const CARD: &str = "INKANDPAPER7";

/// A librarian's PIN: 6 to 64 visible ASCII characters. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// An invalid PIN.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 6 to 64 visible ASCII characters")]
pub struct PinError;

impl Pin {
    /// Parses a PIN. Ignores line breaks at its end, which secrets from files often have.
    ///
    /// # Errors
    /// Fails if the PIN is too short, too long or has other characters.
    pub fn new(text: &str) -> Result<Pin, PinError> {
        let text = text.trim_end_matches(['\r', '\n']);
        let is_valid =
            (6..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_valid { Ok(Pin(text.to_owned())) } else { Err(PinError) }
    }

    fn hash(&self) -> Result<String, Error> {
        let hash = Argon2::default().hash_password(self.0.as_bytes());
        Ok(hash.map_err(|error| Error::Pin(error.to_string()))?.to_string())
    }

    fn matches(&self, hash: &str) -> bool {
        PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(self.0.as_bytes(), &hash).is_ok())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// Sets the demo librarian's PIN, if that librarian exists and has a different one.
pub(crate) async fn set(
    conn: &mut Conn,
    names: &Names,
    pin: &Pin,
    progress: &Progress,
) -> Result<(), Error> {
    let schema = names.schema(Store::Patrons);
    let librarian: Option<(i64, Option<String>)> = conn
        .exec_first(
            format!(
                "SELECT patrons.id, pins.hash FROM `{schema}`.patrons \
                 LEFT JOIN `{schema}`.pins ON pins.patronId = patrons.id \
                 WHERE patronNum = ? AND role = 'librarian'"
            ),
            (CARD,),
        )
        .await?;
    let id = match librarian {
        Some((id, hash)) if !hash.as_deref().is_some_and(|hash| pin.matches(hash)) => id,
        _ => return Ok(()),
    };
    let hash = pin.hash()?;
    conn.exec_drop(
        format!(
            "INSERT INTO `{schema}`.pins (patronId, hash) VALUES (?, ?) \
             ON DUPLICATE KEY UPDATE hash = ?"
        ),
        (id, &hash, &hash),
    )
    .await?;
    progress.change(format!("{schema}: set the librarian's PIN"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_stored_as_an_argon2id_hash_with_a_random_salt() {
        let pin = Pin::new("271828").unwrap();
        let (hash, other) = (pin.hash().unwrap(), pin.hash().unwrap());
        assert!(hash.starts_with("$argon2id$v=19$") && hash.len() <= 255, "{hash}");
        assert_ne!(hash, other);
        assert!(pin.matches(&hash) && !Pin::new("314159").unwrap().matches(&hash));
        assert!(!format!("{pin:?} {hash}").contains("271828"));
    }

    #[test]
    fn a_line_break_at_the_end_of_a_secret_s_file_is_ignored() {
        assert_eq!(Pin::new("271828\n"), Pin::new("271828"));
        assert_eq!(Pin::new("271828\r\n"), Pin::new("271828"));
    }

    #[test]
    fn short_or_untypable_pins_are_refused() {
        for text in ["", "12345", "123 456", "pässword", &"1".repeat(65)] {
            assert_eq!(Pin::new(text), Err(PinError), "{text}");
        }
    }
}

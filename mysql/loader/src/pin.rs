//! The PIN of the demo librarian: made by whoever sets the library up, kept in the database as an argon2id hash.

use std::fmt;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use mysql_async::{Conn, prelude::Queryable};

use crate::{LoadError, Names, Store};

/// The card of the librarian in `patrons_demo.csv`.
const CARD: &str = "INKANDPAPER7";

/// A librarian's PIN: 6 to 64 visible ASCII characters. Its `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// A text that is no PIN.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 6 to 64 characters, all of them visible ASCII")]
pub struct PinError;

impl Pin {
    /// The PIN `text`.
    ///
    /// # Errors
    /// When it is too short, too long or has other characters.
    pub fn new(text: &str) -> Result<Pin, PinError> {
        let is_fit =
            (6..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_fit { Ok(Pin(text.to_owned())) } else { Err(PinError) }
    }

    fn hash(&self) -> Result<String, LoadError> {
        let hash = Argon2::default().hash_password(self.0.as_bytes());
        Ok(hash.map_err(|error| LoadError::Pin(error.to_string()))?.to_string())
    }

    fn is_behind(&self, hash: &str) -> bool {
        PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(self.0.as_bytes(), &hash).is_ok())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// Gives the demo librarian this PIN, where there is that librarian, and says so if it was another before.
pub(crate) async fn set(
    conn: &mut Conn,
    names: &Names,
    pin: &Pin,
) -> Result<Option<String>, LoadError> {
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
        Some((id, hash)) if !hash.as_deref().is_some_and(|hash| pin.is_behind(hash)) => id,
        _ => return Ok(None),
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
    Ok(Some(format!("{schema}: a PIN for the librarian")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_kept_as_an_argon2id_hash_of_its_own_salt() {
        let pin = Pin::new("271828").unwrap();
        let (hash, other) = (pin.hash().unwrap(), pin.hash().unwrap());
        assert!(hash.starts_with("$argon2id$v=19$") && hash.len() <= 255, "{hash}");
        assert_ne!(hash, other);
        assert!(pin.is_behind(&hash) && !Pin::new("314159").unwrap().is_behind(&hash));
        assert!(!format!("{pin:?} {hash}").contains("271828"));
    }

    #[test]
    fn what_is_too_short_or_cannot_be_typed_is_no_pin() {
        for text in ["", "12345", "123 456", "pässword", &"1".repeat(65)] {
            assert_eq!(Pin::new(text), Err(PinError), "{text}");
        }
    }
}

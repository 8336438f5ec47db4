//! Login attempts. Each claims one of its subject's slots before it is checked, and the unique key
//! `one_attempt_per_slot` refuses an occupied slot. So even concurrent attempts can't exceed the limit.
//!
//! An attempt is undecided until the login succeeds, which frees its slot, or fails, which occupies the slot for 15
//! minutes. Other attempts wait for undecided ones and are not refused because of them. So concurrent successful logins
//! are never refused, and concurrent guesses get no more attempts than sequential ones.

use std::collections::BTreeSet;

use service_kit::{
    database::{Database, DatabaseError},
    retry::{self, retry_on_conflict},
};
use sha2::{Digest, Sha256};
use spin_sdk::mysql::ParameterValue::{self, Binary, Int32};

const RETRY_ON: &[&str] = &["one_attempt_per_slot"];

/// Occupied slots: number, kind of attempt, and remaining seconds.
const HELD: &str = "SELECT slot, IF(claim IS NULL, 'failed', 'undecided'), \
    TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), madeAt + INTERVAL IF(claim IS NULL, 900, 10) SECOND) \
    FROM attempts WHERE subject = ?";

const FREE: &str = "DELETE FROM attempts WHERE subject = ? AND slot = ? \
    AND madeAt <= UTC_TIMESTAMP() - INTERVAL IF(claim IS NULL, 900, 10) SECOND";

/// `INSERT`s an attempt made now.
macro_rules! insert_attempt {
    ($subject:literal, $slot:literal, $claim:literal) => {
        concat!(
            "INSERT INTO attempts (subject, slot, claim, madeAt) VALUES (",
            $subject,
            ", ",
            $slot,
            ", ",
            $claim,
            ", UTC_TIMESTAMP())"
        )
    };
}
pub(crate) use insert_attempt;

const CLAIM: &str = insert_attempt!("?", "?", "?");

const FAIL: &str = "UPDATE attempts SET claim = NULL, madeAt = UTC_TIMESTAMP() \
    WHERE subject = ? AND slot = ? AND claim = ?";

const RELEASE: &str = "DELETE FROM attempts WHERE subject = ? AND slot = ? AND claim = ?";

const FORGET_FAILED: &str = "DELETE FROM attempts WHERE subject = ? AND claim IS NULL";

const HAS_EXPIRED: &str =
    "SELECT slot FROM attempts WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY LIMIT 1";

const DELETE_EXPIRED: &str = "DELETE FROM attempts WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY \
    ORDER BY madeAt LIMIT 50";

/// The hash of a card number or a network, for which attempts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject([u8; 32]);

impl Subject {
    /// The subject with this kind and name.
    pub(crate) fn new(kind: &str, name: &str) -> Self {
        Self(Sha256::digest(format!("{kind} {name}")).into())
    }

    fn bind(self) -> ParameterValue {
        Binary(self.0.to_vec())
    }
}

/// A slot of an undecided attempt, identified by `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    subject: Subject,
    slot: i32,
    id: [u8; 16],
}

/// The outcome of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The attempt may be checked.
    Granted(Attempt),
    /// Other attempts are still undecided.
    Wait,
    /// All slots hold failed attempts; the first is free after this many seconds.
    Refused(u16),
}

/// Claims one of `max` slots of the subject for the attempt `id`.
pub(crate) fn claim(
    database: &impl Database,
    subject: Subject,
    max: u8,
    id: [u8; 16],
) -> Result<Claim, DatabaseError> {
    retry_on_conflict(RETRY_ON, || {
        let held = database.rows(HELD, &[subject.bind()], |columns| {
            let (slot, state): (i32, String) = (columns.take()?, columns.take()?);
            Ok((slot, state == "undecided", columns.take::<i64>()?))
        })?;
        let (held, expired): (Vec<_>, Vec<_>) = held.into_iter().partition(|(.., left)| *left > 0);
        let taken: BTreeSet<i32> = held.iter().map(|(slot, ..)| *slot).collect();
        let Some(slot) = (1..=i32::from(max)).find(|slot| !taken.contains(slot)) else {
            return Ok(match held.iter().any(|(_, is_undecided, _)| *is_undecided) {
                true => Claim::Wait,
                false => {
                    let wait = held.iter().map(|(.., left)| *left).min().unwrap_or_default();
                    Claim::Refused(wait.try_into().unwrap_or(u16::MAX))
                }
            });
        };
        if expired.iter().any(|(old, ..)| *old == slot) {
            database.query(FREE, &[subject.bind(), Int32(slot)])?;
        }
        database.query(CLAIM, &[subject.bind(), Int32(slot), Binary(id.to_vec())])?;
        Ok(Claim::Granted(Attempt { subject, slot, id }))
    })
}

impl Attempt {
    /// Decides that the attempt failed, which occupies its slot for 15 minutes. `false` if the slot was lost; then the
    /// outcome must not be revealed.
    pub(crate) fn fail(&self, database: &impl Database) -> Result<bool, DatabaseError> {
        self.decide(database, FAIL)
    }

    /// Frees the slot, because the login succeeded or was not checked. `false` if the slot was lost.
    pub(crate) fn release(&self, database: &impl Database) -> Result<bool, DatabaseError> {
        self.decide(database, RELEASE)
    }

    /// Deletes the subject's failed attempts.
    pub(crate) fn forget_failed(&self, database: &impl Database) -> Result<(), DatabaseError> {
        let forget = || database.query(FORGET_FAILED, &[self.subject.bind()]).map(drop);
        retry_on_conflict(&[], forget)
    }

    fn decide(&self, database: &impl Database, sql: &str) -> Result<bool, DatabaseError> {
        let binds = [self.subject.bind(), Int32(self.slot), Binary(self.id.to_vec())];
        retry_on_conflict(&[], || Ok(database.execute(sql, &binds)? > 0))
    }
}

/// Deletes up to 50 long-expired attempts, more than one login adds.
pub(crate) fn sweep(database: &impl Database) -> Result<(), DatabaseError> {
    retry::sweep(database, HAS_EXPIRED, DELETE_EXPIRED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_and_an_address_of_one_name_are_different_subjects() {
        assert_ne!(Subject::new("card", "192.0.2.7"), Subject::new("address", "192.0.2.7"));
    }
}

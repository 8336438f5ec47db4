//! Tries at the login in MySQL. Each takes one of its subject's slots, and the unique key `one_attempt_per_slot`
//! refuses a slot that is taken: however many come at once, there are never more tries than slots.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
};

use service_kit::{
    contention::{self, until_settled},
    database::{Database, DatabaseError},
};
use sha2::{Digest, Sha256};
use spin_sdk::mysql::ParameterValue::{self, Binary, Int32};

const PLACES: &[&str] = &["one_attempt_per_slot"];

const TAKEN: &str = "SELECT slot, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), madeAt + INTERVAL 15 MINUTE) \
    FROM attempts WHERE subject = ?";

const FREE: &str = "DELETE FROM attempts WHERE subject = ? AND slot = ? \
    AND madeAt <= UTC_TIMESTAMP() - INTERVAL 15 MINUTE";

const MAKE: &str = "INSERT INTO attempts (subject, slot, madeAt) VALUES (?, ?, UTC_TIMESTAMP())";

const TAKE_BACK: &str = "DELETE FROM attempts WHERE subject = ? AND slot = ?";

const FORGIVE: &str = "DELETE FROM attempts WHERE subject = ?";

const HAS_OLD: &str =
    "SELECT slot FROM attempts WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY LIMIT 1";

const SWEEP: &str = "DELETE FROM attempts WHERE madeAt < UTC_TIMESTAMP() - INTERVAL 1 DAY \
    ORDER BY madeAt LIMIT 50";

/// Who tries: a card number or an address, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject([u8; 32]);

/// A try that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Try {
    subject: Subject,
    slot: i32,
}

/// The subject of this kind called `name`.
pub(crate) fn subject(kind: &str, name: &str) -> Subject {
    Subject(Sha256::digest(format!("{kind} {name}")).into())
}

/// What `address` is counted as: an IPv6 address with all that share its /64, because who has one of them has them
/// all (RFC 6177); anything else as it is.
pub(crate) fn network(address: &str) -> String {
    match address.trim().parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.trim().to_owned(),
    }
}

/// Counts a try, or says how many seconds to wait because there were `most` of them.
pub(crate) fn make(
    database: &impl Database,
    subject: Subject,
    most: u8,
) -> Result<Result<Try, u16>, DatabaseError> {
    until_settled(PLACES, || {
        let slots = database.rows(TAKEN, &[bytes(subject)], |columns| {
            Ok((columns.take::<i32>()?, columns.take::<i64>()?))
        })?;
        let (taken, old): (Vec<_>, Vec<_>) = slots.into_iter().partition(|(_, left)| *left > 0);
        let wait = taken.iter().map(|(_, left)| *left).min().unwrap_or_default();
        let taken: BTreeSet<i32> = taken.into_iter().map(|(slot, _)| slot).collect();
        let Some(slot) = (1..=i32::from(most)).find(|slot| !taken.contains(slot)) else {
            return Ok(Err(wait.try_into().unwrap_or(u16::MAX)));
        };
        if old.iter().any(|(old, _)| *old == slot) {
            database.query(FREE, &[bytes(subject), Int32(slot)])?;
        }
        database.query(MAKE, &[bytes(subject), Int32(slot)])?;
        Ok(Ok(Try { subject, slot }))
    })
}

/// Takes back tries that were none.
pub(crate) fn take_back(database: &impl Database, tries: &[Try]) -> Result<(), DatabaseError> {
    tries.iter().try_for_each(|Try { subject, slot }| {
        settled(database, TAKE_BACK, &[bytes(*subject), Int32(*slot)])
    })
}

/// After a login that was right: the card's wrong tries are forgotten, the address's only this one, or else who
/// has one card could go on guessing others.
pub(crate) fn forgive(database: &impl Database, tries: &[Try]) -> Result<(), DatabaseError> {
    let [card, others @ ..] = tries else { return Ok(()) };
    settled(database, FORGIVE, &[bytes(card.subject)])?;
    take_back(database, others)
}

/// Forgets some tries that are long over: more than can be made meanwhile.
pub(crate) fn sweep(database: &impl Database) -> Result<(), DatabaseError> {
    contention::sweep(database, HAS_OLD, SWEEP)
}

fn settled(
    database: &impl Database,
    sql: &str,
    binds: &[ParameterValue],
) -> Result<(), DatabaseError> {
    until_settled(&[], || database.query(sql, binds).map(drop))
}

fn bytes(subject: Subject) -> ParameterValue {
    Binary(subject.0.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_one_network_are_one() {
        for (address, name) in [
            ("192.0.2.7", "192.0.2.7"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("no address", "no address"),
        ] {
            assert_eq!(network(address), name);
        }
    }

    #[test]
    fn a_card_is_not_taken_for_an_address() {
        assert_ne!(subject("card", "192.0.2.7"), subject("address", "192.0.2.7"));
    }
}

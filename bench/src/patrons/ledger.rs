//! The invariants of the ledger: they have to hold after any load, whatever failed in between.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{
    rest::Rest,
    visit::{Card, Known},
};

/// Compares the ledger with the rules and with what each patron was told. Returns what is wrong, in words.
///
/// # Errors
/// When a service does not answer.
pub async fn check(rest: &Rest, cards: &[Card], limit: usize) -> Result<Vec<String>> {
    let number = |row: &serde_json::Value, at: usize| row[at].as_u64().unwrap_or_default();
    let books = rest.all("/catdb", "books").await?;
    let copies: BTreeMap<u64, u64> =
        books.iter().map(|row| (number(row, 0), number(row, 3))).collect();
    let mut out: BTreeMap<u64, u64> = BTreeMap::new();
    let mut held: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for loan in rest.all("/borrowdb", "transactions").await? {
        *out.entry(number(&loan, 1)).or_default() += 1;
        held.entry(number(&loan, 2)).or_default().push(number(&loan, 1));
    }
    let mut wrong = Vec::new();
    for (book, out) in &out {
        let copies = copies.get(book).copied().unwrap_or_default();
        if *out > copies {
            wrong.push(format!("book {book} has {copies} copies, and {out} are on loan"));
        }
    }
    for (patron, books) in &held {
        if books.len() > limit {
            wrong.push(format!("patron {patron} has {} books of at most {limit}", books.len()));
        }
        if books.iter().collect::<BTreeSet<_>>().len() < books.len() {
            wrong.push(format!("patron {patron} has a title twice: {books:?}"));
        }
    }
    for card in cards {
        let held = held.get(&card.patron).map_or(&[][..], Vec::as_slice);
        wrong.extend(differences(card, held));
    }
    Ok(wrong)
}

/// The differences between the ledger and the answers that the patron got.
fn differences(card: &Card, held: &[u64]) -> Vec<String> {
    let patron = card.patron;
    let lost = card
        .loans
        .iter()
        .filter(|(book, known)| **known == Known::Held && !held.contains(book))
        .map(|(book, _)| format!("patron {patron} lost the loan of book {book}"));
    let invented = held
        .iter()
        .filter(|book| !card.loans.contains_key(book))
        .map(|book| format!("patron {patron} has book {book} without having borrowed it"));
    lost.chain(invented).collect()
}

/// Returns every book that the test's patrons may still have.
///
/// # Errors
/// When lending does not answer.
pub async fn return_all(rest: &Rest, cards: &[Card]) -> Result<()> {
    for card in cards {
        for book in card.loans.keys() {
            rest.give_back(*book, card.patron).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_loan_and_an_invented_one_are_named_and_an_unknown_one_is_neither() {
        let loans = [(1, Known::Held), (2, Known::Held), (3, Known::Unknown), (4, Known::Unknown)];
        let card = Card {
            patron: 9,
            last_name: String::new(),
            number: String::new(),
            loans: loans.into(),
        };
        assert_eq!(
            differences(&card, &[1, 3, 5]),
            ["patron 9 lost the loan of book 2", "patron 9 has book 5 without having borrowed it"]
        );
    }
}

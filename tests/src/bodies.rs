//! JSON bodies of the REST contract.

use serde_json::{Value, json};

/// The body of requests to lend, renew and return.
#[must_use]
pub fn borrow(book: i64, patron: i64) -> Value {
    json!({"borrow": {"book_id": book, "patron_id": patron}})
}

/// Whether a row begins with these elements. New facts come at its end, and concern no test of the others.
#[must_use]
pub fn begins_with(row: &Value, elements: &Value) -> bool {
    match (row.as_array(), elements.as_array()) {
        (Some(row), Some(elements)) => row.starts_with(elements),
        _ => false,
    }
}

/// The body that creates a loan with given dates.
#[must_use]
pub fn loan(book: i64, patron: i64, out: &str, due: &str) -> Value {
    json!({"borrow": {"book_id": book, "patron_id": patron, "date_out": out, "date_due": due}})
}

/// The body that closes a loan in the ledger.
#[must_use]
pub fn returned(book: i64, patron: i64) -> Value {
    json!({"return": {"book_id": book, "patron_id": patron}})
}

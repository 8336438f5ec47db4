//! The JSON bodies that the REST contract asks for.

use serde_json::{Value, json};

/// What lending takes: to lend, to renew, to give back.
#[must_use]
pub fn borrow(book: i64, patron: i64) -> Value {
    json!({"borrow": {"book_id": book, "patron_id": patron}})
}

/// What borrowing takes for a plain loan. The dates are taken as they are.
#[must_use]
pub fn loan(book: i64, patron: i64, out: &str, due: &str) -> Value {
    json!({"borrow": {"book_id": book, "patron_id": patron, "date_out": out, "date_due": due}})
}

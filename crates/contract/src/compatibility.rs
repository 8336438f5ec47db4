//! Tests that an older reader understands a newer answer, and vice versa.

use std::fmt::Debug;

use domain::{BookId, OpenLoan, row};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{ErrorBody, borrowing, catalog, json::read, lending, patrons};

/// The value as a newer version could send it: each object has one more key, and each row one more element.
fn grown(value: &Value) -> Value {
    match value {
        Value::Object(keys) => {
            let keys = keys.iter().map(|(key, value)| (key.clone(), grown(value)));
            let added = ("added".to_owned(), json!({"by": ["a", "newer", "version"]}));
            Value::Object(keys.chain([added]).collect())
        }
        Value::Array(elements) => {
            let is_row =
                elements.first().is_some_and(|first| first.is_number() || first.is_string());
            let added = is_row.then(|| json!([1972, {"shelf": "B"}]));
            Value::Array(elements.iter().map(grown).chain(added).collect())
        }
        scalar => scalar.clone(),
    }
}

/// Checks that `value` and what it could grow to are the same to a reader of this version, an answer's and a request's.
fn means_the_same<T: DeserializeOwned + PartialEq + Debug>(value: Value) {
    let newer = grown(&value).to_string();
    assert_ne!(newer, value.to_string());
    let today: T = serde_json::from_value(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&newer).unwrap(), today, "{newer}");
    assert_eq!(read::<T>(newer.as_bytes()).unwrap(), today, "{newer}");
}

#[test]
fn an_older_caller_understands_a_newer_answer() {
    let book = json!([7, "The Dance", "Pavlova, Anna", 2, ""]);
    let patron = json!([1, "Pete", "Dymond", "BUFFALOBILL1", "user"]);
    means_the_same::<catalog::Books>(json!({"books": [book], "next": 7, "total": 20}));
    means_the_same::<catalog::OneBook>(json!({"book": [book], "acquired": 3}));
    means_the_same::<patrons::OnePatron>(json!({"patron": [patron], "blocked": true}));
    means_the_same::<patrons::SessionPatron>(json!({"patron": null}));
    let open = json!([9, 7, 1, "2026-03-01", "2026-03-15", 1]);
    means_the_same::<borrowing::OpenLoans>(json!({"transactions": [open], "next": null}));
    let availability = json!({"books": [[7, 1, "2026-03-15"]], "loans": [open]});
    means_the_same::<borrowing::Availability>(availability);
    means_the_same::<borrowing::Lent>(json!({"transaction": 9, "withdrawn": 0}));
    let renewed = json!({"transaction": true, "date_due": "2026-03-15"});
    means_the_same::<lending::BookRenewed>(renewed);
    means_the_same::<ErrorBody>(json!({"error": "Conflict", "detail": "No."}));
}

#[test]
fn an_older_service_understands_a_newer_request() {
    let pair = json!({"book_id": 7, "patron_id": 1});
    means_the_same::<lending::BorrowRequest>(json!({"borrow": pair}));
    let limits = json!({"renewals": 2, "days": 14});
    let renewal = json!({"renew": {"book_id": 7, "patron_id": 1, "limits": limits}});
    means_the_same::<borrowing::RenewRequest>(renewal);
}

row! {
    /// A row to which a newer version adds an element.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NewerLoan {
        ..open: OpenLoan,
        /// The shelf to bring the book back to.
        pub shelf: Option<String>,
    }
}

/// An answer to which a newer version adds a key.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct NewerAnswer {
    loans: Vec<NewerLoan>,
    #[serde(default)]
    suggestions: Vec<BookId>,
}

#[test]
fn a_newer_caller_does_without_what_an_older_answer_lacks() {
    let older = br#"{"loans": [[9, 7, 1, "2026-03-01", "2026-03-15", 1]]}"#;
    let answer: NewerAnswer = serde_json::from_slice(older).unwrap();
    assert_eq!((answer.loans[0].open.renewals, &answer.loans[0].shelf), (1, &None));
    assert_eq!(answer.suggestions, []);
    assert_eq!(read::<NewerAnswer>(older).unwrap(), answer);

    let newer =
        br#"{"loans": [[9, 7, 1, "2026-03-01", "2026-03-15", 1, "B"]], "suggestions": [8]}"#;
    let answer: NewerAnswer = serde_json::from_slice(newer).unwrap();
    assert_eq!(answer.loans[0].shelf.as_deref(), Some("B"));

    // Only at the end, and only an `Option`.
    assert!(serde_json::from_str::<OpenLoan>(r#"[9, 7, 1, "2026-03-01", "2026-03-15"]"#).is_err());
}

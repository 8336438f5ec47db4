//! Rolling upgrades: pods of this version beside pods of a next one, whose answers have a key and an element of a row more.
//!
//! `cargo xtask test pods` builds both. The next version differs only by the feature `next-version` of the contract.

use std::sync::Arc;

use serde_json::Value;
use tests::{Build, Person, TestApp, TestDatabase, borrow, hidden};

const SERVICES: [&str; 5] = ["frontend", "lending", "catalog", "patrons", "borrowing"];

#[tokio::test]
async fn each_service_can_be_upgraded_first_or_last() {
    let database = Arc::new(TestDatabase::with_librarian().await);
    for service in SERVICES {
        for first in [true, false] {
            let build_of = |component: &str, _| match (component == service) == first {
                true => Build::Next,
                false => Build::Current,
            };
            let app = TestApp::start_upgrading(database.clone(), build_of);
            let order = if first { "first" } else { "last" };
            assert_eq!(is_next(&app), (service == "borrowing") == first, "{service} {order}");
            use_everything(&app, &format!("{service} {order}"));
        }
    }
}

#[tokio::test]
async fn pods_of_both_versions_serve_together() {
    let database = Arc::new(TestDatabase::with_librarian().await);
    let one_of_each = |_: &str, replica| if replica == 0 { Build::Current } else { Build::Next };
    let app = TestApp::start_upgrading(database, one_of_each);
    let first = is_next(&app);
    assert_ne!(first, is_next(&app), "the replicas take turns");
    for round in 0..4 {
        use_everything(&app, &format!("round {round}"));
    }
}

/// Whether the ledger's answer has what the next version adds: `{"books": [[1, 0, null, 0]], "read_at": …}`. Without the
/// check against docs/openapi.yaml, which has this version only.
fn is_next(app: &TestApp) -> bool {
    let url = format!("{}/borrowdb/shelf?books=1", app.origin());
    let mut answer = ureq::get(url).call().unwrap();
    let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    let row = answer["books"][0].as_array().unwrap();
    let has_key = answer.get("read_at").is_some();
    assert_eq!(has_key, row.len() == 4, "{answer}");
    has_key
}

/// Borrows, renews and returns a book, over REST and on the pages, and looks at what a librarian sees.
fn use_everything(app: &TestApp, order: &str) {
    assert_eq!(app.get("/borrow/healthz").status, 200, "{order}");
    let lent = app.send_json("POST", "/borrow", &borrow(3, 2));
    assert_eq!(lent.status, 201, "{order}: {lent:?}");
    let renewed = app.send_json("POST", "/borrow/renew", &borrow(3, 2));
    assert_eq!(renewed.status, 201, "{order}: {renewed:?}");
    let returned = app.send_json("DELETE", "/borrow", &borrow(3, 2));
    assert_eq!(returned.both().1["transaction"], true, "{order}: {returned:?}");

    let patron = Person::patron(app);
    assert_eq!(patron.get("/").status, 200, "{order}");
    let press = |target: &str, button: &str| {
        let page = patron.get("/book/7");
        assert_eq!(page.status, 200, "{order}: {}", page.body);
        let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
        let fields = [("csrf_token", &*token), ("key", &*key), (button, "7")];
        let answer = patron.post(target, &fields);
        assert_eq!(answer.status, 303, "{order}, {button}: {}", answer.body);
    };
    let has_book = || {
        let loans = patron.get("/booklist");
        assert_eq!(loans.status, 200, "{order}: {}", loans.body);
        loans.body.contains("/book/7")
    };
    press("/", "book_id");
    assert!(has_book(), "{order}");
    press("/booklist", "renew");
    press("/booklist", "return");
    assert!(!has_book(), "{order}");

    let librarian = Person::librarian(app);
    for page in ["/administrator", "/administrator/loans", "/administrator/books/7"] {
        let answer = librarian.get(page);
        assert_eq!(answer.status, 200, "{order}, {page}: {}", answer.body);
    }
}

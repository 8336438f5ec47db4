//! A demonstration that is reset to its first day while it is used.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::json;
use tests::{Answer, Client, TestApp, TestDatabase, borrow};

use crate::{add_books, add_patrons, at_once, rounds};

#[tokio::test]
async fn no_loan_of_before_is_left_after_a_reset() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("demo_mode", "true")]);
    let mut ledger = app.database.admin(Store::Borrowing).await;
    for round in 0..i64::try_from(rounds()).unwrap() {
        // Additions to the first day: patrons, books, and more copies of an existing book.
        let added = 101 + 20 * round;
        add_patrons(&app, added, 20).await;
        add_books(&app, added, 2, 1000).await;
        let more = json!({"copies": {"from": 2, "to": 20}});
        assert_eq!(app.send_json("PUT", "/catdb/books/1/copies", &more).status, 201);
        let answers = at_once(&app, 40, |app, n| match n {
            0 | 1 => app.send_json("POST", "/borrow/demo", &json!({"reset": {}})),
            2..=4 => {
                app.send_json("POST", "/borrow/withdraw", &json!({"withdraw": {"book_id": 1}}))
            }
            5..=19 => lend(app, 1, added + n - 5),
            20..=29 => lend(app, added + n % 2, 1 + n % 7),
            _ => lend(app, added, added + n - 25),
        });
        for answer in &answers {
            assert!([200, 201, 409, 503].contains(&answer.status), "{answer:?}");
        }
        assert_eq!((answers[0].status, answers[1].status), (201, 201), "{answers:?}");
        let impossible =
            "SELECT COUNT(*) FROM loans WHERE bookId > 20 OR patronId > 7 OR copyNumber > 2";
        let impossible: Option<i64> = ledger.query_first(impossible).await.unwrap();
        assert_eq!(
            impossible,
            Some(0),
            "loans of books, patrons and copies of before: {answers:?}"
        );
        let state = app.get("/borrow/demo").json();
        let epochs = ["books", "patrons", "loans"].map(|rows| &state[rows]["epoch"]);
        assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{state}");
        // For the next round; a copy may have been withdrawn after the reset.
        assert_eq!(app.send_json("POST", "/borrow/demo", &json!({"reset": {}})).status, 201);
    }
}

fn lend(app: &Client, book: i64, patron: i64) -> Answer {
    app.send_json("POST", "/borrow", &borrow(book, patron))
}

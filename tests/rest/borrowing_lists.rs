//! The lists and counts under `/borrowdb`: which rows, in which order, page by page.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{TestApp, loan, returned};

#[tokio::test]
async fn copies_on_loan_are_counted_for_many_books_at_once() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/borrowdb/counts").both(), (200, json!({"counts": []})));
    for (book, patron) in [(4, 1), (4, 2), (2, 1), (9, 5)] {
        assert_eq!(
            app.send_json("POST", "/borrowdb", &loan(book, patron, "2026-01-01", "2026-01-02"))
                .status,
            201
        );
    }
    assert_eq!(app.send_json("DELETE", "/borrowdb", &returned(9, 5)).status, 201);
    let thousand = (1..=1000).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    for (query, expected) in [
        ("", json!([[2, 1], [4, 2]])),
        ("?books=9,4,1", json!([[1, 0], [4, 2], [9, 0]])),
        ("?books=4", json!([[4, 2]])),
        ("?books=4,4", json!([[4, 2]])),
        ("?books=2%2C9223372036854775807", json!([[2, 1], [i64::MAX, 0]])),
    ] {
        let answer = app.get(&format!("/borrowdb/counts{query}"));
        assert_eq!(answer.both(), (200, json!({"counts": expected})), "{query}");
    }
    let paged = |query| app.get(&format!("/borrowdb/counts?{query}")).json();
    assert_eq!(paged("limit=1"), json!({"counts": [[2, 1]], "next": 2}));
    assert_eq!(paged("limit=1&after=2"), json!({"counts": [[4, 2]], "next": null}));
    assert_eq!(paged("books=9,4,1&limit=2"), json!({"counts": [[1, 0], [4, 2]], "next": 4}));
    assert_eq!(paged("books=9,4,1&after=4"), json!({"counts": [[9, 0]]}));
    assert!(app.get("/borrowdb/counts?limit=0").detail().contains("limit"));
    let many = app.get(&format!("/borrowdb/counts?books={thousand}"));
    assert_eq!(many.json()["counts"].as_array().unwrap().len(), 1000);
    for books in [
        "a",
        "1,",
        ",",
        "0",
        "-1",
        "1;2",
        "1.0",
        "9223372036854775808",
        &format!("{thousand},1001"),
    ] {
        let answer = app.get(&format!("/borrowdb/counts?books={books}"));
        assert_eq!(answer.status, 400, "{books}");
        assert!(answer.detail().contains("books"), "{}", answer.body);
    }
}

#[tokio::test]
async fn lists_come_in_pages_and_history_newest_first() {
    let app = TestApp::start().await;
    for book in 1..=5 {
        let due = format!("2026-01-{:02}", book + 10);
        assert_eq!(
            app.send_json("POST", "/borrowdb", &loan(book, 6, "2026-01-01", &due)).status,
            201
        );
    }
    assert_eq!(app.send_json("DELETE", "/borrowdb", &returned(2, 6)).json()["transaction"], 1);
    for (path, expected) in [
        ("/borrowdb", [vec![1, 3], vec![4, 5]].as_slice()),
        ("/borrowdb/patron/6", &[vec![1, 3], vec![4, 5]]),
        ("/borrowdb/overdue?on=2026-01-14", &[vec![1, 3]]),
        ("/borrowdb/overdue?on=2026-01-11", &[vec![]]),
        ("/borrowdb/overdue", &[vec![1, 3], vec![4, 5]]),
        ("/borrowdb/due/2026-01-14", &[vec![4]]),
        ("/borrowdb/history/6", &[vec![5, 4], vec![3, 2], vec![1]]),
    ] {
        let (mut pages, mut after) = (Vec::new(), String::new());
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let answer = app.get(&format!("{path}{sign}limit=2{after}"));
            pages.push(
                answer
                    .list("transactions")
                    .iter()
                    .map(|row| row[1].as_i64().unwrap())
                    .collect::<Vec<_>>(),
            );
            match &answer.json()["next"] {
                Value::Null => break,
                next => after = format!("&after={next}"),
            }
        }
        assert_eq!(pages, expected, "{path}");
    }
    let history = app.get("/borrowdb/history/6").list("transactions");
    assert_eq!(
        history.iter().map(|row| row[5].is_null()).collect::<Vec<_>>(),
        [true, true, true, false, true]
    );
    for path in [
        "/borrowdb",
        "/borrowdb/patron/6",
        "/borrowdb/overdue",
        "/borrowdb/due/2026-01-14",
        "/borrowdb/history/6",
    ] {
        for (query, name) in [("limit=0", "limit"), ("limit=1001", "limit"), ("after=x", "after")] {
            let answer = app.get(&format!("{path}?{query}"));
            assert_eq!(answer.status, 400, "{path}?{query}");
            assert!(answer.detail().contains(name), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn reading_open_loans_does_not_scan_the_history() {
    let app = TestApp::start().await;
    let mut borrowing = app.database.admin(Store::Borrowing).await;
    let past =
        "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot, returnedAt)
         WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
         SELECT 1, 1, '2020-01-01', '2020-01-15', 1, 1, '2020-01-10' FROM numbers";
    borrowing.query_drop(past).await.unwrap();
    assert_eq!(app.get("/borrowdb/patron/1").json(), json!({"transactions": null}));
    assert_eq!(app.get("/borrowdb/count/1").json(), json!({"transactions": [[0]]}));
    assert_eq!(app.get("/borrowdb/overdue").json(), json!({"transactions": null}));
    assert_eq!(app.get("/borrowdb/history/1?limit=1000").list("transactions").len(), 500);
    let newest = app.get("/borrowdb/history/1?limit=1").list("transactions")[0].clone();
    assert_eq!(newest[5], "2020-01-10");
}

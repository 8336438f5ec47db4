//! The desk's requests to the services: open loans, statistics, new books and patrons, added and withdrawn copies, a
//! reset, and deleted histories.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, begins_with, borrow, loan, returned};

#[tokio::test]
async fn open_loans_are_sorted_by_due_date_and_found_by_patron_or_book() {
    let app = TestApp::start().await;
    let ids: Vec<Value> = [
        (1, 1, "2026-03-01", "2026-03-15"),
        (2, 1, "2026-02-01", "2026-02-15"),
        (2, 2, "2026-03-02", "2026-03-15"),
        (3, 3, "2026-01-01", "2026-04-15"),
    ]
    .map(|(book, patron, out, due)| {
        app.send_json("POST", "/borrowdb", &loan(book, patron, out, due)).json()["transaction"]
            .clone()
    })
    .into();
    let [a, b, c, d] = &ids[..] else { unreachable!() };
    for (query, expected) in [
        ("", vec![b, a, c, d]),
        ("?patrons=1", vec![b, a]),
        ("?books=2,3", vec![b, c, d]),
        ("?patrons=3&books=1", vec![a, d]),
        ("?patrons=99&books=99", vec![]),
        ("?overdue=true&on=2026-03-15", vec![b]),
        ("?overdue=true&on=2026-03-16&patrons=1", vec![b, a]),
        ("?limit=2", vec![b, a]),
    ] {
        let answer = app.get(&format!("/borrowdb/open{query}"));
        assert!(first_of(&answer, "transactions").iter().eq(expected), "{query}: {}", answer.body);
    }
    // Page by page, with the total on each.
    let first = app.get("/borrowdb/open?limit=3&total=true").json();
    assert_eq!((&first["next"], &first["total"]), (c, &json!(4)));
    let second = app.get(&format!("/borrowdb/open?limit=3&total=true&after={c}")).json();
    assert_eq!((&second["next"], &second["total"]), (&Value::Null, &json!(4)));
    assert_eq!(second["transactions"], json!([[d, 3, 3, "2026-01-01", "2026-04-15", 0]]));

    assert_eq!(app.get("/borrowdb/open?overdue=maybe").status, 400);
    assert_eq!(app.get("/borrowdb/open?patrons=").status, 400);
}

#[tokio::test]
async fn statistics_count_open_loans_and_loans_per_day() {
    let app = TestApp::start().await;
    let write = |book, patron, out: &str, due: &str| {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, patron, out, due));
        assert_eq!(answer.status, 201, "{}", answer.body);
    };
    write(1, 1, "2026-03-01", "2026-03-15");
    write(2, 1, "2026-03-01", "2026-03-02");
    write(1, 2, "2026-02-28", "2026-03-01");
    write(1, 3, "2025-12-31", "2026-12-31");
    assert_eq!(app.send_json("DELETE", "/borrowdb", &returned(2, 1)).status, 201);
    let days = json!([["2026-02-27", 0], ["2026-02-28", 1], ["2026-03-01", 2], ["2026-03-02", 0]]);
    assert_eq!(
        app.get("/borrowdb/figures?on=2026-03-02&days=4").json(),
        json!({"out": 3, "overdue": 1, "days": days})
    );
    assert_eq!(app.get("/borrowdb/figures").json()["days"].as_array().unwrap().len(), 30);
    assert_eq!(app.get("/borrowdb/figures?days=0").status, 400);
    assert_eq!(app.get("/catdb/figures").json(), json!({"titles": 20, "copies": 40}));
}

#[tokio::test]
async fn availability_has_copies_out_next_due_date_and_the_patrons_loans() {
    let app = TestApp::start().await;
    for (book, patron, due) in [(1, 1, "2026-03-15"), (1, 2, "2026-03-10"), (2, 1, "2026-03-12")] {
        done(app.send_json("POST", "/borrowdb", &loan(book, patron, "2026-03-01", due)));
    }
    let shelf = app.get("/borrowdb/shelf?books=3,1,2&patron=1").json();
    let books = json!([[1, 2, "2026-03-10"], [2, 1, "2026-03-12"], [3, 0, null]]);
    assert_eq!(shelf["books"], books);
    let loans: Vec<&Value> = shelf["loans"].as_array().unwrap().iter().map(|row| &row[1]).collect();
    assert_eq!(loans, [&json!(2), &json!(1)], "ordered by due date");
    assert!(app.get("/borrowdb/shelf?books=1").json().get("loans").is_none());
    assert_eq!(app.get("/borrowdb/shelf?patron=3").json(), json!({"books": [], "loans": []}));
    assert_eq!(app.get("/borrowdb/shelf").status, 400);

    let copies = app.get("/borrowdb/copies/1").json();
    let mut due: Vec<&Value> =
        copies["copies"].as_array().unwrap().iter().map(|row| &row[1]).collect();
    due.sort_by_key(|due| due.as_str());
    assert_eq!(due, ["2026-03-10", "2026-03-15"], "which copies these are is the ledger's");
    assert_eq!(app.get("/borrowdb/copies/3").json(), json!({"copies": []}));
}

#[tokio::test]
async fn a_reset_returns_every_book_and_keeps_the_history() {
    let app = TestApp::start().await;
    for (book, patron) in [(1, 1), (1, 2), (2, 1)] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, patron)).status, 201);
    }
    withdraw(&app, 3, 201);
    let reset = || app.send_json("POST", "/borrowdb/reset", &json!({"reset": {}})).both();
    assert_eq!(reset(), (201, json!({"transactions": 3})));
    assert_eq!(reset(), (201, json!({"transactions": 0})));
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
    assert_eq!(app.get("/borrowdb/history/1").json()["transactions"].as_array().unwrap().len(), 2);
    let gone = json!({"copies": [[1, null, null, null]]});
    assert_eq!(app.get("/borrowdb/copies/3").json(), gone, "a withdrawn copy is not out");
    assert_eq!(app.send_json("POST", "/borrowdb/reset", &json!({})).status, 400);
}

#[tokio::test]
async fn deleting_the_history_keeps_open_loans() {
    let app = TestApp::start().await;
    for (book, patron) in [(1, 1), (2, 1), (1, 2)] {
        done(app.send_json("POST", "/borrow", &borrow(book, patron)));
    }
    for (book, patron) in [(1, 1), (1, 2)] {
        done(app.send_json("DELETE", "/borrow", &borrow(book, patron)));
    }
    assert_eq!(app.send("DELETE", "/borrowdb/history/1").both(), (200, json!({"transactions": 1})));
    assert_eq!(app.send("DELETE", "/borrowdb/history/1").both(), (200, json!({"transactions": 0})));
    let of =
        |patron: u8| first_of(&app.get(&format!("/borrowdb/history/{patron}")), "transactions");
    assert_eq!(of(1).len(), 1, "the book still on loan");
    assert_eq!(of(2).len(), 1, "another patron's loan");
    let mut ledger = app.database.admin(Store::Borrowing).await;
    let rows: Option<i64> = ledger.query_first("SELECT COUNT(*) FROM loans").await.unwrap();
    assert_eq!(rows, Some(2), "the other rows are deleted");
    assert_eq!(app.send("DELETE", "/borrowdb/history/none").status, 404);
}

#[tokio::test]
async fn a_book_is_added_once_per_idempotency_key() {
    let app = TestApp::start().await;
    let book = json!({"book": {
        "title": " <script>alert(1)</script> ",
        "author": "Jansson, Tove",
        "count": 3,
        "thumbnailUrl": "https://www.gutenberg.org/cache/epub/1/cover.jpg",
    }});
    let keyed = app.with("idempotency-key", "moomin-1");
    let first = keyed.send_json("POST", "/catdb/books", &book);
    let cover = "https://www.gutenberg.org/cache/epub/1/cover.jpg";
    let row = json!([21, "<script>alert(1)</script>", "Jansson, Tove", 3, cover]);
    assert_eq!(first.status, 201);
    assert!(begins_with(&first.json()["book"][0], &row), "{first:?}");
    assert_eq!(keyed.send_json("POST", "/catdb/books", &book).both(), first.both());
    let mut other = book.clone();
    other["book"]["count"] = json!(4);
    assert_eq!(keyed.send_json("POST", "/catdb/books", &other).status, 409);
    assert_eq!(app.get("/catdb/figures").json(), json!({"titles": 21, "copies": 43}));
    // Without a key, each request adds a book.
    let bare = json!({"book": {"title": "T", "author": "A", "count": 0}});
    for titles in [22, 23] {
        done(app.send_json("POST", "/catdb/books", &bare));
        assert_eq!(app.get("/catdb/figures").json(), json!({"titles": titles, "copies": 43}));
    }
    // A title without visible characters is invalid; the database's collation considers it empty.
    for title in ["", " ", "\u{200b}", "\u{301}", "\u{ad}", "a\nb"] {
        let book = json!({"book": {"title": title, "author": "A", "count": 1}});
        assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 400, "{title:?}");
    }
}

#[tokio::test]
async fn thirty_concurrent_requests_with_one_key_add_one_book() {
    let app = TestApp::start().await;
    let book = json!({"book": {"title": "T", "author": "A", "count": 1}});
    let client = app.with("idempotency-key", "at-once");
    let ids = at_once(30, || client.send_json("POST", "/catdb/books", &book).both());
    assert!(ids.iter().all(|answer| *answer == ids[0] && answer.0 == 201), "{ids:?}");
    assert_eq!(app.get("/catdb/figures").json()["titles"], 21);
}

#[tokio::test]
async fn copies_change_only_from_the_current_number() {
    let app = TestApp::start().await;
    let add = |client: &Client, book: u8, from: u8, to: u8| {
        let body = json!({"copies": {"from": from, "to": to}});
        client.send_json("PUT", &format!("/catdb/books/{book}/copies"), &body)
    };
    let (one, two) = (app.with("idempotency-key", "one"), app.with("idempotency-key", "two"));
    assert_eq!(add(&one, 1, 2, 3).json()["book"][0][3], 3);
    assert_eq!(add(&one, 1, 2, 3).status, 201, "repeating it succeeds");
    let late = add(&two, 1, 2, 3);
    assert_eq!((late.status, &late.json()["reason"]), (409, &json!("copies_changed")));
    assert_eq!(add(&app, 1, 2, 3).status, 409, "without a key it is another change");
    assert_eq!(add(&two, 1, 3, 5).status, 201);
    assert_eq!(add(&app, 1, 2, 4).status, 409);
    assert_eq!(add(&app, 99, 2, 3).status, 404);
    assert_eq!(add(&app, 1, 5, 4).status, 400, "copies are withdrawn by another endpoint");
    // Even if the number is the same as before, repeating the request adds nothing.
    withdraw(&app, 1, 201);
    withdraw(&app, 1, 201);
    assert_eq!(add(&two, 1, 3, 5).json()["book"][0][3], 3);
    assert_eq!(add(&app, 1, 3, 5).json()["book"][0][3], 5);

    // The new copies can be lent.
    for patron in 1..=5 {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(1, patron)).status, 201, "{patron}");
    }
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 6)).json()["reason"], "no_copy_left");
}

#[tokio::test]
async fn a_withdrawn_copy_is_never_lent_again() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    assert_eq!(withdraw(&app, 1, 201)["copies"], 1, "the copy on the shelf");
    assert_eq!(withdraw(&app, 1, 200)["reason"], "no_copy_left", "the other is out");
    assert_eq!(withdraw(&app, 99, 200)["reason"], "unknown_book");
    let book = app.get("/catdb/1").json();
    assert_eq!((&book["book"][0][3], &book["acquired"]), (&json!(1), &json!(2)));
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 2)).json()["reason"], "no_copy_left");
    done(app.send_json("DELETE", "/borrow", &borrow(1, 1)));
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 2)).status, 201);
    // The ledger refuses a request that still counts two copies.
    let limits =
        json!({"patron_exists": true, "copies": 2, "loans": 4, "block_when_overdue": false});
    let mut body = loan(1, 3, "2026-03-01", "2026-03-15");
    body["borrow"]["limits"] = limits;
    let refused = app.send_json("POST", "/borrowdb", &body);
    assert_eq!((refused.status, &refused.json()["reason"]), (409, &json!("no_copy_left")));
    // It is not a patron's loan, and is in no list of loans.
    assert_eq!(app.get("/borrowdb").json()["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/borrowdb/count/1").json(), json!({"transactions": [[1]]}));
    assert_eq!(app.get("/borrowdb/figures").json()["out"], 1);
    // A copy that is added later gets a new number.
    done(app.send_json("PUT", "/catdb/books/1/copies", &json!({"copies": {"from": 1, "to": 2}})));
    assert_eq!(app.get("/catdb/1").json()["acquired"], 3);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 3)).status, 201);
}

#[tokio::test]
async fn a_repeated_withdrawal_withdraws_once_and_repairs_the_catalog() {
    let app = TestApp::start().await;
    let keyed = app.with("idempotency-key", "w-1");
    assert_eq!(withdraw(&keyed, 1, 201)["copies"], 1);
    assert_eq!(withdraw(&keyed, 1, 201)["copies"], 1);
    // As if the connection had failed between the ledger and the catalog.
    let mut catalog = app.database.admin(Store::Catalog).await;
    catalog.query_drop("UPDATE books SET count = 2, withdrawn = 0 WHERE id = 1").await.unwrap();
    assert_eq!(withdraw(&keyed, 1, 201)["copies"], 1, "the repeated request repairs it");
    assert_eq!(app.get("/catdb/1").json()["book"][0][3], 1);
    // So does any other request about the book, granted or refused.
    for (patron, granted) in [(1, true), (2, false)] {
        catalog.query_drop("UPDATE books SET count = 2, withdrawn = 0 WHERE id = 1").await.unwrap();
        let lent = app.send_json("POST", "/borrow", &borrow(1, patron)).json();
        assert_eq!(lent["transaction"], granted);
        assert_eq!(app.get("/catdb/1").json()["book"][0][3], 1, "patron {patron}");
    }
    catalog.query_drop("UPDATE books SET count = 2, withdrawn = 0 WHERE id = 1").await.unwrap();
    assert_eq!(withdraw(&app, 1, 200)["reason"], "no_copy_left");
    assert_eq!(app.get("/catdb/1").json()["book"][0][3], 1);
}

#[tokio::test]
async fn a_withdrawal_from_an_outdated_number_of_copies_is_a_conflict() {
    let app = TestApp::start().await;
    let from = |copies: u32| {
        let body = json!({"withdraw": {"book_id": 1, "from": copies}});
        app.send_json("POST", "/borrow/withdraw", &body)
    };
    assert_eq!(from(2).status, 201);
    let again = from(2);
    assert_eq!((again.status, &again.json()["reason"]), (409, &json!("copies_changed")));
    assert_eq!(app.get("/catdb/1").json()["book"][0][3], 1, "one copy was withdrawn");
    assert_eq!(from(1).status, 201);
}

#[tokio::test]
async fn concurrent_loans_and_withdrawals_never_share_a_copy() {
    let app = TestApp::start().await;
    let copies = json!({"copies": {"from": 2, "to": 4}});
    assert_eq!(app.send_json("PUT", "/catdb/books/1/copies", &copies).status, 201);
    let granted = std::thread::scope(|scope| {
        let withdrawals = scope.spawn(|| {
            at_once(4, || app.send_json("POST", "/borrow/withdraw", &withdrawal(1)).status == 201)
        });
        let loans: Vec<_> = (1..=6)
            .map(|patron| {
                let app = &app;
                scope.spawn(move || {
                    app.send_json("POST", "/borrow", &borrow(1, patron)).status == 201
                })
            })
            .collect();
        let lent = loans.into_iter().filter_map(|loan| loan.join().unwrap().then_some(())).count();
        lent + withdrawals.join().unwrap().into_iter().filter(|done| *done).count()
    });
    assert_eq!(granted, 4, "the number of copies");
    let away = app.get("/borrowdb/copies/1").json();
    let numbers: Vec<u64> =
        away["copies"].as_array().unwrap().iter().map(|row| row[0].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4], "each copy once");
    let withdrawn =
        away["copies"].as_array().unwrap().iter().filter(|row| row[1].is_null()).count();
    let left = app.get("/catdb/1").json()["book"][0][3].as_u64().unwrap();
    assert_eq!(left + withdrawn as u64, 4, "the catalog counts every withdrawal");
}

#[tokio::test]
async fn card_numbers_are_unique_and_adding_is_idempotent() {
    let app = TestApp::start().await;
    let add = |first: &str, number: &str| {
        let patron =
            json!({"patron": {"first_name": first, "last_name": "O'Neil", "number": number}});
        app.send_json("POST", "/patdb/patrons", &patron)
    };
    let row = json!([8, "Tove", "O'Neil", "MOOMIN-8", "user"]);
    assert_eq!(add(" Tove ", "MOOMIN-8").both(), (201, json!({"patron": [row]})));
    assert_eq!(add("Tove", "MOOMIN-8").both(), (201, json!({"patron": [row]})));
    let taken = add("Lars", "MOOMIN-8");
    assert_eq!((taken.status, &taken.json()["reason"]), (409, &json!("number_taken")));
    assert_eq!(add("Lars", "moomin-8").status, 201, "numbers compare with their case");
    for (first, number) in
        [("\u{7}", "MOOMIN-9"), ("\u{200b}", "MOOMIN-9"), ("A", "abc"), ("A", "a b c d")]
    {
        assert_eq!(add(first, number).status, 400, "{first:?} {number:?}");
    }
    let asked = app.get("/patdb?ids=8,1,99");
    assert_eq!(first_of(&asked, "patrons"), [json!(1), json!(8)]);
    assert_eq!(app.get("/patdb?ids=8&limit=1").json()["next"], Value::Null);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(1, 8)).status, 201);
}

#[tokio::test]
async fn every_order_pages_forward_and_backward() {
    let app = TestApp::start().await;
    for sort in ["id", "title", "author", "newest"] {
        let all = first_of(&app.get(&format!("/catdb?sort={sort}")), "books");
        assert_eq!(all.len(), 20, "{sort}");
        let (mut forward, mut cursor) = (Vec::new(), String::new());
        let mut last;
        loop {
            let page = app.get(&format!("/catdb?sort={sort}&limit=6{cursor}&total=true"));
            assert_eq!(page.json()["total"], 20);
            let ids = first_of(&page, "books");
            last = ids[0].clone();
            forward.extend(ids);
            match &page.json()["next"] {
                Value::Null => break,
                next => cursor = format!("&after={next}"),
            }
        }
        assert_eq!(forward, all, "{sort} forward");
        let mut backward = Vec::new();
        let mut before = Some(last);
        while let Some(id) = before {
            let page = app.get(&format!("/catdb?sort={sort}&limit=6&before={id}"));
            let mut ids = first_of(&page, "books");
            ids.extend(backward);
            backward = ids;
            before = Some(page.json()["previous"].clone()).filter(|id| !id.is_null());
        }
        assert_eq!(backward, all[..18], "{sort} backward");
    }
    assert_eq!(first_of(&app.get("/catdb?ids=7,3,99"), "books"), [json!(3), json!(7)]);
}

/// The first value of each row.
fn first_of(answer: &Answer, list: &str) -> Vec<Value> {
    let rows = answer.json()[list].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone();
    rows.into_iter().map(|row| row[0].clone()).collect()
}

/// Checks a step that has to succeed but is not the subject of the test.
fn done(answer: Answer) {
    assert!([200, 201].contains(&answer.status), "{answer:?}");
}

fn withdrawal(book: i64) -> Value {
    json!({"withdraw": {"book_id": book}})
}

fn withdraw(client: &Client, book: i64, status: u16) -> Value {
    let answer = client.send_json("POST", "/borrow/withdraw", &withdrawal(book));
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.json()
}

/// The results of `ask` from `times` concurrent threads.
fn at_once<T: Send>(times: usize, ask: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..times).map(|_| scope.spawn(&ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

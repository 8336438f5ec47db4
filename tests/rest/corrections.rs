//! A librarian's corrections of books and patrons, and their repetition.

use std::thread;

use serde_json::{Value, json};
use tests::{Answer, Client, PIN, TestApp, TestDatabase, begins_with};

#[tokio::test]
async fn a_book_is_corrected_only_from_what_the_librarian_saw() {
    let app = TestApp::start().await;
    let seen =
        json!({"title": "The Dance", "author": "Pavlova, Anna", "thumbnailUrl": cover(&app, 8)});
    let to = json!({"title": "The Danse", "author": "Pavlowa, Anna"});
    let edit = |from: &Value, to: &Value| {
        app.send_json("PUT", "/catdb/books/8", &json!({"book": {"from": from, "to": to}}))
    };
    let corrected = json!([8, "The Danse", "Pavlowa, Anna", 2, ""]);
    let first = edit(&seen, &to);
    assert_eq!(first.status, 201);
    assert!(begins_with(&first.json()["book"][0], &corrected), "{first:?}");
    assert_eq!(edit(&seen, &to).both(), first.both(), "repeated, it is done once");
    let other = json!({"title": "Another", "author": "Other"});
    let late = edit(&seen, &other);
    assert_eq!((late.status, &late.json()["reason"]), (409, &json!("book_changed")));

    assert_eq!(ids(&app, "danse pavlowa"), [8]);
    assert_eq!(ids(&app, "dance"), [0; 0], "the old words are forgotten");
    let unknown = json!({"book": {"from": seen, "to": to}});
    assert_eq!(app.send_json("PUT", "/catdb/books/99", &unknown).status, 404);
}

#[tokio::test]
async fn one_of_many_concurrent_corrections_wins() {
    let app = TestApp::start().await;
    let from =
        json!({"title": "The Dance", "author": "Pavlova, Anna", "thumbnailUrl": cover(&app, 8)});
    let statuses = at_once(8, |number| {
        let to = json!({"title": format!("Title {number}"), "author": "A"});
        app.send_json("PUT", "/catdb/books/8", &json!({"book": {"from": from, "to": to}})).status
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[tokio::test]
async fn a_book_without_copies_can_be_removed_and_its_id_is_not_used_again() {
    let app = TestApp::start().await;
    let refused = app.send("DELETE", "/catdb/books/8");
    assert_eq!((refused.status, &refused.json()["reason"]), (409, &json!("has_copies")));
    for _ in 0..2 {
        let withdraw = json!({"withdraw": {"book_id": 8}});
        assert_eq!(app.send_json("POST", "/borrow/withdraw", &withdraw).status, 201);
    }
    for removed in [1, 0, 0] {
        assert_eq!(app.send("DELETE", "/catdb/books/8").both(), (200, json!({"removed": removed})));
    }
    assert_eq!(app.get("/catdb/8").status, 404);
    assert_eq!(ids(&app, "pavlova"), [0; 0]);
    assert_eq!(add(&app, "New", "New", 0, json!({})).json()["book"][0][0], 21);
    assert_eq!(app.send("DELETE", "/catdb/books/21").json()["removed"], 1);
    assert_eq!(add(&app, "New", "New", 1, json!({})).json()["book"][0][0], 22);
    for none in ["0", "99", "9223372036854775808"] {
        assert_eq!(app.send("DELETE", &format!("/catdb/books/{none}")).json()["removed"], 0);
    }
    assert_eq!(app.send("DELETE", "/catdb/books/x").status, 404);
}

#[tokio::test]
async fn a_book_on_loan_cannot_be_removed() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &tests::borrow(8, 1)).status, 201);
    let withdraw = json!({"withdraw": {"book_id": 8}});
    assert_eq!(app.send_json("POST", "/borrow/withdraw", &withdraw).status, 201);
    assert_eq!(app.send("DELETE", "/catdb/books/8").status, 409);
    assert_eq!(app.send_json("DELETE", "/borrow", &tests::borrow(8, 1)).status, 200);
    assert_eq!(app.send_json("POST", "/borrow/withdraw", &withdraw).status, 201);
    assert_eq!(app.send("DELETE", "/catdb/books/8").status, 200);
}

#[tokio::test]
async fn a_duplicate_is_refused_on_request() {
    let app = TestApp::start().await;
    let careful = json!({"refuse_duplicate": true});
    let first = add(&app, "The Summer Book", "Jansson, Tove", 1, careful.clone());
    assert_eq!(first.status, 201);
    for (title, author) in [
        ("The Summer Book", "Jansson, Tove"),
        (" the  SUMMER book", "JANSSON, Tove"),
        ("Ｔｈｅ Summer Book", "Jansson,\u{a0}Tove"),
    ] {
        let again = add(&app, title, author, 1, careful.clone());
        let body = again.json();
        assert_eq!(
            (again.status, &body["reason"], &body["duplicate_of"]),
            (409, &json!("duplicate_title"), &json!(21)),
            "{title}"
        );
    }
    assert_eq!(add(&app, "The Summer Book", "Jansson, T.", 1, careful.clone()).status, 201);
    let confirmed = add(&app, "The Summer Book", "Jansson, Tove", 1, json!({}));
    assert_eq!(confirmed.status, 201, "without `refuse_duplicate`, there may be two");
    assert_eq!(confirmed.json()["book"][0][0], 23, "a refused book uses up no id");

    let from = json!({"title": "The Summer Book", "author": "Jansson, T.", "thumbnailUrl": ""});
    let to = json!({"title": "The Summer Book", "author": "Jansson, Tove"});
    let mut edit = json!({"book": {"from": from, "to": to, "refuse_duplicate": true}});
    let refused = app.send_json("PUT", "/catdb/books/22", &edit);
    assert_eq!((refused.status, &refused.json()["duplicate_of"]), (409, &json!(21)));
    edit["book"]["refuse_duplicate"] = json!(false);
    assert_eq!(app.send_json("PUT", "/catdb/books/22", &edit).status, 201);
    // Its cover can be corrected without `refuse_duplicate`.
    let cover = json!({"title": "The Summer Book", "author": "Jansson, Tove", "thumbnailUrl": "https://x.org/c"});
    let from = json!({"title": "The Summer Book", "author": "Jansson, Tove", "thumbnailUrl": ""});
    let edit = json!({"book": {"from": from, "to": cover, "refuse_duplicate": true}});
    assert_eq!(app.send_json("PUT", "/catdb/books/22", &edit).status, 201);
}

#[tokio::test]
async fn concurrent_duplicate_additions_add_one_book() {
    let app = TestApp::start().await;
    let statuses = at_once(8, |_| {
        add(&app, "Moominpappa at Sea", "Jansson, Tove", 1, json!({"refuse_duplicate": true}))
            .status
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(ids(&app, "moominpappa").len(), 1);
}

#[tokio::test]
async fn copies_are_added_only_to_the_expected_number() {
    let app = TestApp::start().await;
    let set = |client: &Client, from: u32, to: u32| {
        let copies = json!({"copies": {"from": from, "to": to}});
        client.send_json("PUT", "/catdb/books/8/copies", &copies)
    };
    let statuses = at_once(8, |_| set(&app, 2, 3).status);
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    let late = set(&app, 2, 3);
    assert_eq!((late.status, &late.json()["reason"]), (409, &json!("copies_changed")));
    assert_eq!(set(&app, 3, 3).status, 201);

    let keyed = app.with("idempotency-key", "copies-1");
    let statuses = at_once(8, |_| set(&keyed, 3, 4).status);
    assert_eq!(statuses, [201; 8], "one request, sent again");
    let other = set(&keyed, 4, 9);
    assert_eq!((other.status, &other.json()["error"]), (409, &json!("Conflict")));
    assert_eq!(set(&app, 4, 5).status, 201);
    let again = set(&keyed, 3, 4);
    assert_eq!((again.status, &again.json()["book"][0][3]), (201, &json!(5)), "still known later");
    let book = json!({"title": "t", "author": "a", "count": 1});
    let added = keyed.send_json("POST", "/catdb/books", &json!({"book": book}));
    assert_eq!(added.status, 409, "the key was used for copies");
}

#[tokio::test]
async fn a_key_adds_one_book_even_after_it_was_corrected() {
    let app = TestApp::start().await;
    let keyed = app.with("idempotency-key", "add-1");
    let statuses = at_once(8, |_| add(&keyed, "Sculptor", "J", 1, json!({})).status);
    assert_eq!(statuses, [201; 8]);
    // A request that lost the race may have used up an id.
    let found = ids(&app, "sculptor");
    assert_eq!(found.len(), 1, "{found:?}");
    let from = json!({"title": "Sculptor", "author": "J", "thumbnailUrl": ""});
    let to = json!({"title": "The Sculptor's Daughter", "author": "Jansson"});
    let edit = json!({"book": {"from": from, "to": to}});
    let path = format!("/catdb/books/{}", found[0]);
    assert_eq!(app.send_json("PUT", &path, &edit).status, 201);
    let again = add(&keyed, "Sculptor", "J", 1, json!({}));
    assert_eq!(
        (again.status, &again.json()["book"][0][1]),
        (201, &json!("The Sculptor's Daughter"))
    );
    assert_eq!(add(&keyed, "Sculptor", "J", 2, json!({})).status, 409);
}

#[tokio::test]
async fn a_patron_is_corrected_and_a_new_number_ends_the_sessions() {
    let app = TestApp::start().await;
    let token = token(&log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({})));
    let old = json!({"first_name": "Pete", "last_name": "Dymond", "number": "BUFFALOBILL1"});
    let named = json!({"first_name": "Peter", "last_name": "Dymond", "number": "BUFFALOBILL1"});
    let new = json!({"first_name": "Peter", "last_name": "Dymond", "number": "BUFFALO-2"});
    let edit = |from: &Value, to: &Value| {
        app.send_json("PUT", "/patdb/patrons/1", &json!({"patron": {"from": from, "to": to}}))
    };
    let peter = json!({"patron": [[1, "Peter", "Dymond", "BUFFALOBILL1", "user"]]});
    assert_eq!(edit(&old, &named).both(), (201, peter));
    assert!(!who(&app, &token).is_null(), "a new name keeps the session");
    assert_eq!(edit(&named, &new).status, 201);
    assert_eq!(edit(&named, &new).status, 201, "repeated, it is done once");
    assert!(who(&app, &token).is_null());
    assert_eq!(edit(&old, &named).json()["reason"], "patron_changed");
    let taken = json!({"first_name": "Peter", "last_name": "Dymond", "number": "DEADBEEF2222"});
    let taken = edit(&new, &taken);
    assert_eq!((taken.status, &taken.json()["reason"]), (409, &json!("number_taken")));
    assert_eq!(log_in(&app, "Peter", "Dymond", "BUFFALO-2", json!({})).status, 201);
    assert_eq!(app.get("/patdb?q=peter").json()["patrons"][0][3], "BUFFALO-2");
    let unknown = json!({"patron": {"from": old, "to": new}});
    assert_eq!(app.send_json("PUT", "/patdb/patrons/99", &unknown).status, 404);
}

#[tokio::test]
async fn a_patron_is_blocked_until_the_block_ends() {
    let app = TestApp::start().await;
    let set = |blocked: bool| {
        app.send_json("PUT", "/patdb/patrons/3/blocked", &json!({"blocked": blocked}))
    };
    let row = json!([[3, "Reid", "Koffler", "BUMBLEBEE333", "user"]]);
    for _ in 0..2 {
        assert_eq!(set(true).both(), (201, json!({"patron": row, "blocked": true})));
    }
    assert_eq!(app.get("/patdb/3").json(), json!({"patron": row, "blocked": true}));
    assert_eq!(app.get("/patdb").json()["blocked"], json!([3]));
    for _ in 0..2 {
        assert_eq!(set(false).both(), (201, json!({"patron": row})));
    }
    assert_eq!(app.get("/patdb/3").json(), json!({"patron": row}));
    assert!(app.get("/patdb").json().get("blocked").is_none());
    let unknown = app.send_json("PUT", "/patdb/patrons/99/blocked", &json!({"blocked": true}));
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn only_a_logged_in_librarian_can_set_a_pin() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian =
        |pin: &str| log_in(&app, "Marian", "Quillfeather", "INKANDPAPER7", json!({"pin": pin}));
    let (librarian, other) = (token(&marian(PIN)), token(&marian(PIN)));
    let patron = token(&log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({})));
    let set = |session: &str, id: i64, pin: &str| {
        let pin = json!({"pin": {"session": session, "new_pin": pin}});
        app.send_json("PUT", &format!("/patdb/patrons/{id}/pin"), &pin)
    };
    for session in ["", "x", &patron] {
        let refused = set(session, 7, "161803");
        assert_eq!((refused.status, &refused.json()["error"]), (403, &json!("Forbidden")));
    }
    assert_eq!(set(&librarian, 1, "161803").json()["reason"], "not_a_librarian");
    assert_eq!(set(&librarian, 99, "161803").status, 404);
    assert_eq!(set(&librarian, 7, "161803").status, 201);
    assert!(!who(&app, &librarian).is_null());
    assert!(who(&app, &other).is_null(), "other sessions end with the old PIN");
    assert_eq!((marian(PIN).status, marian("161803").status), (200, 201));
    assert!(!app.log().contains("161803"));
}

/// The results of `act` from `count` concurrent threads.
fn at_once<T: Send>(count: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let act = &act;
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || act(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn add(client: &Client, title: &str, author: &str, count: u32, more: Value) -> Answer {
    let mut book = json!({"title": title, "author": author, "count": count});
    book.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.send_json("POST", "/catdb/books", &json!({"book": book}))
}

fn cover(client: &Client, id: i64) -> Value {
    client.get(&format!("/catdb/{id}")).json()["book"][0][4].clone()
}

fn ids(client: &Client, text: &str) -> Vec<i64> {
    let found = client.get(&format!("/catdb?q={}", text.replace(' ', "+"))).json();
    found["books"].as_array().unwrap().iter().map(|book| book[0].as_i64().unwrap()).collect()
}

fn log_in(client: &Client, first: &str, last: &str, number: &str, more: Value) -> Answer {
    let mut login = json!({"first_name": first, "last_name": last, "number": number});
    login.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.send_json("POST", "/patdb/sessions", &json!({"login": login}))
}

fn token(answer: &Answer) -> String {
    answer.json()["session"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

fn who(client: &Client, token: &str) -> Value {
    client.send_json("POST", "/patdb/sessions/use", &json!({"session": token})).json()["patron"]
        .clone()
}

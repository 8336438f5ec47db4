//! The reset of a demonstration to its first day.

use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, TestDatabase, borrow, free_port};

#[tokio::test]
async fn a_reset_brings_back_the_first_day() {
    let app = demo().await;
    let (books, patrons) = (app.get("/catdb").json(), app.get("/patdb").json());
    let unchanged = json!({"epoch": 0, "added": 0, "changed": 0, "removed": 0});
    let none = json!({"epoch": 0, "loans": 0, "open": 0});
    let since = json!({"books": unchanged, "patrons": unchanged, "loans": none});
    assert_eq!(app.get("/borrow/demo").json(), since);

    change_books(&app);
    change_patrons(&app);
    for (book, patron) in [(1, 1), (2, 1), (21, 8)] {
        done(app.send_json("POST", "/borrow", &borrow(book, patron)));
    }
    done(app.send_json("DELETE", "/borrow", &borrow(2, 1)));
    let since = json!({
        "books": {"epoch": 0, "added": 1, "changed": 4, "removed": 1},
        "patrons": {"epoch": 0, "added": 1, "changed": 4, "removed": 0},
        "loans": {"epoch": 0, "loans": 3, "open": 2},
    });
    assert_eq!(app.get("/borrow/demo").json(), since);
    let login =
        json!({"login": {"first_name": "Pete", "last_name": "Diamond", "number": "CARD-1"}});
    let session = app.send_json("POST", "/patdb/sessions", &login).json()["session"].clone();
    assert!(session.is_string());

    assert_eq!(reset(&app).both(), (201, json!({"epoch": 1})));
    assert_eq!(app.get("/catdb").json(), books);
    assert_eq!(app.get("/patdb").json(), patrons);
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
    assert!(app.get("/borrowdb/history/1").json()["transactions"].is_null());
    assert_eq!(app.get("/borrowdb/copies/3").json(), json!({"copies": []}), "nothing is withdrawn");
    let who = app.send_json("POST", "/patdb/sessions/use", &json!({"session": session}));
    assert_eq!(who.json(), json!({"patron": null}));
    // Searches and the check for duplicates know the books and patrons again.
    assert_eq!(ids(&app.get("/catdb?q=humorous+wagner"), "books"), [20]);
    assert_eq!(ids(&app.get("/patdb?q=dymond"), "patrons"), [1]);
    let dance = json!({"title": "The dance", "author": "Pavlova, Anna", "count": 1, "refuse_duplicate": true});
    let duplicate = app.send_json("POST", "/catdb/books", &json!({"book": dance}));
    assert_eq!((duplicate.status, &duplicate.json()["duplicate_of"]), (409, &json!(8)));
    // The library works on, in the new epoch. Ids are not used again.
    assert_eq!(app.get("/catdb/8").json()["epoch"], 1);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    assert_eq!(app.send_json("POST", "/borrow/withdraw", &withdrawal(8)).json()["copies"], 1);
    let book = json!({"book": {"title": "Another", "author": "A", "count": 1}});
    let id = &app.send_json("POST", "/catdb/books", &book).json()["book"][0][0];
    assert!(id.as_i64() > Some(21), "{id}");
    assert_eq!(reset(&app).both(), (201, json!({"epoch": 2})));
    assert_eq!(app.get("/catdb").json(), books);
}

#[tokio::test]
async fn a_request_from_before_a_reset_is_repeated_and_lends_nothing() {
    let app = demo().await;
    let keyed = app.with("idempotency-key", "before-the-reset");
    assert_eq!(keyed.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    assert_eq!(reset(&app).status, 201);
    assert_eq!(keyed.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
}

#[tokio::test]
async fn an_interrupted_reset_lends_nothing_until_it_is_repeated() {
    let app = demo().await;
    done(app.send_json("POST", "/borrow", &borrow(8, 1)));
    // As if it had stopped after the first of its three steps.
    let epoch = json!({"demo": {"epoch": 1}});
    assert_eq!(app.send_json("PUT", "/catdb/demo", &epoch).both(), (201, json!({"epoch": 1})));
    for (method, path, body) in
        [("POST", "/borrow", borrow(7, 1)), ("POST", "/borrow/withdraw", withdrawal(7))]
    {
        let answer = app.send_json(method, path, &body);
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(
        app.send_json("DELETE", "/borrow", &borrow(8, 1)).json(),
        json!({"transaction": true})
    );
    let epochs =
        |answer: Value| ["books", "patrons", "loans"].map(|rows| answer[rows]["epoch"].clone());
    assert_eq!(epochs(app.get("/borrow/demo").json()), [1, 0, 0].map(Value::from));
    assert_eq!(reset(&app).both(), (201, json!({"epoch": 2})));
    assert_eq!(epochs(app.get("/borrow/demo").json()), [2, 2, 2].map(Value::from));
    assert_eq!(app.send_json("POST", "/borrow", &borrow(7, 1)).status, 201);
    // An epoch that is over changes nothing.
    for service in ["catdb", "patdb", "borrowdb"] {
        let answer = app.send_json("PUT", &format!("/{service}/demo"), &epoch);
        assert_eq!(answer.both(), (201, json!({"epoch": 2})));
    }
    assert_eq!(ids(&app.get("/borrowdb"), "transactions").len(), 1);
}

#[tokio::test]
async fn nothing_is_reset_unless_everything_can_be() {
    let unused = format!("http://127.0.0.1:{}", free_port());
    let variables = [("demo_mode", "true"), ("borrowing_url", unused.as_str())];
    let app = TestApp::start_on(TestDatabase::loaded().await, &variables);
    let book = json!({"book": {"title": "Added", "author": "A", "count": 1}});
    done(app.send_json("POST", "/catdb/books", &book));
    let changed = app.get("/catdb").json();
    assert_eq!(reset(&app).status, 503);
    assert_eq!(app.get("/catdb").json(), changed);
    assert_eq!(app.get("/catdb/demo").json()["epoch"], 0);
}

#[tokio::test]
async fn only_a_demonstration_is_reset() {
    let app = TestApp::start().await;
    for path in ["/borrow/demo", "/catdb/demo", "/patdb/demo", "/borrowdb/demo"] {
        assert_eq!(app.get(path).status, 403, "{path}");
        let answer = match path {
            "/borrow/demo" => reset(&app),
            _ => app.send_json("PUT", path, &json!({"demo": {"epoch": 1}})),
        };
        assert_eq!(answer.status, 403, "{path}");
    }
    let mut bare = TestDatabase::empty();
    bare.library.demo_data = false;
    bare.load().await.unwrap();
    let app = TestApp::start_on(bare, &[("demo_mode", "true")]);
    let book = json!({"book": {"title": "Kept", "author": "A", "count": 1}});
    done(app.send_json("POST", "/catdb/books", &book));
    let refused = reset(&app);
    assert_eq!((refused.status, &refused.json()["reason"]), (409, &json!("no_demo_data")));
    assert_eq!(ids(&app.get("/catdb"), "books").len(), 1);
}

/// Adds, corrects and removes books, and changes copies. Two books get each other's title and author.
fn change_books(app: &Client) {
    let book = json!({"book": {"title": "Added", "author": "A", "count": 3}});
    done(app.send_json("POST", "/catdb/books", &book));
    let of = |id: i64| app.get(&format!("/catdb/{id}")).json()["book"][0].clone();
    let (one, two) = (of(1), of(2));
    for (id, title, author) in [
        (1, json!("For a moment"), json!("B")),
        (2, one[1].clone(), one[2].clone()),
        (1, two[1].clone(), two[2].clone()),
    ] {
        let now = of(id);
        let from = json!({"title": now[1], "author": now[2], "thumbnailUrl": now[4]});
        let to = json!({"title": title, "author": author, "thumbnailUrl": now[4]});
        let correction = json!({"book": {"from": from, "to": to}});
        done(app.send_json("PUT", &format!("/catdb/books/{id}"), &correction));
    }
    let copies = json!({"copies": {"from": 2, "to": 5}});
    done(app.send_json("PUT", "/catdb/books/4/copies", &copies));
    for book in [3, 20, 20] {
        done(app.send_json("POST", "/borrow/withdraw", &withdrawal(book)));
    }
    done(app.send("DELETE", "/catdb/books/20"));
}

/// Adds, corrects and blocks patrons. Two patrons get each other's card number.
fn change_patrons(app: &Client) {
    let patron = json!({"patron": {"first_name": "Tove", "last_name": "J", "number": "MOOMIN-8"}});
    done(app.send_json("POST", "/patdb/patrons", &patron));
    let edit = |id: i64, last_name: &str, number: &str| {
        let now = app.get(&format!("/patdb/{id}")).json()["patron"][0].clone();
        let names = |last: &Value, number: &Value| json!({"first_name": now[1], "last_name": last, "number": number});
        let to = names(&json!(last_name), &json!(number));
        let correction = json!({"patron": {"from": names(&now[2], &now[3]), "to": to}});
        done(app.send_json("PUT", &format!("/patdb/patrons/{id}"), &correction));
    };
    edit(1, "Diamond", "CARD-1");
    edit(2, "Scheidegger", "CARD-2");
    edit(3, "Koffler", "DEADBEEF2222");
    edit(2, "Scheidegger", "BUMBLEBEE333");
    done(app.send_json("PUT", "/patdb/patrons/4/blocked", &json!({"blocked": true})));
}

async fn demo() -> TestApp {
    TestApp::start_on(TestDatabase::loaded().await, &[("demo_mode", "true")])
}

fn reset(app: &Client) -> Answer {
    app.send_json("POST", "/borrow/demo", &json!({"reset": {}}))
}

fn withdrawal(book: i64) -> Value {
    json!({"withdraw": {"book_id": book}})
}

fn ids(answer: &Answer, list: &str) -> Vec<i64> {
    let rows = answer.json()[list].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row[0].as_i64()).collect()
}

/// For what has to work, and is not what the test is about.
fn done(answer: Answer) {
    assert!([200, 201].contains(&answer.status), "{answer:?}");
}

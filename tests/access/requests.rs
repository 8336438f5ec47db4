//! One effective request for each endpoint of the contract.

use contract::Route;
use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, borrow, loan};

/// The first id of the books and patrons that [`add_targets`] adds.
const FIRST: i64 = 1001;
/// The number of requests that can be made on them.
const TARGETS: i64 = 400;
/// The offset from a book's id to the id of one without copies.
const WITHOUT_COPIES: i64 = 10_000;

/// A request that succeeds and, unless it reads, changes a row.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
}

impl Request {
    /// Sends it.
    pub fn send(&self, client: &Client) -> Answer {
        match &self.body {
            Some(body) => client.send_json(self.method, &self.path, body),
            None => client.send(self.method, &self.path),
        }
    }
}

/// Adds the books and patrons that the requests are about: each request has its own.
pub async fn add_targets(app: &TestApp) {
    let ids = || FIRST..FIRST + TARGETS;
    let mut catalog = app.database.admin(Store::Catalog).await;
    let insert = "INSERT INTO books (id, title, author, count, thumbnailUrl) \
                  VALUES (?, CONCAT('Title ', ?), 'Author', ?, '')";
    catalog.exec_batch(insert, ids().map(|id| (id, id, 2))).await.unwrap();
    let bare = ids().map(|id| id + WITHOUT_COPIES).map(|id| (id, id, 0));
    catalog.exec_batch(insert, bare).await.unwrap();
    let mut patrons = app.database.admin(Store::Patrons).await;
    let insert = "INSERT INTO patrons (id, firstName, lastName, patronNum, role) \
                  VALUES (?, 'First', 'Last', CONCAT('CARD-', ?), 'user')";
    patrons.exec_batch(insert, ids().map(|id| (id, id))).await.unwrap();
}

/// A request for `route`, after what it needs has been prepared by `admin`. `number` chooses the book and the patron; a
/// request with the same number must not be made before. `librarian` is the token of a librarian's session.
///
/// # Panics
/// If no request is known for a route that changes something.
pub fn prepare(route: &Route, number: i64, admin: &Client, librarian: &str) -> Request {
    let id = FIRST + number;
    assert!(number < TARGETS, "add more targets");
    let (method, template) = (route.method.as_str(), route.path);
    let done = |method, path: &str, body: Value| {
        let answer = admin.send_json(method, path, &body);
        assert!([200, 201].contains(&answer.status), "{method} {path}: {answer:?}");
        answer.json()
    };
    let log_in = || {
        let card = format!("CARD-{id}");
        let login = json!({"first_name": "First", "last_name": "Last", "number": card});
        json!({ "login": login })
    };
    let session = || {
        let session = done("POST", "/patdb/sessions", log_in());
        json!({"session": session["session"]})
    };
    let pair = json!({"book_id": id, "patron_id": id});
    let new_loan = loan(id, id, "2026-03-01", "9999-03-15");
    let lend = || done("POST", "/borrowdb", new_loan.clone());
    let (title, card) = (format!("Title {id}"), format!("CARD-{id}"));

    let body = match (method, template) {
        ("GET", _) => None,
        ("POST", "/catdb/books") => {
            Some(json!({"book": {"title": format!("New {id}"), "author": "A", "count": 1}}))
        }
        ("PUT", "/catdb/books/{id}") => Some(json!({"book": {
            "from": {"title": title, "author": "Author", "thumbnailUrl": ""},
            "to": {"title": format!("Corrected {id}"), "author": "Author"},
        }})),
        ("DELETE", "/catdb/books/{id}") => None,
        ("PUT", "/catdb/books/{id}/copies") => Some(json!({"copies": {"from": 2, "to": 3}})),
        ("PUT", "/catdb/books/{id}/withdrawn") => Some(json!({"withdrawn": 1})),
        ("POST", "/patdb/patrons") => Some(
            json!({"patron": {"first_name": "N", "last_name": "N", "number": format!("NEW-{id}")}}),
        ),
        ("PUT", "/patdb/patrons/{id}") => Some(json!({"patron": {
            "from": {"first_name": "First", "last_name": "Last", "number": card},
            "to": {"first_name": "Corrected", "last_name": "Last", "number": card},
        }})),
        ("PUT", "/patdb/patrons/{id}/blocked") => Some(json!({"blocked": true})),
        ("PUT", "/patdb/patrons/{id}/pin") => {
            Some(json!({"pin": {"session": librarian, "new_pin": tests::PIN}}))
        }
        ("POST", "/patdb/sessions") => Some(log_in()),
        ("POST", "/patdb/sessions/use") | ("DELETE", "/patdb/sessions") => Some(session()),
        ("POST", "/patdb/sessions/reset") => {
            session();
            Some(json!({"reset": {}}))
        }
        ("POST", "/borrowdb") => Some(new_loan.clone()),
        ("POST", "/borrowdb/renew") => {
            lend();
            Some(json!({ "renew": pair }))
        }
        ("DELETE", "/borrowdb") => {
            lend();
            Some(json!({ "return": pair }))
        }
        ("POST", "/borrowdb/withdraw") => {
            Some(json!({"withdraw": {"book_id": id, "limits": {"copies": 2}}}))
        }
        ("POST", "/borrowdb/reset") => {
            lend();
            Some(json!({"reset": {}}))
        }
        ("DELETE", "/borrowdb/history/{patronId}") => {
            lend();
            done("DELETE", "/borrowdb", json!({ "return": pair }));
            None
        }
        ("PUT", "/catdb/demo" | "/patdb/demo" | "/borrowdb/demo") => {
            Some(json!({"demo": {"epoch": number}}))
        }
        ("POST", "/borrow/demo") => Some(json!({"reset": {}})),
        ("POST", "/borrow") => Some(borrow(id, id)),
        ("DELETE", "/borrow") => {
            lend();
            Some(borrow(id, id))
        }
        ("POST", "/borrow/renew") => {
            lend();
            Some(borrow(id, id))
        }
        ("POST", "/borrow/withdraw") => Some(json!({"withdraw": {"book_id": id}})),
        _ => panic!("{method} {template} is new: add a request that changes something"),
    };
    let of = match (method, template) {
        // The librarian's own row: nobody else has a PIN.
        (_, "/patdb/patrons/{id}/pin") => 7,
        ("DELETE", "/catdb/books/{id}") => id + WITHOUT_COPIES,
        _ => id,
    };
    let path = template
        .split('/')
        .map(|segment| match segment {
            "{id}" | "{bookId}" | "{patronId}" => of.to_string(),
            "{date}" => "2026-03-15".to_owned(),
            "{name}" if template.starts_with("/catdb") => "Author".to_owned(),
            "{name}" => "First".to_owned(),
            "{text}" => "Title".to_owned(),
            "{patronNum}" => card.clone(),
            "{person}" => format!("First_Last_{card}"),
            literal => literal.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/");
    let query = if template == "/borrowdb/shelf" { format!("?books={id}") } else { String::new() };
    Request { method, path: path + query.as_str(), body }
}

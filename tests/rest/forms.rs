//! Who may use which page, and whose forms are taken: tried for every route there is.

use frontend::routes::{Access, ROUTES, Route};
use tests::{Client, TestApp, TestDatabase, borrow};

use crate::person::{Person, hidden};

/// Every route with who it is meant for. Whoever adds a route says here whose it is.
const WHOSE: [(&str, &str, Access); 26] = [
    ("GET", "/assets/{name}", Access::Public),
    ("GET", "/", Access::Everyone),
    ("POST", "/", Access::Patron),
    ("GET", "/book/{id}", Access::Everyone),
    ("GET", "/login", Access::Everyone),
    ("POST", "/login", Access::Everyone),
    ("GET", "/logout", Access::Patron),
    ("POST", "/logout", Access::Patron),
    ("GET", "/booklist", Access::Patron),
    ("POST", "/booklist", Access::Patron),
    ("GET", "/booklist/history", Access::Patron),
    ("POST", "/booklist/history", Access::Patron),
    ("GET", "/booklist.ics", Access::Patron),
    ("GET", "/about", Access::Everyone),
    ("GET", "/alert", Access::Public),
    ("GET", "/administrator", Access::Librarian),
    ("GET", "/administrator/loans", Access::Librarian),
    ("POST", "/administrator/loans", Access::Librarian),
    ("GET", "/administrator/books", Access::Librarian),
    ("POST", "/administrator/books", Access::Librarian),
    ("GET", "/administrator/books/{id}", Access::Librarian),
    ("POST", "/administrator/books/{id}", Access::Librarian),
    ("GET", "/administrator/patrons", Access::Librarian),
    ("POST", "/administrator/patrons", Access::Librarian),
    ("GET", "/administrator/reset", Access::Librarian),
    ("POST", "/administrator/reset", Access::Librarian),
];

/// What became of somebody at a route.
#[derive(Debug, PartialEq, Eq)]
enum Reception {
    Admitted,
    LedToTheLogin,
    Refused,
}

#[tokio::test]
async fn each_route_is_for_whom_it_is_meant_and_nobody_else() {
    let listed = |route: &Route| {
        WHOSE.iter().any(|(method, path, _)| (*method, *path) == (route.method, route.path))
    };
    let unlisted: Vec<_> = ROUTES.iter().filter(|route| !listed(route)).collect();
    assert!(unlisted.is_empty(), "whose are these? {unlisted:?}");
    assert_eq!(ROUTES.len(), WHOSE.len(), "listed, but no route");

    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let (stranger, patron, librarian) =
        (Person::at(&app), Person::patron(&app), Person::librarian(&app));
    for (method, path, access) in WHOSE {
        let by_role = |open: [bool; 3]| {
            [Reception::LedToTheLogin, Reception::Refused, Reception::Refused]
                .into_iter()
                .zip(open)
                .map(|(else_, open)| if open { Reception::Admitted } else { else_ })
                .collect::<Vec<_>>()
        };
        let expected = by_role(match access {
            Access::Public | Access::Everyone => [true, true, true],
            Access::Patron => [false, true, true],
            Access::Librarian => [false, false, true],
        });
        let received: Vec<_> =
            [&stranger, &patron, &librarian].map(|who| reception(who, method, path)).into();
        assert_eq!(received, expected, "{method} {path}, by a stranger, a patron, a librarian");
    }
}

/// What becomes of `person` at a route. A form is sent without its token: who is admitted is told of that.
fn reception(person: &Person, method: &str, path: &str) -> Reception {
    let style = person.get("/about").body;
    let style = style.split("href=\"/assets/").nth(1).and_then(|rest| rest.split('"').next());
    let target = path.replace("{id}", "7").replace("{name}", style.unwrap());
    let answer = match method {
        "POST" => person.post(&target, &[("key", "k")]),
        _ => person.get(&target),
    };
    match (answer.status, answer.header("location")) {
        (303, to) if to.starts_with("/login?next=") => Reception::LedToTheLogin,
        (403, _) if answer.body.contains("This page is for librarians") => Reception::Refused,
        (403, _) if method == "POST" && answer.body.contains("This form is not yours") => {
            Reception::Admitted
        }
        (200, _) | (303, "/") if method == "GET" => Reception::Admitted,
        _ => panic!("{method} {target}: {answer:?}"),
    }
}

#[tokio::test]
async fn a_form_is_taken_from_whom_it_was_made_for_and_a_get_changes_nothing() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    for book in [1, 2] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, 1)).status, 201);
    }
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(2, 1)).status, 200);

    for route in ROUTES.iter().filter(|route| route.method == "POST") {
        let someone = || match (route.path, route.access) {
            ("/login", _) => Person::at(&app),
            (_, Access::Librarian) => Person::librarian(&app),
            _ => Person::patron(&app),
        };
        let (person, another) = (someone(), someone());
        let (page, target, fields) = form_of(route);
        let form = person.get(page);
        let (token, key) = (hidden(&form, "token"), "k".to_owned());
        let foreign = another.token(page);
        let send = |person: &Person, token: Option<&str>| {
            let mut fields = fields.clone();
            fields.push(("key", &key));
            fields.extend(token.map(|token| ("token", token)));
            person.post(target, &fields)
        };
        let other_letter = if token.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{other_letter}{}", &token[1..]);
        let bare = Person::at(&app);
        let before = app.database.checksums().await;
        for (why, token) in [
            ("missing", None),
            ("empty", Some("")),
            ("forged", Some(forged.as_str())),
            ("foreign", Some(foreign.as_str())),
        ] {
            let answer = send(&person, token);
            assert_eq!(answer.status, 403, "{why} at {}: {answer:?}", route.path);
            assert!(answer.body.contains("This form is not yours"), "{}", answer.body);
            assert!(answer.body.contains("href=\"/\""), "it leads on");
        }
        // The right token without its cookie is nobody's.
        let answer = send(&bare, Some(&token));
        assert!([303, 403].contains(&answer.status), "{answer:?}");
        assert!(answer.status == 403 || answer.header("location").starts_with("/login"));
        // Neither does the same as a link anything.
        let query: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = person.get(&format!("{target}?{}&token={token}", query.join("&")));
        assert_eq!(app.database.checksums().await, before, "{} wrote something", route.path);

        let answer = send(&person, Some(&token));
        assert_eq!(answer.status, 303, "the form itself, at {}: {answer:?}", route.path);
        assert_ne!(app.database.checksums().await, before, "{} did nothing", route.path);
    }
}

/// Where a route's form stands, where it goes and what it says, so that something changes.
fn form_of(route: &Route) -> (&'static str, &'static str, Vec<(&'static str, &'static str)>) {
    match route.path {
        "/" => ("/", "/", vec![("book_id", "3")]),
        "/login" => (
            "/login",
            "/login",
            vec![
                ("user_first_name", "Laine"),
                ("user_last_name", "Scheidegger"),
                ("user_lib_id", "DEADBEEF2222"),
            ],
        ),
        "/logout" => ("/logout", "/logout", vec![]),
        "/booklist" => ("/booklist", "/booklist", vec![("renew", "1")]),
        "/booklist/history" => ("/booklist/history", "/booklist/history", vec![]),
        "/administrator/loans" => (
            "/administrator/loans",
            "/administrator/loans",
            vec![("return", "1"), ("patron_id", "1")],
        ),
        "/administrator/books" => (
            "/administrator/books",
            "/administrator/books",
            vec![("title", "T"), ("author", "A"), ("copies", "1"), ("cover", "")],
        ),
        "/administrator/books/{id}" => {
            ("/administrator/books/7", "/administrator/books/7", vec![("add", "1"), ("from", "2")])
        }
        "/administrator/patrons" => (
            "/administrator/patrons",
            "/administrator/patrons",
            vec![("first_name", "Tove"), ("last_name", "Jansson"), ("number", "MOOMIN-8")],
        ),
        "/administrator/reset" => ("/administrator/reset", "/administrator/reset", vec![]),
        other => panic!("what does the form at {other} say?"),
    }
}

#[tokio::test]
async fn a_form_sent_twice_is_one_wish() {
    let app = TestApp::start().await;
    let pete = Person::patron(&app);
    let page = pete.get("/");
    let (token, key) = (hidden(&page, "token"), hidden(&page, "key"));
    let fields = [("book_id", "3"), ("token", token.as_str()), ("key", key.as_str())];
    std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..2)
            .map(|_| {
                let (fields, cookie) = (fields, pete.cookie("session").unwrap());
                let client: Client = app.clone();
                scope.spawn(move || {
                    let browser = Person::at(&client);
                    browser.set_cookie("session", &cookie);
                    browser.post("/", &fields)
                })
            })
            .collect();
        for click in clicks {
            let answer = click.join().unwrap();
            assert_eq!((answer.status, answer.header("location")), (303, "/booklist"));
        }
    });
    // Both say that it is borrowed, and neither that it was already.
    let again = pete.post("/", &fields);
    assert_eq!(again.status, 303);
    assert!(pete.get("/booklist").body.contains("You have borrowed"));
    assert_eq!(app.get("/borrowdb").json()["transactions"].as_array().unwrap().len(), 1);
    // Given back and wished again from a fresh page, it is another loan.
    let page = pete.get("/booklist");
    let fields = [("return", "3"), ("token", token.as_str()), ("key", "other")];
    assert_eq!(pete.post("/booklist", &fields).status, 303);
    drop(page);
    let key = hidden(&pete.get("/"), "key");
    let fields = [("book_id", "3"), ("token", token.as_str()), ("key", key.as_str())];
    assert_eq!(pete.post("/", &fields).status, 303);
    assert_eq!(app.get("/borrowdb").json()["transactions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_no_form_of_ours_sends_is_a_friendly_400() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let (pete, marian) = (Person::patron(&app), Person::librarian(&app));
    let (token, desk) = (pete.token("/booklist"), marian.token("/administrator/books"));
    let before = app.database.checksums().await;
    for (person, token, path, fields) in [
        (&pete, &token, "/", vec![("key", "k")]),
        (&pete, &token, "/", vec![("key", "k"), ("book_id", "0")]),
        (&pete, &token, "/", vec![("key", "k"), ("book_id", "1"), ("book_id", "2")]),
        (&pete, &token, "/booklist", vec![("key", "k")]),
        (&pete, &token, "/booklist", vec![("renew", "1"), ("return", "1")]),
        (&marian, &desk, "/administrator/loans", vec![("return", "1")]),
        (&marian, &desk, "/administrator/books/1", vec![("add", "-1"), ("from", "2")]),
        (&marian, &desk, "/administrator/books/1", vec![("add", "99999"), ("from", "2")]),
        (&marian, &desk, "/administrator/books/1", vec![("withdraw", "2")]),
    ] {
        let fields = [fields, vec![("token", token.as_str())]].concat();
        let answer = person.post(path, &fields);
        assert_eq!(answer.status, 400, "{path} {fields:?}: {}", answer.body);
        assert!(answer.body.contains("Nothing was changed"), "{}", answer.body);
    }
    for (content_type, body) in [
        ("application/json", &b"{}"[..]),
        ("application/x-www-form-urlencoded", b"book_id=%ff"),
        ("application/x-www-form-urlencoded", &[b'a'; 70_000]),
    ] {
        let cookie = format!("session={}", pete.cookie("session").unwrap());
        let client = app.with("cookie", cookie).with("content-type", content_type);
        assert_eq!(client.send_bytes("POST", "/", body).status, 400, "{content_type}");
    }
    assert_eq!(app.database.checksums().await, before);
}

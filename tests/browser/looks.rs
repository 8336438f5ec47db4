//! Every page at every width, in light and dark.

use serde_json::json;
use tests::{TestApp, TestDatabase, borrow, free_port, loan};

use crate::{
    inspection::{Inspection, LANGUAGES},
    librarian::librarian,
    visitor::Visitor,
};

/// Every page shows how it was made, open in each picture.
const SHOW_WORK: (&str, &str) = ("show_work", "true");

/// A title of the maximum length without a place to break it.
const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und \
    <script>alert(1)</script> 図書館の本 كتاب المكتبة";

#[tokio::test]
async fn anonymous_pages_are_accessible_and_valid() {
    let app = library_with_loans().await;
    let mut inspection = Inspection::default();
    for (language, card) in LANGUAGES.into_iter().zip(["BUFFALOBILL1", "DEADBEEF2222"]) {
        let anna = Visitor::of(&app);
        anna.read_in(language);
        for (path, name) in [
            ("/", "catalog"),
            ("/?sort=newest&available=1", "catalog-available"),
            ("/?q=no+such+book", "catalog-empty"),
            ("/?author=Piper,+H.+Beam", "author"),
            ("/book/8", "book-on-loan"),
            ("/login?next=/booklist", "login"),
            ("/about", "about"),
            ("/api", "api"),
            ("/lab", "lab"),
            ("/no-such-page", "404"),
        ] {
            anna.visit(path);
            inspection.look_at(&anna, name);
        }
        let cookie = json!({"name": "session", "value": "ended", "url": app.origin()});
        anna.call("Network.setCookie", cookie);
        anna.visit("/book/8");
        inspection.look_at(&anna, "session-ended");
        anna.visit("/login");
        anna.press(&anna.text_of("form.fields button"));
        assert_eq!(anna.status(), 422);
        inspection.look_at(&anna, "login-empty");
        anna.log_in("Pete", "Nobody", card, "");
        inspection.look_at(&anna, "login-wrong");
        for _ in 0..5 {
            anna.log_in("Pete", "Nobody", card, "");
        }
        assert_eq!(anna.status(), 429);
        inspection.look_at(&anna, "login-too-often");
    }
    inspection.finish();
}

#[tokio::test]
async fn pages_of_a_broken_library_are_accessible_and_valid() {
    let unused = format!("http://127.0.0.1:{}", free_port());
    let broken_urls =
        [SHOW_WORK, ("borrowing_url", unused.as_str()), ("catalog_url", unused.as_str())];
    let broken = TestApp::start_on(TestDatabase::loaded().await, &broken_urls);
    // A service that answers with JSON of another shape.
    let wrong_url = [SHOW_WORK, ("catalog_url", "http://patrons.spin.internal")];
    let wrong = TestApp::start_on(TestDatabase::loaded().await, &wrong_url);
    let mut inspection = Inspection::default();
    for language in LANGUAGES {
        let anna = Visitor::of(&broken);
        anna.read_in(language);
        for (path, name) in [("/", "503"), ("/about", "about-unavailable")] {
            anna.visit(path);
            inspection.look_at(&anna, name);
        }
        let anna = Visitor::of(&wrong);
        anna.read_in(language);
        anna.visit("/");
        assert_eq!(anna.status(), 500);
        inspection.look_at(&anna, "500");
    }
    inspection.finish();
}

#[tokio::test]
async fn patron_pages_are_accessible_and_valid() {
    let app = library_with_loans().await;
    let mut inspection = Inspection::default();
    for language in LANGUAGES {
        let pete = Visitor::of(&app);
        pete.read_in(language);
        pete.visit("/login");
        pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
        inspection.look_at(&pete, "patron-welcome");
        for (path, name) in [
            ("/?sort=newest", "patron-catalog"),
            ("/book/21", "patron-book"),
            ("/booklist", "patron-books"),
            ("/booklist/history", "patron-history"),
            ("/booklist/history/delete", "patron-delete-history"),
            ("/logout", "patron-logout"),
            ("/administrator", "403"),
        ] {
            pete.visit(path);
            inspection.look_at(&pete, name);
        }
        pete.visit("/booklist");
        // Renew and Return, in any language.
        let buttons = pete.names("button");
        let give_back = buttons.iter().rfind(|name| name.ends_with("The Dance")).unwrap();
        pete.press(give_back);
        inspection.look_at(&pete, "patron-undo");
        pete.press(&pete.text_of(".notice-bar form button"));
        let laine = Visitor::of(&app);
        laine.read_in(language);
        laine.visit("/login?next=/");
        laine.log_in("Laine", "Scheidegger", "DEADBEEF2222", "");
        laine.visit("/?sort=title");
        inspection.look_at(&laine, "patron-limit");
        let reid = Visitor::of(&app);
        reid.read_in(language);
        reid.visit("/login?next=/booklist");
        reid.log_in("Reid", "Koffler", "BUMBLEBEE333", "");
        inspection.look_at(&reid, "patron-blocked");
        reid.visit("/book/10");
        inspection.look_at(&reid, "patron-blocked-book");
        let wilfred = Visitor::of(&app);
        wilfred.read_in(language);
        wilfred.visit("/login?next=/booklist");
        wilfred.log_in("Wilfred", "Hatter", "SKYWALKER444", "");
        inspection.look_at(&wilfred, "patron-no-books");
        wilfred.visit("/booklist/history");
        inspection.look_at(&wilfred, "patron-no-history");
    }
    inspection.finish();
}

#[tokio::test]
async fn desk_pages_are_accessible_and_valid() {
    let app = library_with_loans().await;
    let mut inspection = Inspection::default();
    for language in LANGUAGES {
        let marian = librarian(&app);
        marian.read_in(language);
        for (path, name) in [
            ("/administrator", "desk"),
            ("/administrator/loans", "desk-loans"),
            ("/administrator/loans?overdue=1", "desk-overdue"),
            ("/administrator/books?q=a", "desk-books"),
            ("/administrator/books/21", "desk-book"),
            ("/administrator/books/21/withdraw", "desk-withdraw"),
            ("/administrator/books/22/remove", "desk-remove"),
            ("/administrator/books?q=a&after=9999", "desk-beyond-end"),
            ("/administrator/patrons/3", "desk-blocked"),
            ("/administrator/patrons", "desk-patrons"),
            ("/administrator/patrons/1?q=a", "desk-patron"),
            ("/administrator/patrons/7", "desk-librarian"),
            ("/administrator/reset", "desk-reset"),
        ] {
            marian.visit(path);
            assert_eq!(marian.status(), 200, "{path}");
            inspection.look_at(&marian, name);
        }
        let send = |form: &str, fields: &[(&str, &str)]| {
            for (field, text) in fields {
                marian.fill_in(&marian.label(field), text);
            }
            marian.press(&marian.text_of(&format!("section[aria-labelledby={form}] button")));
        };
        marian.visit("/administrator/books");
        let cover = "https://example.org/cover.jpg";
        send("new-book", &[("title", LONG), ("author", "Somebody"), ("cover", cover)]);
        assert_eq!(marian.status(), 422);
        inspection.look_at(&marian, "desk-books-wrong");
        marian.visit("/administrator/books");
        send("new-book", &[("title", LONG), ("author", LONG)]);
        assert_eq!(marian.status(), 409);
        inspection.look_at(&marian, "desk-books-duplicate");
        for (fields, status, name) in [
            (&[("title", ""), ("author", "")][..], 422, "desk-book-wrong"),
            (&[("title", LONG), ("author", LONG)], 409, "desk-book-duplicate"),
        ] {
            marian.visit("/administrator/books/22");
            send("edit", fields);
            assert_eq!(marian.status(), status);
            inspection.look_at(&marian, name);
        }
        marian.visit("/administrator/patrons/7");
        send("pin", &[("new_pin", "sh0rt")]);
        assert_eq!(marian.status(), 422);
        inspection.look_at(&marian, "desk-pin-wrong");
        marian.visit("/administrator/patrons");
        let name = [("first_name", "Tove"), ("last_name", "Jansson"), ("number", "BUFFALOBILL1")];
        send("new-patron", &name);
        assert_eq!(marian.status(), 409);
        inspection.look_at(&marian, "desk-patrons-taken");
    }
    inspection.finish();
}

/// A library with long names and with loans of every kind.
async fn library_with_loans() -> TestApp {
    let demo = ("demo_mode", "true");
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[demo, SHOW_WORK]);
    let book = json!({"book": {"title": LONG, "author": LONG, "count": 3}});
    assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 201);
    for (book, patron, due) in
        [(21, 1, "2026-01-15"), (8, 1, "2126-03-15"), (8, 2, "2126-04-15"), (9, 3, "2126-05-15")]
    {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, patron, "2026-01-01", due));
        assert_eq!(answer.status, 201);
    }
    let without_copies = json!({"book": {"title": "Lost", "author": "Somebody", "count": 0}});
    assert_eq!(app.send_json("POST", "/catdb/books", &without_copies).status, 201);
    for book in [11, 12, 13] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, 2)).status, 201);
    }
    let blocked = app.send_json("PUT", "/patdb/patrons/3/blocked", &json!({"blocked": true}));
    assert_eq!(blocked.status, 201);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(10, 1)).status, 201);
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(10, 1)).status, 200);
    app
}

#[tokio::test]
async fn pages_make_sense_without_css() {
    let app = TestApp::start().await;
    let anna = Visitor::of(&app);
    anna.call("Network.setBlockedURLs", json!({"urls": ["*.css"]}));
    anna.visit("/book/8");
    let order = anna.text();
    let place = |text: &str| order.find(text).unwrap_or_else(|| panic!("no {text}: {order}"));
    let places = ["Skip to content", "Catalog", "The Dance", "Log in to borrow", "Copy 1"];
    assert!(places.map(place).is_sorted(), "{order}");
    anna.follow("Log in to borrow The Dance");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    anna.press("Borrow The Dance");
    anna.sees("You borrowed “The Dance”.");
}

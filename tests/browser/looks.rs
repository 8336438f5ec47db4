//! Every page at every width, in light and dark.

use serde_json::json;
use tests::{TestApp, TestDatabase, borrow, free_port, loan};

use crate::{inspection::Inspection, librarian::librarian, visitor::Visitor};

/// As long as a title may be, without a place to break it.
const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und \
    <script>alert(1)</script> 図書館の本 كتاب المكتبة";

#[tokio::test]
async fn a_stranger_s_pages_are_accessible_valid_and_whole() {
    let app = furnished().await;
    let mut inspection = Inspection::default();
    let stranger = Visitor::of(&app);
    for (path, name) in [
        ("/", "catalogue"),
        ("/?sort=newest&available=1", "catalogue-available"),
        ("/?q=nothing+is+called+so", "catalogue-empty"),
        ("/book/8", "book-on-loan"),
        ("/login?next=/booklist", "login"),
        ("/about", "about"),
        ("/no-such-page", "404"),
    ] {
        stranger.visit(path);
        inspection.look_at(&stranger, name);
    }
    stranger.visit("/login");
    stranger.log_in("Pete", "Nobody", "BUFFALOBILL1", "");
    inspection.look_at(&stranger, "login-wrong");
    for _ in 0..5 {
        stranger.log_in("Pete", "Nobody", "BUFFALOBILL1", "");
    }
    assert_eq!(stranger.status(), 429);
    inspection.look_at(&stranger, "login-too-often");

    let nobody = format!("http://127.0.0.1:{}", free_port());
    let away = [("borrowing_url", nobody.as_str()), ("catalog_url", nobody.as_str())];
    let broken = TestApp::start_on(TestDatabase::loaded().await, &away);
    let unlucky = Visitor::of(&broken);
    for (path, name) in [("/", "503"), ("/about", "about-away")] {
        unlucky.visit(path);
        inspection.look_at(&unlucky, name);
    }
    // A service that answers with something else than it should.
    let mixed_up = [("catalog_url", "http://patrons.spin.internal")];
    let broken = TestApp::start_on(TestDatabase::loaded().await, &mixed_up);
    let unlucky = Visitor::of(&broken);
    unlucky.visit("/");
    assert_eq!(unlucky.status(), 500);
    inspection.look_at(&unlucky, "500");
    inspection.finish();
}

#[tokio::test]
async fn a_patron_s_pages_are_accessible_valid_and_whole() {
    let app = furnished().await;
    let mut inspection = Inspection::default();
    let pete = Visitor::of(&app);
    pete.visit("/login");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    inspection.look_at(&pete, "patron-welcome");
    for (path, name) in [
        ("/?sort=newest", "patron-catalogue"),
        ("/book/21", "patron-book"),
        ("/booklist", "patron-books"),
        ("/booklist/history", "patron-history"),
        ("/logout", "patron-logout"),
        ("/administrator", "403"),
    ] {
        pete.visit(path);
        inspection.look_at(&pete, name);
    }
    let wilfred = Visitor::of(&app);
    wilfred.visit("/login?next=/booklist");
    wilfred.log_in("Wilfred", "Hatter", "SKYWALKER444", "");
    inspection.look_at(&wilfred, "patron-no-books");
    wilfred.visit("/booklist/history");
    inspection.look_at(&wilfred, "patron-no-history");
    inspection.finish();
}

#[tokio::test]
async fn the_desk_s_pages_are_accessible_valid_and_whole() {
    let app = furnished().await;
    let mut inspection = Inspection::default();
    let marian = librarian(&app);
    for (path, name) in [
        ("/administrator", "desk"),
        ("/administrator/loans", "desk-loans"),
        ("/administrator/loans?overdue=1", "desk-overdue"),
        ("/administrator/books?q=a", "desk-books"),
        ("/administrator/books/21", "desk-book"),
        ("/administrator/patrons", "desk-patrons"),
        ("/administrator/reset", "desk-reset"),
    ] {
        marian.visit(path);
        assert_eq!(marian.status(), 200, "{path}");
        inspection.look_at(&marian, name);
    }
    marian.visit("/administrator/books");
    marian.fill_in("Title", LONG);
    marian.fill_in("Author", "Somebody");
    marian.fill_in("Cover picture", "https://example.org/cover.jpg");
    marian.press("Add book");
    assert_eq!(marian.status(), 422);
    inspection.look_at(&marian, "desk-books-wrong");
    marian.visit("/administrator/patrons");
    marian.fill_in("First name", "Tove");
    marian.fill_in("Last name", "Jansson");
    marian.fill_in("Library card number", "BUFFALOBILL1");
    marian.press("Add patron");
    assert_eq!(marian.status(), 409);
    inspection.look_at(&marian, "desk-patrons-taken");
    inspection.finish();
}

/// A library with long names and with loans of every kind.
async fn furnished() -> TestApp {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let book = json!({"book": {"title": LONG, "author": LONG, "count": 3}});
    assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 201);
    for (book, patron, due) in
        [(21, 1, "2026-01-15"), (8, 1, "2126-03-15"), (8, 2, "2126-04-15"), (9, 3, "2126-05-15")]
    {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, patron, "2026-01-01", due));
        assert_eq!(answer.status, 201);
    }
    assert_eq!(app.send_json("POST", "/borrow", &borrow(10, 1)).status, 201);
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(10, 1)).status, 200);
    app
}

#[tokio::test]
async fn without_a_stylesheet_the_pages_are_still_in_order() {
    let app = TestApp::start().await;
    let stranger = Visitor::of(&app);
    stranger.call("Network.setBlockedURLs", json!({"urls": ["*.css"]}));
    stranger.visit("/book/8");
    let order = stranger.text();
    let place = |text: &str| order.find(text).unwrap_or_else(|| panic!("no {text}: {order}"));
    let places = ["Skip to the content", "Catalog", "The Dance", "Log in to borrow", "Copy 1"];
    assert!(places.map(place).is_sorted(), "{order}");
    stranger.follow("Log in to borrow The Dance");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    stranger.press("Borrow The Dance");
    stranger.sees("You have borrowed “The Dance”.");
}

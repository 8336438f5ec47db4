//! A patron's use of the pages, from the login to deleting the history.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::Value;
use tests::{Client, TestApp, loan};

use crate::visitor::Visitor;

#[tokio::test]
async fn a_patron_borrows_renews_returns_and_deletes_the_history() {
    let app = TestApp::start().await;
    let pete = patron(&app);
    pete.follow("Wild Kindred");
    pete.press("Borrow Wild Kindred");
    assert!(pete.place().starts_with("/book/"), "the page stays");
    let due = pete.evaluate("document.querySelector('.title-text time').dateTime");
    assert_eq!(app.get("/borrowdb").json()["transactions"][0][4], due);
    pete.sees("You borrowed “Wild Kindred”. It is due on ");
    let title = pete.evaluate("document.title");
    assert!(title.as_str().unwrap().starts_with("You borrowed “Wild Kindred”."), "{title}");
    // The notice leads there, and so does the menu.
    pete.follow("My books");
    pete.sees("You have 1 of 4 books.");
    pete.follow("My books 1 on loan");
    pete.sees("Due in 14 days");
    // The due date is machine-readable, too.
    let due = pete.evaluate("document.querySelector('main li time').dateTime");
    assert_eq!(app.get("/borrowdb").json()["transactions"][0][4], due);

    pete.press("Renew Wild Kindred");
    pete.sees("You renewed “Wild Kindred”.");
    pete.sees("Due in 28 days");
    pete.sees("Renewed once");
    pete.press("Renew Wild Kindred");
    pete.sees("Renewed twice");
    pete.sees("No more renewals");
    assert!(!pete.names("button").contains(&"Renew Wild Kindred".to_owned()));

    pete.visit("/");
    pete.sees("You have it until");
    pete.press("Return Wild Kindred");
    assert_eq!(pete.place(), "/");
    pete.sees("You returned “Wild Kindred”.");
    pete.press("Undo");
    pete.sees("You borrowed “Wild Kindred”.");
    pete.visit("/booklist");
    pete.press("Return Wild Kindred");
    pete.sees("You returned “Wild Kindred”.");
    pete.sees("You have no books right now.");
    pete.follow("Borrowing history");
    pete.sees("Wild Kindred");
    pete.follow("Delete my history");
    pete.sees("Delete 2 past loans?");
    pete.press("Delete my history");
    pete.sees("2 past loans are deleted.");
    pete.sees("You have not borrowed anything yet");
    assert!(app.get("/borrowdb/history/1").json()["transactions"].is_null());
    pete.press("Log out");
    assert_eq!(pete.place(), "/");
    pete.sees("You are logged out.");
    pete.visit("/booklist");
    assert_eq!(pete.place(), "/login?next=/booklist");
}

#[tokio::test]
async fn double_click_reload_and_back_never_borrow_twice() {
    let app = TestApp::start().await;
    let pete = patron(&app);
    pete.press_twice("Borrow Wild Kindred");
    pete.visit("/booklist");
    pete.sees("You have 1 of 4 books.");
    pete.does_not_see("You already have “Wild Kindred”.");
    assert_eq!(open_loans(&app), 1);
    pete.reload();
    assert_eq!(open_loans(&app), 1);

    pete.visit("/");
    pete.press("Borrow Around the Wicket Gate");
    pete.reload();
    assert_eq!((pete.place().as_str(), open_loans(&app)), ("/", 2));
    pete.go_back();
    pete.sees("You have it until");
    assert_eq!(pete.place(), "/");
    assert_eq!(open_loans(&app), 2);
}

#[tokio::test]
async fn the_last_copy_goes_to_one_of_two_patrons() {
    let app = TestApp::start().await;
    let first = app.send_json("POST", "/borrow", &tests::borrow(9, 3));
    assert_eq!(first.status, 201);
    let (pete, laine) = (patron(&app), Visitor::of(&app));
    laine.visit("/login");
    laine.log_in("Laine", "Scheidegger", "DEADBEEF2222", "");
    let title = app.get("/catdb/9").json()["book"][0][1].as_str().unwrap().to_owned();
    for visitor in [&pete, &laine] {
        visitor.visit("/book/9");
        visitor.sees("1 of 2 left");
    }
    pete.press(&format!("Borrow {title}"));
    pete.sees(&format!("You borrowed “{title}”."));
    laine.press(&format!("Borrow {title}"));
    laine.sees(&format!("All copies of “{title}” are on loan."));
    laine.visit("/booklist");
    laine.sees("You have no books right now.");
    laine.visit("/book/9");
    laine.sees("On loan until");
    assert!(!laine.names("button").contains(&format!("Borrow {title}")));
}

#[tokio::test]
async fn refusals_name_the_book_and_the_reason() {
    let app = TestApp::start().await;
    let pete = patron(&app);
    for title in ["Wild Kindred", "Around the Wicket Gate", "The Dance"] {
        pete.visit("/");
        pete.press(&format!("Borrow {title}"));
    }
    pete.visit("/book/15");
    // Meanwhile the fourth book is borrowed elsewhere.
    assert_eq!(app.send_json("POST", "/borrow", &tests::borrow(9, 1)).status, 201);
    pete.press("Borrow The Cosmic Computer");
    pete.sees("You have reached your loan limit. Return a book to borrow “The Cosmic Computer”.");
    pete.visit("/booklist");
    pete.press("Renew all");
    pete.sees("All 4 books are renewed.");
    pete.press("Renew all");
    pete.sees("All 4 books are renewed. The next one is due on");
    pete.does_not_see("Renew all");
}

#[tokio::test]
async fn overdue_loans_are_shown_in_words_on_every_page() {
    let app = TestApp::start().await;
    for (book, due) in [(7, "2026-01-15"), (8, "2126-03-15")] {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, 1, "2026-01-01", due));
        assert_eq!(answer.status, 201);
    }
    let pete = patron(&app);
    for path in ["/", "/booklist", "/book/7", "/booklist/history", "/about"] {
        pete.visit(path);
        assert!(pete.names("link").contains(&"My books 2 on loan 1 overdue".to_owned()), "{path}");
    }
    pete.visit("/booklist");
    pete.sees("OVERDUE for");
    pete.sees("15 January 2026");
    pete.visit("/no-such-page");
    assert!(pete.names("link").contains(&"My books 2 on loan 1 overdue".to_owned()));
}

#[tokio::test]
async fn a_session_that_ended_is_reported_and_the_login_leads_back() {
    let app = TestApp::start().await;
    let pete = patron(&app);
    let mut patrons = app.database.admin(Store::Patrons).await;
    patrons.query_drop("UPDATE sessions SET usedAt = usedAt - INTERVAL 31 MINUTE").await.unwrap();
    pete.visit("/?q=dance");
    pete.sees("You were logged out. Log in to continue where you left off.");
    pete.follow("Log in again");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(pete.place(), "/?q=dance");
    pete.press("Log out");
    pete.visit("/?q=dance");
    pete.does_not_see("You were logged out");
}

#[tokio::test]
async fn the_printed_slip_has_titles_and_dates_and_no_buttons() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &tests::borrow(8, 1)).status, 201);
    let pete = patron(&app);
    pete.visit("/booklist");
    pete.call("Emulation.setEmulatedMedia", serde_json::json!({"media": "print"}));
    pete.sees("Due-date slip for Pete Dymond");
    pete.sees("The Dance");
    for screen_only in ["Renew", "Search", "on loan", "Log out", "in 14 days"] {
        pete.does_not_see(screen_only);
    }
}

/// Pete, just logged in.
fn patron(app: &Client) -> Visitor {
    let pete = Visitor::of(app);
    pete.visit("/login");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    pete.sees("Welcome, Pete.");
    pete
}

fn open_loans(app: &Client) -> usize {
    match &app.get("/borrowdb").json()["transactions"] {
        Value::Array(loans) => loans.len(),
        _ => 0,
    }
}

//! What a patron does at the pages, from the login to the history that is forgotten.

use serde_json::Value;
use tests::{Client, TestApp, loan};

use crate::visitor::Visitor;

#[tokio::test]
async fn a_patron_borrows_renews_returns_and_forgets() {
    let app = TestApp::start().await;
    let pete = patron(&app);
    pete.follow("Wild Kindred");
    pete.press("Borrow Wild Kindred");
    assert_eq!(pete.place(), "/booklist");
    pete.sees("You have borrowed “Wild Kindred”.");
    pete.sees("You have one book.");
    pete.sees("Due in 14 days");
    assert_eq!(pete.names("link").iter().filter(|name| *name == "My books 1").count(), 1);
    // The page says what is due for machines, too.
    let due = pete.evaluate("document.querySelector('main li time').dateTime");
    assert_eq!(app.get("/borrowdb").json()["transactions"][0][4], due);

    pete.press("Renew Wild Kindred");
    pete.sees("“Wild Kindred” is renewed.");
    pete.sees("Due in 28 days");
    pete.sees("Renewed once");
    pete.press("Renew Wild Kindred");
    pete.sees("Renewed twice");
    pete.press("Renew Wild Kindred");
    pete.sees("“Wild Kindred” has been renewed as often as one may.");

    pete.visit("/");
    pete.sees("You have it, due in 42 days");
    pete.press("Return Wild Kindred");
    pete.sees("“Wild Kindred” is returned.");
    pete.sees("You have no books at the moment.");
    pete.follow("Borrowing history");
    pete.sees("Wild Kindred");
    pete.press("Forget my history");
    pete.sees("One past loan is forgotten.");
    pete.sees("You have not borrowed anything yet");
    assert!(app.get("/borrowdb/history/1").json()["transactions"].is_null());
    pete.press("Log out");
    assert_eq!(pete.place(), "/");
    pete.sees("You are logged out.");
    pete.visit("/booklist");
    assert_eq!(pete.place(), "/login?next=/booklist");
}

#[tokio::test]
async fn a_double_click_a_reload_and_the_way_back_never_borrow_twice() {
    let app = TestApp::start().await;
    let pete = patron(&app);
    pete.press_twice("Borrow Wild Kindred");
    pete.visit("/booklist");
    pete.sees("You have one book.");
    pete.does_not_see("You have “Wild Kindred” already.");
    assert_eq!(open_loans(&app), 1);
    pete.reload();
    assert_eq!(open_loans(&app), 1);

    pete.visit("/");
    pete.press("Borrow Around the Wicket Gate");
    pete.reload();
    assert_eq!((pete.place().as_str(), open_loans(&app)), ("/booklist", 2));
    pete.go_back();
    pete.sees("You have it, due in 14 days");
    assert_eq!(pete.place(), "/");
    assert_eq!(open_loans(&app), 2);
}

#[tokio::test]
async fn of_two_patrons_who_want_the_last_copy_one_is_told_who_was_faster() {
    let app = TestApp::start().await;
    let first = app.send_json("POST", "/borrow", &tests::borrow(9, 3));
    assert_eq!(first.status, 201);
    let (pete, laine) = (patron(&app), Visitor::of(&app));
    laine.visit("/login");
    laine.log_in("Laine", "Scheidegger", "DEADBEEF2222", "");
    let title = app.get("/catdb/9").json()["book"][0][1].as_str().unwrap().to_owned();
    for visitor in [&pete, &laine] {
        visitor.visit("/book/9");
        visitor.sees("Last copy");
    }
    pete.press(&format!("Borrow {title}"));
    pete.sees(&format!("You have borrowed “{title}”."));
    laine.press(&format!("Borrow {title}"));
    laine.sees(&format!("Every copy of “{title}” is on loan."));
    laine.sees("You have no books at the moment.");
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
    // Meanwhile the fourth is borrowed elsewhere.
    assert_eq!(app.send_json("POST", "/borrow", &tests::borrow(9, 1)).status, 201);
    pete.press("Borrow The Cosmic Computer");
    pete.sees(
        "“The Cosmic Computer” was not lent: you have as many books as one may have at a time.",
    );
    pete.press("Renew all");
    pete.sees("All 4 books are renewed.");
    pete.press("Renew all");
    pete.press("Renew all");
    pete.sees("None of your books could be renewed");
}

#[tokio::test]
async fn what_is_overdue_is_said_in_words_on_every_page() {
    let app = TestApp::start().await;
    for (book, due) in [(7, "2026-01-15"), (8, "2126-03-15")] {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, 1, "2026-01-01", due));
        assert_eq!(answer.status, 201);
    }
    let pete = patron(&app);
    for path in ["/", "/booklist", "/book/7", "/booklist/history", "/about"] {
        pete.visit(path);
        assert!(pete.names("link").contains(&"My books 2 1 overdue".to_owned()), "{path}");
    }
    pete.visit("/booklist");
    pete.sees("OVERDUE for");
    pete.sees("15 January 2026");
}

#[tokio::test]
async fn the_slip_that_is_printed_has_titles_and_days_and_no_buttons() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &tests::borrow(8, 1)).status, 201);
    let pete = patron(&app);
    pete.visit("/booklist");
    pete.call("Emulation.setEmulatedMedia", serde_json::json!({"media": "print"}));
    pete.sees("Due-date slip for Pete Dymond");
    pete.sees("The Dance");
    pete.sees("Due in 14 days");
    for screen_only in ["Renew", "Search", "My books 1", "Log out"] {
        pete.does_not_see(screen_only);
    }
}

/// Pete, who has just logged in.
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

//! The pages without a mouse.

use tests::{TestApp, TestDatabase};

use crate::{librarian::librarian, visitor::Visitor};

#[tokio::test]
async fn visitors_navigate_with_the_keyboard() {
    let app = TestApp::start().await;
    let anna = Visitor::of(&app);
    anna.visit("/");
    anna.key("Tab");
    anna.sees_focus_on("link", "Skip to content");
    anna.key("Enter");
    anna.sees_focus_on("main", "");
    anna.visit("/no-such-page");
    assert_eq!(anna.status(), 404);
    anna.tab_to("link", "About");
    anna.enter();
    assert_eq!((anna.place().as_str(), anna.status()), ("/about", 200));
    anna.sees("About this library");
    anna.follow("Catalog");
    assert_eq!(anna.place(), "/");
}

#[tokio::test]
async fn a_patron_borrows_and_returns_with_the_keyboard() {
    let app = TestApp::start().await;
    let pete = Visitor::of(&app);
    pete.visit("/login?next=/book/8");
    for (label, text) in
        [("First name", "Pete"), ("Last name", "Dymond"), ("Library card number", "BUFFALOBILL1")]
    {
        pete.tab_to("textbox", label);
        pete.call("Input.insertText", serde_json::json!({"text": text}));
    }
    pete.enter();
    assert_eq!(pete.place(), "/book/8");
    pete.tab_to("button", "Borrow The Dance");
    pete.enter();
    pete.sees("You borrowed “The Dance”.");
    assert_eq!(pete.place(), "/book/8", "the page stays");
    pete.visit("/booklist");
    pete.tab_to("button", "Renew The Dance");
    pete.enter();
    pete.sees("You renewed “The Dance”.");
    pete.tab_to("button", "Return The Dance");
    // The focus is visible.
    let outline = pete.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    assert_ne!(outline, "none");
    pete.enter();
    pete.sees("You returned “The Dance”.");
    pete.tab_to("button", "Log out");
    pete.enter();
    pete.sees("You are logged out.");
}

#[tokio::test]
async fn a_librarian_searches_and_lends_with_the_keyboard() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    let search = |field: &str, text: &str| {
        marian.tab_to("searchbox", field);
        marian.call("Input.insertText", serde_json::json!({"text": text}));
        marian.enter();
    };
    search("Title or author", "cosmic");
    assert_eq!(marian.place(), "/?q=cosmic");
    marian.sees("The Cosmic Computer");
    marian.visit("/administrator/patrons");
    search("Name or card number", "dymond");
    marian.tab_to("link", "Pete Dymond");
    marian.enter();
    // The first field of this name is the catalog's.
    marian.tab_to("searchbox", "Title or author");
    search("Title or author", "dance");
    assert!(marian.place().starts_with("/administrator/patrons/1?q=dance"));
    marian.tab_to("button", "Lend The Dance");
    marian.enter();
    marian.sees("Pete Dymond has “The Dance”.");
}

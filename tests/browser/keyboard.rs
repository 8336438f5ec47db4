//! The pages without a mouse.

use tests::TestApp;

use crate::visitor::Visitor;

#[tokio::test]
async fn a_stranger_gets_around_with_the_keyboard() {
    let app = TestApp::start().await;
    let stranger = Visitor::of(&app);
    stranger.visit("/");
    stranger.key("Tab");
    assert_eq!(stranger.focused(), ("link".into(), "Skip to the content".into()));
    stranger.key("Enter");
    assert_eq!(stranger.focused().0, "main", "the menu is skipped");
    stranger.visit("/no-such-page");
    assert_eq!(stranger.status(), 404);
    stranger.tab_to("link", "About");
    stranger.enter();
    assert_eq!((stranger.place().as_str(), stranger.status()), ("/about", 200));
    stranger.sees("About this library");
    stranger.follow("Catalog");
    assert_eq!(stranger.place(), "/");
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
    pete.sees("You have borrowed “The Dance”.");
    pete.tab_to("button", "Return The Dance");
    // Who sees the page sees where the focus is.
    let outline = pete.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    assert_ne!(outline, "none");
    pete.enter();
    pete.sees("“The Dance” is returned.");
    pete.tab_to("button", "Log out");
    pete.enter();
    pete.sees("You are logged out.");
}

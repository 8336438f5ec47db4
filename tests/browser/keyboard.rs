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

//! Every page at every width, in light and dark.

use tests::TestApp;

use crate::{inspection::Inspection, visitor::Visitor};

#[tokio::test]
async fn every_page_is_accessible_valid_and_whole() {
    let app = TestApp::start().await;
    let stranger = Visitor::of(&app);
    let mut inspection = Inspection::default();
    for (path, name) in [("/", "catalogue"), ("/about", "about"), ("/no-such-page", "404")] {
        stranger.visit(path);
        inspection.look_at(&stranger, name);
    }
    inspection.finish();
}

//! The panel "How this page was made" and the lab, by mouse and without scripts.

use tests::{TestApp, TestDatabase};

use crate::visitor::Visitor;

#[tokio::test]
async fn a_patron_sees_what_a_click_went_through() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("show_work", "true")]);
    let pete = Visitor::of(&app);
    pete.visit("/book/8");
    let summary = pete.open_work();
    assert!(summary.contains("calls, ") && summary.ends_with(" ms"), "{summary}");
    pete.sees("frontend calls catalog: GET /catdb/{id}, 200");
    pete.sees("WHERE book.id = ?");
    pete.sees("components/catalog/src/store.rs");
    pete.follow("Log in to borrow The Dance");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    pete.press("Borrow The Dance");
    pete.does_not_see("lending calls borrowing");
    pete.open_work();
    pete.sees("Your previous click, POST /");
    pete.sees("lending calls borrowing: POST /borrowdb, 201");
    pete.sees("at the same time as");
    pete.sees("INSERT INTO loans");
    assert_eq!(pete.objections(), [""; 0], "the security policy allows all of it");
    pete.reload();
    pete.open_work();
    pete.does_not_see("Your previous click");
}

#[tokio::test]
async fn a_visitor_breaks_a_service_and_repairs_it() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("show_work", "true")]);
    let (curious, other) = (Visitor::of(&app), Visitor::of(&app));
    curious.visit("/");
    curious.follow("Break a service");
    curious.choose("catalog", "does not answer");
    curious.press("Apply");
    curious.sees("Broken in this browser: catalog does not answer.");
    curious.visit("/book/8");
    assert_eq!(curious.status(), 503);
    curious.sees("The library is temporarily unavailable");
    curious.sees("Broken in this browser: catalog does not answer.");
    other.visit("/book/8");
    other.sees("The Dance");
    other.does_not_see("Broken in this browser");
    curious.press("Repair everything");
    assert_eq!(curious.place(), "/book/8");
    curious.sees("The Dance");
    curious.does_not_see("Broken in this browser");
}

//! What somebody does at the pages who has no library card, or has not shown it yet.

use serde_json::json;
use tests::{TestApp, TestDatabase, free_port, loan};

use crate::visitor::Visitor;

#[tokio::test]
async fn a_stranger_finds_books_and_is_asked_to_log_in_for_the_rest() {
    let app = TestApp::start().await;
    let stranger = Visitor::of(&app);
    stranger.visit("/");
    stranger.sees("20 titles on our shelves");
    stranger.sees("Available, 2 of 2");
    stranger.fill_in("Title or author", "pIPER");
    stranger.press("Search");
    assert_eq!(stranger.place(), "/?q=pIPER");
    stranger.sees("One title with “pIPER”");
    stranger.follow("The Cosmic Computer");
    stranger.sees("Copy 2");
    stranger.follow("Log in to borrow The Cosmic Computer");
    assert_eq!(stranger.place(), "/login?next=/book/15");
    // What the login led away from is where it leads back to.
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(stranger.place(), "/book/15");
    stranger.sees("Welcome, Pete.");
    stranger.reload();
    stranger.does_not_see("Welcome, Pete.");
}

#[tokio::test]
async fn wrong_details_are_told_in_words_that_give_nothing_away() {
    let app = TestApp::start().await;
    let stranger = Visitor::of(&app);
    stranger.visit("/booklist");
    assert_eq!(stranger.place(), "/login?next=/booklist");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL2", "");
    assert_eq!(stranger.status(), 422);
    stranger.sees("These details do not belong together.");
    let typed = "[...document.querySelectorAll('main input:not([type=hidden])')].map(i => i.value)";
    assert_eq!(stranger.evaluate(typed), json!(["Pete", "Dymond", "", ""]));
    stranger.fill_in("Library card number", "BUFFALOBILL1");
    stranger.press("Log in");
    assert_eq!(stranger.place(), "/booklist");
    stranger.sees("You have no books at the moment.");
}

#[tokio::test]
async fn the_catalogue_is_sorted_filtered_and_paged_by_links_that_last() {
    let app = TestApp::start().await;
    for number in 1..=30 {
        let book =
            json!({"book": {"title": format!("Zebra {number:02}"), "author": "Z", "count": 1}});
        assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 201);
    }
    // The first of them is out.
    let out = loan(21, 1, "2026-03-01", "2126-05-03");
    assert_eq!(app.send_json("POST", "/borrowdb", &out).status, 201);
    let stranger = Visitor::of(&app);
    stranger.visit("/");
    stranger.sees("50 titles on our shelves");
    stranger.follow("Title");
    stranger.follow("Next page");
    let second = stranger.place();
    let titles = stranger.names("heading");
    stranger.follow("Next page");
    stranger.sees("Zebra 30");
    stranger.follow("Previous page");
    assert_eq!(stranger.names("heading"), titles);
    stranger.visit(&second);
    assert_eq!(stranger.names("heading"), titles, "the link leads to the same page");

    stranger.visit("/?q=zebra&sort=title");
    stranger.sees("30 titles with “zebra”");
    stranger.sees("On loan until 3 May 2126");
    stranger.follow("Available now");
    stranger.does_not_see("Zebra 01");
    stranger.sees("Zebra 02");
    stranger.follow("Available now only: show all");
    stranger.sees("Zebra 01");
    stranger.follow("Newest");
    assert_eq!(stranger.names("heading")[1], "Zebra 30");
    stranger.fill_in("Title or author", "no book is called so");
    stranger.press("Search");
    stranger.sees("No title or author with “no book is called so”");
    stranger.follow("Go to the catalog");
    assert_eq!(stranger.place(), "/");
}

#[tokio::test]
async fn errors_lead_on_and_the_old_alert_leads_home() {
    let app = TestApp::start().await;
    let stranger = Visitor::of(&app);
    stranger.visit("/alert");
    assert_eq!(stranger.place(), "/");
    stranger.visit("/book/99");
    assert_eq!(stranger.status(), 404);
    stranger.sees("This page is not on our shelves");
    stranger.follow("Go to the catalog");
    stranger.visit("/administrator");
    assert_eq!(stranger.place(), "/login?next=/administrator");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!((stranger.place().as_str(), stranger.status()), ("/administrator", 403));
    stranger.sees("This page is for librarians");
}

#[tokio::test]
async fn with_a_service_down_the_page_still_comes_and_says_what_is_missing() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let apart = async |variable| {
        TestApp::start_on(TestDatabase::loaded().await, &[(variable, nobody.as_str())])
    };
    let app = apart("borrowing_url").await;
    let stranger = Visitor::of(&app);
    stranger.visit("/");
    assert_eq!(stranger.status(), 200);
    stranger.sees("Who has which book cannot be looked up right now.");
    stranger.sees("Wild Kindred");
    stranger.visit("/book/7");
    stranger.sees("St. Augustine, Florida's Colonial Capital");
    stranger.visit("/about");
    stranger.sees("Does not answer");
    stranger.sees("Well");
    stranger.visit("/login?next=/booklist");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(stranger.status(), 503);
    stranger.sees("The library is closed for a moment");

    let app = apart("catalog_url").await;
    let stranger = Visitor::of(&app);
    let answer = app.send_json("POST", "/borrowdb", &loan(7, 1, "2026-03-01", "2126-03-15"));
    assert_eq!(answer.status, 201);
    stranger.visit("/login?next=/booklist");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    stranger.sees("Book no. 7");
    stranger.sees("titles and pictures are missing");

    let app = apart("patrons_url").await;
    let stranger = Visitor::of(&app);
    stranger.visit("/login");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(stranger.status(), 503);
    stranger.follow("Go to the catalog");
    stranger.sees("20 titles on our shelves");

    let app = apart("lending_url").await;
    let stranger = Visitor::of(&app);
    stranger.visit("/login");
    stranger.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    stranger.press("Borrow Wild Kindred");
    stranger.sees("A service gave no answer in time");
    stranger.sees("You have no books at the moment.");
}

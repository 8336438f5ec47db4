//! Anonymous visitors' use of the pages.

use serde_json::json;
use tests::{TestApp, TestDatabase, free_port, loan};

use crate::visitor::Visitor;

#[tokio::test]
async fn visitors_search_books_and_log_in_to_borrow() {
    let app = TestApp::start().await;
    let anna = Visitor::of(&app);
    anna.visit("/");
    anna.sees("20 titles");
    anna.sees("Available, 2 of 2");
    anna.fill_in("Title or author", "pIPER");
    anna.press("Search");
    assert_eq!(anna.place(), "/?q=pIPER");
    anna.sees("One title matches “pIPER”");
    anna.follow("The Cosmic Computer");
    anna.sees("Copy 2");
    // The way back keeps the search.
    anna.follow("Back");
    assert_eq!(anna.place(), "/?q=pIPER");
    anna.follow("The Cosmic Computer");
    anna.follow("Log in to borrow The Cosmic Computer");
    assert_eq!(anna.place(), "/login?next=/book/15");
    // The login returns to the previous page.
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(anna.place(), "/book/15");
    anna.sees("Welcome, Pete.");
    anna.reload();
    anna.does_not_see("Welcome, Pete.");
}

#[tokio::test]
async fn a_book_leads_to_its_text_and_to_others_by_its_author() {
    let app = TestApp::start().await;
    let book = json!({"book": {"title": "Little Fuzzy", "author": "Piper, H. Beam", "count": 1}});
    assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 201);
    let anna = Visitor::of(&app);
    anna.visit("/book/15");
    let cover = app.get("/catdb/15").json()["book"][0][4].as_str().unwrap().to_owned();
    let number = cover.split("/epub/").nth(1).unwrap().split('/').next().unwrap();
    let text = anna.evaluate("document.querySelector('[itemprop=sameAs]').href");
    assert_eq!(text, format!("https://www.gutenberg.org/ebooks/{number}"));
    assert!(anna.names("link").contains(&"Read it free at Project Gutenberg".to_owned()));
    // The description for search engines.
    let item = "(() => {
        const book = document.querySelector('[itemtype=\"https://schema.org/Book\"]');
        const value = name => book.querySelector(`[itemprop=${name}]`);
        return [value('name').innerText, value('author').innerText, value('availability').content];
    })()";
    let available = "https://schema.org/InStock";
    assert_eq!(anna.evaluate(item), json!(["The Cosmic Computer", "Piper, H. Beam", available]));
    anna.sees("More by this author");
    anna.follow("Little Fuzzy");
    assert_eq!(anna.place(), "/book/21");
    anna.follow("Piper, H. Beam");
    anna.sees("2 titles");
    anna.sees("The Cosmic Computer");
}

#[tokio::test]
async fn in_a_demonstration_a_card_logs_in_with_one_click() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("demo_mode", "true")]);
    let patron = json!({"patron": {"last_name": "Björk", "number": "POP-1"}});
    assert_eq!(app.send_json("POST", "/patdb/patrons", &patron).status, 201);
    for (button, name) in [("Use Pete Dymond’s card", "Pete"), ("Use Björk’s card", "Björk")]
    {
        let anna = Visitor::of(&app);
        anna.visit("/login?next=/book/8");
        anna.press(button);
        assert_eq!(anna.place(), "/book/8");
        anna.sees(&format!("Welcome, {name}."));
    }
}

#[tokio::test]
async fn a_failed_login_does_not_say_which_field_is_wrong() {
    let app = TestApp::start().await;
    let anna = Visitor::of(&app);
    anna.visit("/booklist");
    assert_eq!(anna.place(), "/login?next=/booklist");
    // An empty form names each field and its error to assistive technology.
    anna.press("Log in");
    assert_eq!(anna.status(), 422);
    let errors = "[...document.querySelectorAll('[aria-invalid=true]')]
        .map(field => [field.id, document.getElementById(field.getAttribute('aria-describedby')).innerText])";
    let expected = json!([
        ["user_first_name", "Enter your first or last name."],
        ["user_lib_id", "Enter the number on your library card."],
    ]);
    assert_eq!(anna.evaluate(errors), expected);
    anna.sees_focus_on("textbox", "First name");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL2", "");
    assert_eq!(anna.status(), 422);
    anna.sees("These details don’t match.");
    anna.sees("If you work here, enter your PIN too.");
    let described = "document.getElementById(
        document.querySelector('form.fields').getAttribute('aria-describedby')).innerText";
    assert!(anna.evaluate(described).as_str().unwrap().starts_with("These details don’t match."));
    let typed = "[...document.querySelectorAll('main input:not([type=hidden])')].map(i => i.value)";
    assert_eq!(anna.evaluate(typed), json!(["Pete", "Dymond", "BUFFALOBILL2", ""]));
    anna.fill_in("Library card number", "BUFFALOBILL1");
    anna.press("Log in");
    assert_eq!(anna.place(), "/booklist");
    anna.sees("You have no books right now.");
}

#[tokio::test]
async fn the_catalog_is_sorted_filtered_and_paged_by_stable_links() {
    let app = TestApp::start().await;
    for number in 1..=30 {
        let book =
            json!({"book": {"title": format!("Zebra {number:02}"), "author": "Z", "count": 1}});
        assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 201);
    }
    // The first one is on loan.
    let out = loan(21, 1, "2026-03-01", "2126-05-03");
    assert_eq!(app.send_json("POST", "/borrowdb", &out).status, 201);
    let anna = Visitor::of(&app);
    anna.visit("/");
    anna.sees("50 titles");
    anna.follow("Title");
    anna.follow("Next page");
    let second = anna.place();
    let titles = anna.names("heading");
    anna.follow("Next page");
    anna.sees("Zebra 30");
    anna.follow("Previous page");
    assert_eq!(anna.names("heading"), titles);
    anna.visit(&second);
    assert_eq!(anna.names("heading"), titles, "the link leads to the same page");

    anna.visit("/?q=zebra&sort=title");
    anna.sees("30 titles match “zebra”");
    anna.sees("On loan until 3 May 2126");
    anna.follow("Available now");
    anna.does_not_see("Zebra 01");
    anna.sees("Zebra 02");
    anna.sees("1 to 24 of 29");
    anna.follow("Next page");
    anna.sees("25 to 29 of 29");
    // A new search keeps order and filter.
    anna.fill_in("Title or author", "zebra");
    anna.press("Search");
    assert_eq!(anna.place(), "/?q=zebra&sort=title&available=1");
    anna.follow("Show available books only: on. Show all books");
    anna.sees("Zebra 01");
    anna.follow("Newest");
    assert_eq!(anna.names("heading")[2], "Zebra 30");
    anna.fill_in("Title or author", "xylophone");
    anna.press("Search");
    anna.sees("No titles match “xylophone”");
    anna.follow("Go to the catalog");
    assert_eq!(anna.place(), "/");
}

#[tokio::test]
async fn error_pages_have_links_and_alert_redirects_home() {
    let app = TestApp::start().await;
    let anna = Visitor::of(&app);
    anna.visit("/alert");
    assert_eq!(anna.place(), "/");
    anna.visit("/book/99");
    assert_eq!(anna.status(), 404);
    anna.sees("Page not found");
    anna.follow("Go to the catalog");
    anna.visit("/administrator");
    assert_eq!(anna.place(), "/login?next=/administrator");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!((anna.place().as_str(), anna.status()), ("/administrator", 403));
    anna.sees("This page is for librarians");
}

#[tokio::test]
async fn without_a_service_pages_say_what_is_missing() {
    let unused = format!("http://127.0.0.1:{}", free_port());
    let without = async |variable| {
        TestApp::start_on(TestDatabase::loaded().await, &[(variable, unused.as_str())])
    };
    let app = without("borrowing_url").await;
    let anna = Visitor::of(&app);
    anna.visit("/");
    assert_eq!(anna.status(), 200);
    anna.sees("Loans can’t be looked up right now");
    anna.sees("Wild Kindred");
    anna.visit("/book/7");
    anna.sees("St. Augustine, Florida's Colonial Capital");
    anna.visit("/about");
    anna.sees("Not responding");
    anna.sees("OK");
    anna.visit("/login?next=/booklist");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(anna.status(), 503);
    anna.sees("The library is temporarily unavailable");

    let app = without("catalog_url").await;
    let anna = Visitor::of(&app);
    let answer = app.send_json("POST", "/borrowdb", &loan(7, 1, "2026-03-01", "2126-03-15"));
    assert_eq!(answer.status, 201);
    anna.visit("/login?next=/booklist");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    anna.sees("Book no. 7");
    anna.sees("titles and covers are missing");

    let app = without("patrons_url").await;
    let anna = Visitor::of(&app);
    anna.visit("/login");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(anna.status(), 503);
    anna.follow("Go to the catalog");
    anna.sees("20 titles");

    let app = without("lending_url").await;
    let anna = Visitor::of(&app);
    anna.visit("/login");
    anna.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    anna.press("Borrow Wild Kindred");
    anna.sees("A service failed or did not respond in time");
    anna.visit("/booklist");
    anna.sees("You have no books right now.");
}

//! The librarian’s day: the desk, its lists, and the end of the day and of a demonstration.

use tests::{Client, PIN, TestApp, TestDatabase, borrow, loan};

use crate::visitor::Visitor;

#[tokio::test]
async fn the_desk_requires_the_librarians_pin() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = Visitor::of(&app);
    marian.visit("/administrator");
    marian.log_in("Marian", "Quillfeather", "INKANDPAPER7", "");
    marian.sees("These details don’t match.");
    marian.log_in("Marian", "Quillfeather", "INKANDPAPER7", PIN);
    assert_eq!((marian.place().as_str(), marian.status()), ("/administrator", 200));
    marian.sees("Loans per day, last 30 days");
}

#[tokio::test]
async fn the_statistics_chart_has_a_text_alternative() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    for (book, patron) in [(1, 1), (2, 1), (1, 2)] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, patron)).status, 201);
    }
    let overdue = loan(3, 3, "2026-01-01", "2026-01-15");
    assert_eq!(app.send_json("POST", "/borrowdb", &overdue).status, 201);
    let marian = librarian(&app);
    marian.visit("/administrator");
    let statistics =
        marian.evaluate("[...document.querySelectorAll('dl.statistics dd')].map(d => d.innerText)");
    let statistics: Vec<String> = serde_json::from_value(statistics).unwrap();
    assert_eq!(statistics, ["0", "1", "4", "20", "40"], "due, overdue, on loan, titles, copies");
    marian.sees("Nothing is due today.");
    marian.sees("Return");
    // One day with loans has one bar, half as high as a scale up to 4 (three loans on one day).
    let bars = marian.evaluate("document.querySelectorAll('.chart rect').length");
    assert_eq!(bars, 1, "days without loans have no bar");
    let scale = marian.evaluate("document.querySelector('.scale').innerText.split(/\\s+/).join()");
    assert_eq!(scale, "4,2,0");
    // The picture has a text alternative.
    let chart = marian.evaluate("document.querySelector('svg[role=img]').ariaLabel");
    assert!(chart.as_str().unwrap().contains("3 loans in 30 days"), "{chart}");
}

#[tokio::test]
async fn the_desk_finds_pages_and_returns_loans() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    for (book, patron, due) in
        [(7, 1, "2026-01-15"), (8, 2, "2126-01-15"), (9, 2, "2126-01-16"), (10, 3, "2126-02-15")]
    {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, patron, "2026-01-01", due));
        assert_eq!(answer.status, 201);
    }
    for book in 1..=30 {
        let answer = app.send_json("POST", "/borrowdb", &loan(book, 6, "2026-01-01", "2127-01-01"));
        assert_eq!(answer.status, 201);
    }
    let marian = librarian(&app);
    marian.visit("/administrator/loans");
    marian.sees("34 open loans");
    marian.sees("Pete Dymond");
    marian.follow("Next page");
    marian.sees("Anastacia Coram");
    marian.does_not_see("Pete Dymond");
    marian.visit("/administrator/loans");
    marian.follow("Overdue only");
    marian.sees("One overdue loan");
    marian.does_not_see("Laine");
    marian.visit("/administrator/loans");
    for (text, loans) in [("scheid", "2 open loans"), ("BUMBLEBEE333", "One open loan")] {
        marian.fill_in("Name, card or title", text);
        marian.press("Find");
        marian.sees(loans);
    }
    marian.fill_in("Name, card or title", "dance");
    marian.press("Find");
    marian.sees("2 open loans");
    marian.press("Return The Dance (Laine Scheidegger)");
    marian.sees("Laine Scheidegger returned “The Dance”.");
    assert!(marian.place().starts_with("/administrator/loans"));
    let of_laine = app.get("/borrowdb/patron/2").json();
    assert_eq!(of_laine["transactions"].as_array().unwrap().len(), 1);
    marian.fill_in("Name, card or title", "no such loan");
    marian.press("Find");
    marian.sees("No loans match.");
}

#[tokio::test]
async fn all_books_are_returned_and_all_sessions_ended_after_the_page_said_so() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    let (marian, pete) = (librarian(&app), Visitor::of(&app));
    pete.visit("/login");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    marian.visit("/administrator");
    marian.follow("Reset");
    marian.sees("One book is on loan. It will be returned.");
    marian.does_not_see("Back to the first day");
    assert!(app.get("/borrowdb").json()["transactions"].is_array(), "nothing is done yet");
    marian.press("Return all books");
    marian.sees("One book is returned. Everyone is logged out.");
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
    pete.visit("/booklist");
    assert_eq!(pete.place(), "/login?next=/booklist");
}

#[tokio::test]
async fn a_demonstration_is_reset_to_its_first_day_after_the_page_said_what_is_lost() {
    let demo = ("demo_mode", "true");
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[demo]);
    let (books, patrons) = (app.get("/catdb").json(), app.get("/patdb").json());
    let marian = librarian(&app);
    marian.visit("/administrator/reset");
    marian.sees("Nothing has changed since the first day.");
    assert!(!marian.names("button").contains(&"Reset to the first day".to_owned()));

    marian.visit("/administrator/books");
    marian.fill_in("Title", "The Summer Book");
    marian.fill_in("Author", "Jansson, Tove");
    marian.press("Add book");
    marian.visit("/administrator/books/8");
    marian.fill_in("Title", "The Dancer");
    marian.press("Save");
    marian.visit("/administrator/patrons/1");
    marian.press("Block");
    for (book, patron) in [(21, 2), (8, 3)] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, patron)).status, 201);
    }
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(8, 3)).status, 200);
    marian.visit("/administrator/reset");
    for lost in [
        "2 loans, open and returned",
        "one added book",
        "the changes to one book or its copies",
        "the changes to one patron’s library card",
    ] {
        marian.sees(lost);
    }
    marian.press("Reset to the first day");
    marian.sees("The library is reset to its first day. Everyone is logged out.");
    assert_eq!((app.get("/catdb").json(), app.get("/patdb").json()), (books, patrons));
    assert!(app.get("/borrowdb/history/3").json()["transactions"].is_null());
    marian.visit("/administrator");
    assert_eq!(marian.place(), "/login?next=/administrator");

    // As if a reset had stopped after the first of its three steps.
    let marian = librarian(&app);
    let epoch = serde_json::json!({"demo": {"epoch": 9}});
    assert_eq!(app.send_json("PUT", "/catdb/demo", &epoch).status, 201);
    marian.visit("/administrator/patrons/1?q=dance");
    marian.press("Lend The Dance");
    marian.sees("A service failed or did not respond in time");
    marian.visit("/administrator/reset");
    marian.sees("The last reset did not finish. No books can be lent until you reset again.");
    marian.press("Reset to the first day");
    let marian = librarian(&app);
    marian.visit("/administrator/patrons/1?q=dance");
    marian.press("Lend The Dance");
    marian.sees("Pete Dymond has “The Dance”.");
}

#[tokio::test]
async fn long_lists_of_the_desk_are_read_in_both_directions() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    for number in 1..=60 {
        let patron = serde_json::json!({"patron": {
            "first_name": format!("Ada {number:02}"), "last_name": "Reader", "number": format!("ADA-{number:02}")
        }});
        let added = app.send_json("POST", "/patdb/patrons", &patron).json();
        let id = added["patron"][0][0].as_i64().unwrap();
        let due = format!("2126-{:02}-{:02}", 1 + number / 28, 1 + number % 28);
        let answer = app.send_json("POST", "/borrowdb", &loan(8, id, "2026-01-01", &due));
        assert_eq!(answer.status, 201);
    }
    let marian = librarian(&app);
    for path in ["/administrator/patrons?q=reader", "/administrator/loans?q=reader"] {
        marian.visit(path);
        let first = marian.names("link");
        marian.follow("Next page");
        let (second, place) = (marian.names("link"), marian.place());
        marian.follow("Next page");
        assert!(!marian.names("link").contains(&"Next page".to_owned()));
        marian.follow("Previous page");
        assert_eq!(main_links(&marian.names("link")), main_links(&second));
        marian.follow("Previous page");
        assert_eq!(main_links(&marian.names("link")), main_links(&first));
        assert!(!marian.names("link").contains(&"Previous page".to_owned()));
        // From an entry, back to the very page of the list.
        marian.visit(&place);
        let entry = main_links(&second).into_iter().find(|name| name.starts_with("Ada")).unwrap();
        marian.follow(&entry);
        marian.fill_in("Last name", "Lovelace");
        marian.press("Save");
        marian.sees("Lovelace’s card is saved.");
        marian.follow("Back");
        assert_eq!(marian.place(), place);
        marian.visit(&place);
    }
}

/// The links of a list, without those to its other pages.
fn main_links(links: &[String]) -> Vec<String> {
    links.iter().filter(|name| !name.ends_with(" page")).cloned().collect()
}

/// Marian, just logged in.
pub fn librarian(app: &Client) -> Visitor {
    let marian = Visitor::of(app);
    marian.visit("/login");
    marian.log_in("Marian", "Quillfeather", "INKANDPAPER7", PIN);
    marian.sees("Welcome, Marian.");
    marian
}

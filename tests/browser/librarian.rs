//! What the librarian does at the desk.

use tests::{Client, PIN, TestApp, TestDatabase, borrow, loan};

use crate::visitor::Visitor;

#[tokio::test]
async fn the_desk_opens_for_the_card_with_the_pin_alone() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = Visitor::of(&app);
    marian.visit("/administrator");
    marian.log_in("Marian", "Quillfeather", "INKANDPAPER7", "");
    marian.sees("These details do not belong together.");
    marian.fill_in("Library card number", "INKANDPAPER7");
    marian.fill_in("PIN", PIN);
    marian.press("Log in");
    assert_eq!((marian.place().as_str(), marian.status()), ("/administrator", 200));
    marian.sees("Loans per day, last 30 days");
}

#[tokio::test]
async fn the_figures_are_drawn_and_told() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    for (book, patron) in [(1, 1), (2, 1), (1, 2)] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, patron)).status, 201);
    }
    let overdue = loan(3, 3, "2026-01-01", "2026-01-15");
    assert_eq!(app.send_json("POST", "/borrowdb", &overdue).status, 201);
    let marian = librarian(&app);
    marian.visit("/administrator");
    let figures =
        marian.evaluate("[...document.querySelectorAll('dl.figures div')].map(d => d.innerText)");
    let figures: Vec<String> = serde_json::from_value(figures).unwrap();
    let figures: Vec<_> = figures.iter().map(|figure| figure.replace('\n', " ")).collect();
    assert_eq!(figures.len(), 4);
    for (figure, number) in figures.iter().zip(["20", "40", "4", "1"]) {
        assert!(figure.contains(number), "{figures:?}");
    }
    // The picture says in words what it shows.
    let chart = marian.evaluate("document.querySelector('svg[role=img]').ariaLabel");
    assert!(chart.as_str().unwrap().contains("3 loans in 30 days"), "{chart}");
}

#[tokio::test]
async fn loans_are_found_paged_and_taken_back_for_patrons() {
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
        marian.fill_in("Name, card number or title", text);
        marian.press("Find");
        marian.sees(loans);
    }
    marian.fill_in("Name, card number or title", "dance");
    marian.press("Find");
    marian.sees("2 open loans");
    marian.press("Return The Dance (Laine Scheidegger)");
    marian.sees("“The Dance” is returned.");
    assert!(marian.place().starts_with("/administrator/loans"));
    let of_laine = app.get("/borrowdb/patron/2").json();
    assert_eq!(of_laine["transactions"].as_array().unwrap().len(), 1);
    marian.fill_in("Name, card number or title", "nobody is called so");
    marian.press("Find");
    marian.sees("No loan is like that.");
}

#[tokio::test]
async fn books_and_copies_come_and_go() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    marian.visit("/administrator/books");
    marian.fill_in("Title", "The Summer Book");
    marian.fill_in("Author", "Jansson, Tove");
    marian.fill_in("Copies", "2");
    marian.press("Add book");
    marian.sees("“The Summer Book” is in the catalog.");
    marian.fill_in("Title", "Another");
    marian.fill_in("Author", "Somebody");
    marian.fill_in("Cover picture", "https://evil.example/cover.jpg");
    marian.press("Add book");
    assert_eq!(marian.status(), 422);
    marian.sees("A cover picture has to come from https://www.gutenberg.org/.");
    let title = marian.evaluate("document.querySelector('input[name=title]').value");
    assert_eq!(title, "Another", "what was typed stays");

    marian.visit("/administrator/books?q=summer");
    marian.follow("The Summer Book");
    marian.fill_in("How many more", "3");
    marian.press_twice("Add copies");
    marian.visit("/administrator/books/21");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 5, "a double click adds them once");
    marian.press("Withdraw a copy");
    marian.sees("A copy of “The Summer Book” is withdrawn.");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 4);
    for patron in 1..=4 {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(21, patron)).status, 201);
    }
    marian.press("Withdraw a copy");
    marian.sees("Every copy of “The Summer Book” is on loan.");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 4);
}

#[tokio::test]
async fn a_new_patron_gets_a_card_and_borrows() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    marian.visit("/administrator/patrons");
    let add = |number: &str| {
        marian.fill_in("First name", "Tove");
        marian.fill_in("Last name", "Jansson");
        marian.fill_in("Library card number", number);
        marian.press("Add patron");
    };
    add("BUFFALOBILL1");
    marian.sees("Somebody else has this card number.");
    add("MOOMIN-8");
    marian.sees("Tove Jansson has a library card.");
    let tove = Visitor::of(&app);
    tove.visit("/login");
    tove.log_in("Tove", "Jansson", "MOOMIN-8", "");
    tove.press("Borrow The Dance");
    tove.sees("You have borrowed “The Dance”.");
}

#[tokio::test]
async fn the_reset_asks_first_and_then_returns_everything_and_logs_everyone_out() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    let (marian, pete) = (librarian(&app), Visitor::of(&app));
    pete.visit("/login");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    marian.visit("/administrator");
    marian.follow("Reset demo");
    marian.sees("One book is on loan. It will be returned.");
    assert!(app.get("/borrowdb").json()["transactions"].is_array(), "nothing is done yet");
    marian.press("Reset demo");
    marian.sees("The demo is reset: one book was returned, and everyone is logged out.");
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
    pete.visit("/booklist");
    assert_eq!(pete.place(), "/login?next=/booklist");
}

/// Marian, who has just logged in.
pub fn librarian(app: &Client) -> Visitor {
    let marian = Visitor::of(app);
    marian.visit("/login");
    marian.log_in("Marian", "Quillfeather", "INKANDPAPER7", PIN);
    marian.sees("Welcome, Marian.");
    marian
}

//! The librarian’s work for patrons: lending, cards and PINs.

use tests::{PIN, TestApp, TestDatabase, borrow};

use crate::{librarian::librarian, visitor::Visitor};

#[tokio::test]
async fn the_desk_lends_renews_and_takes_back_for_a_patron() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    marian.visit("/administrator/patrons?q=Pete+Dymond");
    marian.follow("Pete Dymond");
    marian.sees("0 of 4 books on loan");
    let patron = marian.place();
    marian.visit(&format!("{patron}&q=dance"));
    marian.press_twice("Lend The Dance");
    marian.visit(&patron);
    marian.sees("1 of 4 books on loan");
    let loans = app.get("/borrowdb/patron/1").json();
    assert_eq!(loans["transactions"].as_array().unwrap().len(), 1, "a double click lends once");
    marian.visit(&format!("{patron}&q=dance"));
    marian.sees("Has it already");
    marian.press("Renew The Dance (Pete Dymond)");
    let place = marian.evaluate("document.querySelector(location.hash).innerText");
    assert!(place.as_str().unwrap().contains("The Dance"), "the page returns to the loan");
    marian.sees("“The Dance” is renewed for Pete Dymond. It is due on");
    marian.press("Return The Dance (Pete Dymond)");
    marian.sees("Pete Dymond returned “The Dance”.");
    assert!(app.get("/borrowdb/patron/1").json()["transactions"].is_null());

    // At the limit, the page says so instead of offering the form.
    for book in 1..=4 {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, 1)).status, 201);
    }
    marian.visit(&patron);
    marian.sees("This patron has reached the loan limit.");
}

#[tokio::test]
async fn a_card_is_corrected_blocked_and_unblocked() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let (marian, pete) = (librarian(&app), Visitor::of(&app));
    marian.visit("/administrator/patrons/1");
    marian.press("Block");
    marian.sees("Pete Dymond’s card is blocked.");
    marian.sees("This card is blocked. Unblock it to lend a book.");
    pete.visit("/login?next=/book/8");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    pete.sees("Your library card is blocked. Ask at the desk.");
    assert!(!pete.names("button").contains(&"Borrow The Dance".to_owned()));
    marian.visit("/administrator/patrons");
    marian.sees("Blocked");
    marian.visit("/administrator/patrons/1");
    marian.press("Unblock");
    marian.sees("Pete Dymond’s card is unblocked.");

    marian.fill_in("Library card number", "BUMBLEBEE333");
    marian.press("Save");
    assert_eq!(marian.status(), 409);
    marian.sees("This card number is already in use.");
    marian.fill_in("Library card number", "BUFFALO-2");
    marian.fill_in("Last name", "Diamond");
    marian.press("Save");
    marian.sees("Pete Diamond’s card is saved.");
    pete.visit("/booklist");
    assert_eq!(pete.place(), "/login?next=/booklist", "a new number ends the sessions");
    pete.log_in("Pete", "Diamond", "BUFFALO-2", "");
    assert_eq!(pete.place(), "/booklist");
}

#[tokio::test]
async fn a_librarian_gets_a_new_pin() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    marian.visit("/administrator/patrons?q=Quillfeather");
    marian.follow("Marian Quillfeather");
    marian.fill_in("New PIN", "sh0rt");
    marian.press("Set PIN");
    assert_eq!(marian.status(), 422);
    marian.sees("Enter a PIN of 6 to 64 letters, digits or symbols, without spaces.");
    assert!(!marian.html().contains("sh0rt"), "a PIN is not sent back");
    marian.fill_in("New PIN", "ink-and-feather");
    marian.press("Set PIN");
    marian.sees("Marian Quillfeather has a new PIN.");
    let again = Visitor::of(&app);
    again.visit("/login");
    again.log_in("Marian", "Quillfeather", "INKANDPAPER7", PIN);
    again.sees("These details don’t match.");
    again.fill_in("PIN", "ink-and-feather");
    again.press("Log in");
    again.sees("Welcome, Marian.");
    // Patrons have no PIN.
    marian.visit("/administrator/patrons/1");
    marian.does_not_see("New PIN");
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
    marian.sees("This card number is already in use.");
    add("MOOMIN-8");
    marian.sees("Tove Jansson has a library card.");
    let tove = Visitor::of(&app);
    tove.visit("/login");
    tove.log_in("Tove", "Jansson", "MOOMIN-8", "");
    tove.press("Borrow The Dance");
    tove.sees("You borrowed “The Dance”.");
}

//! The librarian's use of the desk.

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
async fn the_desk_adds_books_and_changes_copies() {
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
    marian.sees("The URL of a cover must begin with https://www.gutenberg.org/.");
    let title = marian.evaluate("document.querySelector('input[name=title]').value");
    assert_eq!(title, "Another", "what was typed stays");

    marian.visit("/administrator/books?q=summer");
    marian.follow("The Summer Book");
    marian.fill_in("Copies to add", "3");
    marian.press_twice("Add copies");
    marian.visit("/administrator/books/21");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 5, "a double click adds them once");
    marian.follow("Withdraw a copy");
    marian.sees("Withdraw a copy of “The Summer Book”?");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 5, "nothing is done yet");
    marian.press("Withdraw a copy");
    marian.sees("One copy of “The Summer Book” is withdrawn.");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 4);
    marian.follow("Withdraw a copy");
    for patron in 1..=4 {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(21, patron)).status, 201);
    }
    marian.press("Withdraw a copy");
    marian.sees("No copy of “The Summer Book” is available to withdraw.");
    assert_eq!(app.get("/catdb/21").json()["book"][0][3], 4);
    marian.sees("No copy is available to withdraw.");
    marian.sees("Pete Dymond");
}

#[tokio::test]
async fn too_many_copies_are_refused_with_the_limit() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    for (add, problem) in [
        ("9999", "The limit is 9999 copies. Enter a number from 1 to 9997."),
        ("0", "Enter a number from 1 to 9997."),
        ("12345", "Enter a number from 1 to 9997."),
    ] {
        marian.visit("/administrator/books/8");
        marian.fill_in("Copies to add", add);
        marian.press("Add copies");
        assert_eq!(marian.status(), 422);
        marian.sees(problem);
        marian.sees_focus_on("spinbutton", "Copies to add");
    }
    let value = marian.evaluate("document.querySelector('#add').getAttribute('value')");
    assert_eq!(value, "12345", "what was typed stays");
    marian.fill_in("Copies to add", "9997");
    marian.press("Add copies");
    marian.sees("“The Dance” has more copies now.");
    marian.sees("This title has reached the limit of copies.");
}

#[tokio::test]
async fn a_book_is_corrected_and_a_duplicate_is_detected() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    let add = |button: &str| {
        marian.fill_in("Title", "The Sumer Book");
        marian.fill_in("Author", "Jansson, Tove");
        marian.press(button);
    };
    marian.visit("/administrator/books");
    add("Add book");
    marian.follow("Show the book");
    assert_eq!(marian.place(), "/administrator/books/21");
    marian.visit("/administrator/books");
    add("Add book");
    assert_eq!(marian.status(), 409);
    marian.sees("The catalog already has this title by this author.");
    assert_eq!(app.get("/catdb/22").status, 404);
    marian.press("Add it anyway");
    marian.sees("“The Sumer Book” is in the catalog.");
    assert_eq!(app.get("/catdb/22").status, 200);

    marian.visit("/administrator/books/21");
    marian.fill_in("Title", "");
    marian.press("Save");
    assert_eq!(marian.status(), 422);
    marian.sees("Enter a title of at most 255 characters.");
    marian.fill_in("Title", "The Summer Book");
    marian.press("Save");
    marian.sees("“The Summer Book” is saved.");
    assert_eq!(app.get("/catdb/21").json()["book"][0][1], "The Summer Book");

    // Two librarians: the second form was shown before the first was sent.
    let other = librarian(&app);
    other.visit("/administrator/books/22");
    marian.visit("/administrator/books/22");
    marian.fill_in("Title", "A Winter Book");
    marian.press("Save");
    other.fill_in("Title", "The True Deceiver");
    other.press("Save");
    other.sees("Someone else changed “The True Deceiver”, so nothing was saved.");
    assert_eq!(app.get("/catdb/22").json()["book"][0][1], "A Winter Book");

    // A correction that makes a duplicate is saved after a confirmation.
    other.visit("/administrator/books/22");
    other.fill_in("Title", "The Summer Book");
    other.press("Save");
    assert_eq!(other.status(), 409);
    other.sees("Another book in the catalog already has this title by this author.");
    other.press("Save anyway");
    other.sees("“The Summer Book” is saved.");
    assert_eq!(app.get("/catdb/22").json()["book"][0][1], "The Summer Book");
}

#[tokio::test]
async fn a_book_is_removed_after_its_last_copy_is_withdrawn_and_a_confirmation() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    marian.visit("/administrator/books");
    marian.fill_in("Title", "The Summer Book");
    marian.fill_in("Author", "Jansson, Tove");
    marian.press("Add book");
    marian.follow("Show the book");
    marian.follow("Withdraw a copy");
    marian.press("Withdraw a copy");
    marian.follow("Remove book");
    marian.sees("Remove “The Summer Book”?");
    marian.follow("Keep it");
    assert_eq!(app.get("/catdb/21").status, 200);
    marian.follow("Remove book");
    marian.press("Remove book");
    marian.sees("“The Summer Book” is removed from the catalog.");
    assert_eq!(app.get("/catdb/21").status, 404);
    marian.visit("/administrator/books/21");
    assert_eq!(marian.status(), 404);
}

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

#[tokio::test]
async fn a_withdrawal_is_for_the_number_of_copies_that_the_librarian_saw() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let (marian, other) = (librarian(&app), librarian(&app));
    for visitor in [&marian, &other] {
        visitor.visit("/administrator/books/8/withdraw");
    }
    marian.press("Withdraw a copy");
    marian.sees("One copy of “The Dance” is withdrawn.");
    other.press("Withdraw a copy");
    other.sees("Someone else changed the copies of “The Dance”, so nothing was done.");
    assert_eq!(app.get("/catdb/8").json()["book"][0][3], 1);
}

/// Marian, just logged in.
pub fn librarian(app: &Client) -> Visitor {
    let marian = Visitor::of(app);
    marian.visit("/login");
    marian.log_in("Marian", "Quillfeather", "INKANDPAPER7", PIN);
    marian.sees("Welcome, Marian.");
    marian
}

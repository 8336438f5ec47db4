//! The librarian’s work on books: adding, correcting and removing them, and their copies.

use tests::{TestApp, TestDatabase, borrow};

use crate::librarian::librarian;

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

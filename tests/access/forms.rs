//! Every form: executed only with the CSRF token of its own session.

use frontend::routes::{Access, ROUTES};
use tests::{Person, TestApp, TestDatabase, borrow, hidden};

use crate::{pages::SHOW_WORK, valid_forms::form_of};

#[tokio::test]
async fn forms_need_the_csrf_token_of_their_session_and_a_get_changes_nothing() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, SHOW_WORK);
    for book in [1, 2] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, 1)).status, 201);
    }
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(2, 1)).status, 200);

    for route in ROUTES.iter().filter(|route| route.method == "POST") {
        let someone = || match (route.path, route.access) {
            ("/login" | "/lab", _) => Person::at(&app),
            (_, Access::Librarian) => Person::librarian(&app),
            _ => Person::patron(&app),
        };
        let (person, another) = (someone(), someone());
        let (page, target, fields) = form_of(route);
        let form = person.get(page);
        let (token, key) = (hidden(&form, "csrf_token"), "k".to_owned());
        let foreign = another.token(page);
        let send = |person: &Person, token: Option<&str>| {
            let mut fields = fields.clone();
            fields.push(("key", &key));
            fields.extend(token.map(|token| ("csrf_token", token)));
            person.post(target, &fields)
        };
        let other_letter = if token.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{other_letter}{}", &token[1..]);
        let bare = Person::at(&app);
        let state = async || (app.database.checksums().await, person.cookie("lab"));
        let before = state().await;
        for (why, token) in [
            ("missing", None),
            ("empty", Some("")),
            ("forged", Some(forged.as_str())),
            ("foreign", Some(foreign.as_str())),
        ] {
            let answer = send(&person, token);
            assert_eq!(answer.status, 403, "{why} at {}: {answer:?}", route.path);
            assert!(answer.body.contains("This form has expired"), "{}", answer.body);
            assert!(answer.body.contains("href=\"/\""), "it leads on");
        }
        // A valid token without its cookie is invalid.
        let answer = send(&bare, Some(&token));
        assert!([303, 403].contains(&answer.status), "{answer:?}");
        assert!(answer.status == 403 || answer.header("location").starts_with("/login"));
        // The same fields in a GET change nothing.
        let query: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = person.get(&format!("{target}?{}&csrf_token={token}", query.join("&")));
        assert_eq!(state().await, before, "{} wrote something", route.path);

        let answer = send(&person, Some(&token));
        assert_eq!(answer.status, 303, "the form itself, at {}: {answer:?}", route.path);
        assert_ne!(state().await, before, "{} did nothing", route.path);
    }
}

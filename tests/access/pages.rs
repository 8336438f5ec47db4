//! The pages: each route by its own rule, a patron's data for that patron only, and a token of the services is none here.

use frontend::routes::{Access, ROUTES, Route};
use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{Answer, Client, Person, TestApp, TestDatabase, borrow, note};

use crate::{
    TOKEN,
    caller::{Caller, with_token},
    valid_forms::form_of,
};

/// Every route with its access rule, to be confirmed here for each new route.
const EXPECTED_ACCESS: [(&str, &str, Access); 42] = [
    ("GET", "/assets/{name}", Access::Static),
    ("GET", "/", Access::Anyone),
    ("POST", "/", Access::Patron),
    ("GET", "/book/{id}", Access::Anyone),
    ("GET", "/login", Access::Anyone),
    ("POST", "/login", Access::Anyone),
    ("GET", "/logout", Access::Patron),
    ("POST", "/logout", Access::Patron),
    ("GET", "/booklist", Access::Patron),
    ("POST", "/booklist", Access::Patron),
    ("GET", "/booklist/history", Access::Patron),
    ("POST", "/booklist/history", Access::Patron),
    ("GET", "/booklist/history/delete", Access::Patron),
    ("GET", "/booklist.ics", Access::Patron),
    ("GET", "/about", Access::Anyone),
    ("GET", "/lab", Access::Anyone),
    ("POST", "/lab", Access::Anyone),
    ("GET", "/api", Access::Anyone),
    ("GET", "/language/{tag}", Access::Static),
    ("GET", "/openapi.yaml", Access::Static),
    ("GET", "/new.atom", Access::Static),
    ("GET", "/opensearch.xml", Access::Static),
    ("GET", "/manifest.webmanifest", Access::Static),
    ("GET", "/favicon.ico", Access::Static),
    ("GET", "/healthz", Access::Static),
    ("GET", "/robots.txt", Access::Static),
    ("GET", "/alert", Access::Static),
    ("GET", "/administrator", Access::Librarian),
    ("GET", "/administrator/loans", Access::Librarian),
    ("POST", "/administrator/loans", Access::Librarian),
    ("GET", "/administrator/books", Access::Librarian),
    ("POST", "/administrator/books", Access::Librarian),
    ("GET", "/administrator/books/{id}", Access::Librarian),
    ("POST", "/administrator/books/{id}", Access::Librarian),
    ("GET", "/administrator/books/{id}/withdraw", Access::Librarian),
    ("GET", "/administrator/books/{id}/remove", Access::Librarian),
    ("GET", "/administrator/patrons", Access::Librarian),
    ("POST", "/administrator/patrons", Access::Librarian),
    ("GET", "/administrator/patrons/{id}", Access::Librarian),
    ("POST", "/administrator/patrons/{id}", Access::Librarian),
    ("GET", "/administrator/reset", Access::Librarian),
    ("POST", "/administrator/reset", Access::Librarian),
];

/// The lab exists only while pages show how they are made.
pub const SHOW_WORK: &[(&str, &str)] = &[("show_work", "true")];

/// The answer to a caller at a route.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Admitted,
    SentToLogin,
    Refused,
}

#[test]
fn every_route_has_an_expected_access_rule() {
    let actual: Vec<_> = ROUTES.iter().map(|r| (r.method, r.path, r.access)).collect();
    assert_eq!(actual, EXPECTED_ACCESS, "confirm the rule of a new route in EXPECTED_ACCESS");
}

#[tokio::test]
async fn each_route_enforces_its_access_rule() {
    each_route_enforces(SHOW_WORK).await;
}

#[tokio::test]
async fn each_route_enforces_its_access_rule_where_the_services_require_a_token() {
    each_route_enforces(&[("api_token", TOKEN)]).await;
}

async fn each_route_enforces(variables: &[(&str, &str)]) {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, variables);
    let admin = with_token(&app);
    // Pete has a loan and a history, which Laine neither sees nor changes.
    for book in [1, 2] {
        assert_eq!(admin.send_json("POST", "/borrow", &borrow(book, 1)).status, 201);
    }
    assert_eq!(admin.send_json("DELETE", "/borrow", &borrow(2, 1)).status, 200);
    let mut refused = 0;
    let has_lab = variables == SHOW_WORK;
    for route in ROUTES.iter().filter(|route| has_lab || route.path != "/lab") {
        let (method, path) = (route.method, route.path);
        let expected = EXPECTED_ACCESS.iter().find(|e| (e.0, e.1) == (method, path));
        let &(_, _, access) = expected.unwrap_or_else(|| panic!("{route:?} is new"));
        // Those who are admitted last: they may change what the others must not.
        let mut callers = Caller::ALL;
        callers.sort_by_key(|caller| expected_outcome(access, *caller) == Outcome::Admitted);
        for caller in callers {
            let browser = caller.browser(&app);
            let (before, of_pete) = (app.database.checksums().await, loans_of_pete(&app).await);
            let answer = ask(&app, &browser, route);
            let outcome = outcome(&answer, method);
            assert_eq!(outcome, expected_outcome(access, caller), "{route:?} by {caller:?}");
            let is_changed = app.database.checksums().await != before;
            if outcome != Outcome::Admitted {
                refused += 1;
                assert!(!is_changed, "{route:?} by {caller:?} was refused and wrote something");
                let tells = caller != Caller::Patron && answer.body.contains("Dymond");
                assert!(!tells, "{route:?} by {caller:?}: {}", answer.body);
            }
            assert!(method == "POST" || !is_changed, "{route:?} by {caller:?} wrote something");
            if caller == Caller::OtherPatron && access != Access::Librarian {
                assert_eq!(loans_of_pete(&app).await, of_pete, "{route:?} by another patron");
                let tells = access == Access::Patron && answer.body.contains("Dymond");
                assert!(!tells, "{route:?} by another patron: {}", answer.body);
            }
        }
    }
    note(&format!("{refused} page requests refused"));
}

fn expected_outcome(access: Access, caller: Caller) -> Outcome {
    match (access, caller) {
        (Access::Static | Access::Anyone, _)
        | (Access::Patron, Caller::Patron | Caller::OtherPatron | Caller::Librarian)
        | (Access::Librarian, Caller::Librarian) => Outcome::Admitted,
        (Access::Librarian, Caller::Patron | Caller::OtherPatron) => Outcome::Refused,
        (_, Caller::Anonymous | Caller::WrongToken | Caller::RightToken) => Outcome::SentToLogin,
    }
}

/// Sends the route's request, a form with the CSRF token of the caller's own session.
fn ask(app: &Client, browser: &Person, route: &Route) -> Answer {
    if route.method == "GET" {
        let about = browser.get("/about").body;
        let style = about.split("href=\"/assets/").nth(1).and_then(|rest| rest.split('"').next());
        let style = style.expect("a style sheet");
        let path = route.path.replace("{id}", "7").replace("{name}", style).replace("{tag}", "en");
        return browser.get(&path);
    }
    // Login form and lab do not need a session. Whoever has one finds its token on every page.
    let token = if route.path == "/lab" {
        browser.token("/lab")
    } else if browser.cookie("session").is_some() && route.path != "/login" {
        browser.token("/logout")
    } else {
        let visitor = Person::at(app);
        let token = visitor.token("/login");
        browser.set_cookie("login_csrf", &visitor.cookie("login_csrf").expect("a login cookie"));
        token
    };
    let (_, target, mut fields) = form_of(route);
    fields.extend([("key", "k"), ("csrf_token", token.as_str())]);
    browser.post(target, &fields)
}

fn outcome(answer: &Answer, method: &str) -> Outcome {
    match (answer.status, answer.header("location")) {
        (303, to) if to.starts_with("/login?next=") => Outcome::SentToLogin,
        (403, _) if answer.body.contains("This page is for librarians") => Outcome::Refused,
        (200, _) | (303, "/") if method == "GET" => Outcome::Admitted,
        (303, _) if method == "POST" => Outcome::Admitted,
        _ => panic!("{answer:?}"),
    }
}

/// Pete's rows in the ledger.
async fn loans_of_pete(app: &TestApp) -> Vec<(i64, i64, i32, Option<i32>)> {
    let mut ledger = app.database.admin(Store::Borrowing).await;
    let select = "SELECT id, bookId, renewals, isOpen FROM loans WHERE patronId = 1 ORDER BY id";
    ledger.query(select).await.expect("the ledger")
}

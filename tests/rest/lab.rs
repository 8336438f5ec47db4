//! The lab: a fault exists only for the visitor who chose it.

use std::time::{Duration, Instant};

use tests::{Answer, Person, TestApp, TestDatabase, hidden};

const SERVICES: [&str; 4] = ["catalog", "patrons", "borrowing", "lending"];

async fn app() -> TestApp {
    TestApp::start_on(TestDatabase::loaded().await, &[("show_work", "true")])
}

/// Breaks a service in the visitor's browser.
fn break_service(person: &Person, broken: &str, fault: &str) {
    let page = person.get("/lab");
    // A patron's page has the token of the logout form first.
    let form = page.body.split("action=\"/lab\"").last().unwrap();
    let page = Answer { body: form.to_owned(), ..page };
    let token = hidden(&page, "csrf_token");
    let faults = SERVICES.map(|name| (name, if name == broken { fault } else { "w" }));
    let answer = person.post("/lab", &[&faults[..], &[("csrf_token", token.as_str())]].concat());
    assert_eq!((answer.status, answer.header("location")), (303, "/lab"), "{answer:?}");
}

#[tokio::test]
async fn a_broken_service_is_broken_for_one_visitor_until_it_is_repaired() {
    let app = app().await;
    let (curious, other) = (Person::at(&app), Person::at(&app));
    let healthy = other.get("/book/8");
    assert!(!healthy.body.contains("Loans can’t be looked up"), "{}", healthy.body);
    break_service(&curious, "borrowing", "e");
    let page = curious.get("/book/8");
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    for part in [
        "Broken in this browser: borrowing answers with an error (500).",
        "Loans can’t be looked up",
        "<code>GET /borrowdb/copies/{bookId}</code>, 500",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let untouched = other.get("/book/8").body;
    assert!(!untouched.contains("can’t be looked up") && !untouched.contains("Broken in"));
    assert_eq!(app.get("/borrowdb/copies/8").status, 200);
    assert!(curious.get("/no-such-page").body.contains("Broken in this browser"));

    let form = page.body.split("action=\"/lab\"").nth(1).unwrap();
    let page = Answer { body: form.to_owned(), ..page };
    let (token, back) = (hidden(&page, "csrf_token"), hidden(&page, "back"));
    let fields = [("repair", "1"), ("csrf_token", &token), ("back", &back)];
    let answer = curious.post("/lab", &fields);
    assert_eq!((answer.status, answer.header("location")), (303, "/book/8"));
    let page = curious.get("/book/8").body;
    assert!(!page.contains("can’t be looked up") && !page.contains("Broken in"), "{page}");
}

#[tokio::test]
async fn a_silent_service_and_a_slow_one_are_waited_for_as_long_as_any() {
    let app = app().await;
    for (service, fault, status, time) in
        [("catalog", "n", 503, 4_000..7_500), ("borrowing", "s", 200, 3_000..5_900)]
    {
        let person = Person::at(&app);
        break_service(&person, service, fault);
        let asked = Instant::now();
        assert_eq!(person.get("/").status, status, "{service}");
        let took = asked.elapsed();
        let expected = Duration::from_millis(time.start - 100)..Duration::from_millis(time.end);
        assert!(expected.contains(&took), "{service}: {took:?}");
        let asked = Instant::now();
        assert_eq!(person.get("/lab").status, 200);
        assert!(asked.elapsed() < Duration::from_secs(2), "the lab itself is never broken");
    }
}

#[tokio::test]
async fn a_form_through_a_broken_service_changes_nothing_or_says_that_it_is_unknown() {
    let app = app().await;
    let pete = Person::patron(&app);
    let page = pete.get("/book/8");
    let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
    break_service(&pete, "lending", "e");
    let fields = [("book_id", "8"), ("csrf_token", &*token), ("key", &*key)];
    let answer = pete.post("/", &fields);
    assert_eq!(answer.status, 303, "{answer:?}");
    let notice = pete.get("/booklist").body;
    assert!(notice.contains("we don’t know whether this worked"), "{notice}");
    assert!(app.get("/borrowdb").json()["transactions"].is_null());
}

#[tokio::test]
async fn there_is_no_lab_unless_pages_show_how_they_are_made() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/lab").status, 404);
    let person = Person::at(&app);
    person.set_cookie("lab", "eeeesecret");
    let page = person.get("/");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Broken in this browser"), "{}", page.body);
}

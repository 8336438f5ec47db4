//! Statements of the pages: counts, dates and states that must be true even in unusual situations.

use super::*;

/// Today is 2019-12-19 in the tests.
const PETE_HAS_ONE: FakeAnswer = (
    "GET /borrowdb/shelf",
    200,
    r#"{"books":[[1,2,"2019-11-05"]],"loans":[[9,1,1,"2019-10-22","2019-11-05",0]]}"#,
);
const RULES: FakeAnswer = (
    "GET /borrow/rules",
    200,
    r#"{"loan_limit":1,"loan_days":14,"renewal_limit":2,"block_when_overdue":false}"#,
);

const NO_BOOKS: &str = r#"{"books":[],"next":null,"previous":null,"total":0}"#;

/// A list of books with 2 copies each.
fn books(ids: std::ops::RangeInclusive<u32>, total: u32) -> &'static str {
    let rows: Vec<_> = ids.map(|id| format!(r#"[{id},"Title {id}","Author",2,""]"#)).collect();
    format!(r#"{{"books":[{}],"next":null,"previous":null,"total":{total}}}"#, rows.join(","))
        .leak()
}

#[test]
fn the_number_of_available_books_counts_all_pages() {
    for count in [1, 24, 25, 60] {
        let services = fake(&[
            ("GET /catdb", 200, books(1..=count, count)),
            ("GET /borrowdb/shelf", 200, r#"{"books":[]}"#),
        ]);
        let (page, _) = get(&services, "/?q=title&available=1", "");
        let expected = if count == 1 {
            "One title that matches “title” is available now".to_owned()
        } else {
            format!("{count} titles that match “title” are available now")
        };
        assert!(page.body().contains(&expected), "{count}: {}", page.body());
        let shown = page.body().matches("<article").count();
        assert_eq!(shown, count.min(24) as usize);
        assert_eq!(page.body().contains(&format!("1 to 24 of {count}")), count > 24);
    }
}

#[test]
fn a_later_page_states_its_range() {
    let rows: Vec<_> = (25..=48).map(|id| format!(r#"[{id},"T","A",2,""]"#)).collect();
    let list = format!(
        r#"{{"books":[{}],"next":48,"previous":25,"total":80,"skipped":24}}"#,
        rows.join(",")
    );
    let services =
        fake(&[("GET /catdb", 200, list.leak()), ("GET /borrowdb", 200, r#"{"books":[]}"#)]);
    let (page, _) = get(&services, "/?q=war&after=24", "");
    assert!(page.body().contains("25 to 48 of 80"), "{}", page.body());
    assert!(page.body().contains("<title>“war” · 25 to 48 of 80 · Catalog"), "{}", page.body());
}

#[test]
fn a_due_date_in_the_past_is_not_shown_as_until() {
    let list = ("GET /catdb?", 200, books(1..=1, 1));
    let book = ("GET /catdb/1", 200, r#"{"book":[[1,"T","A",2,""]],"acquired":2}"#);
    let copies = ("GET /borrowdb/copies", 200, r#"{"copies":[[1,"2019-11-05"],[2,"2020-01-07"]]}"#);
    let out = ("GET /borrowdb/shelf", 200, r#"{"books":[[1,2,"2019-11-05"]]}"#);
    let services = fake(&[list, book, copies, out]);
    let (page, _) = get(&services, "/", "");
    assert!(page.body().contains("On loan, was due 5 Nov<"), "{}", page.body());
    let (page, _) = get(&services, "/book/1", "");
    assert!(page.body().contains("Overdue since 5 November 2019"), "{}", page.body());
    assert!(page.body().contains("On loan until 7 January 2020"), "{}", page.body());
    assert_eq!(page.body().matches("until").count(), 1, "{}", page.body());
}

#[test]
fn at_the_loan_limit_no_page_offers_to_borrow() {
    let list = ("GET /catdb?", 200, books(1..=3, 3));
    let book = ("GET /catdb/2", 200, r#"{"book":[[2,"T","A",2,""]],"acquired":2}"#);
    let copies = ("GET /borrowdb/copies", 200, r#"{"copies":[]}"#);
    let services = fake(&[PETE, list, book, copies, PETE_HAS_ONE, RULES]);
    for target in ["/", "/book/2", "/?available=1"] {
        let (page, calls) = get(&services, target, "session=s");
        assert!(!page.body().contains(r#"name="book_id""#), "{target}: {}", page.body());
        assert!(page.body().contains("You have 1 of 1 books"), "{target}: {}", page.body());
        assert_eq!(calls.iter().filter(|call| call.contains("rules")).count(), 1, "{calls:?}");
    }
    // If the rules cannot be looked up, the lending service decides.
    let services = fake(&[PETE, list, PETE_HAS_ONE]);
    let (page, _) = get(&services, "/", "session=s");
    assert!(page.body().contains(r#"name="book_id""#), "{}", page.body());
}

#[test]
fn a_page_beyond_the_end_says_so_and_an_empty_catalog_too() {
    let end = r#"{"books":[],"next":null,"previous":3,"total":20}"#;
    let (page, _) = get(&fake(&[("GET /catdb", 200, end)]), "/?after=9999", "");
    assert!(page.body().contains("There are no more titles"), "{}", page.body());
    assert!(page.body().contains(r#"<a href="/"><bdi>Go to the first page"#), "{}", page.body());
    let (page, _) = get(&fake(&[("GET /catdb", 200, NO_BOOKS)]), "/", "");
    assert!(page.body().contains("There are no books yet"), "{}", page.body());
    let (page, _) = get(&fake(&[("GET /catdb", 200, NO_BOOKS)]), "/?q=zzzz", "");
    assert!(page.body().contains("Try another search") && !page.body().contains("loan"));
}

#[test]
fn a_filter_without_results_offers_all_books_that_were_found() {
    let out = ("GET /borrowdb/shelf", 200, r#"{"books":[[1,2,"2020-01-07"],[2,2,"2020-01-07"]]}"#);
    let services = fake(&[("GET /catdb", 200, books(1..=2, 2)), out]);
    let (page, _) = get(&services, "/?q=title&available=1", "");
    assert!(page.body().contains("Show all 2 titles found"), "{}", page.body());
    assert!(page.body().contains(r#"<a href="/?q=title"><bdi>Show all"#), "{}", page.body());
}

#[test]
fn an_old_form_does_not_claim_that_a_returned_book_was_borrowed() {
    let done = ("POST /borrow", 201, r#"{"transaction":true}"#);
    let title = ("GET /catdb?", 200, books(1..=1, 1));
    let form = |back: &str| format!("csrf_token={}&book_id=1&key=k&back={back}", csrf_token("s"));
    let notice = |services: &FakeServices, back: &str| {
        let (answer, _) = send(services, "POST", "/", "session=s", &form(back));
        let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).iter().cloned().collect();
        let cookie = cookies[0].to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
        let location = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        (flash::Notice::from_cookie(&cookie).unwrap(), location)
    };
    let returned = ("GET /borrowdb/shelf", 200, r#"{"books":[],"loans":[]}"#);
    let services = fake(&[PETE, done, title, returned]);
    let since = flash::Notice::ReturnedSince { title: "Title 1".into() };
    assert_eq!(notice(&services, "/"), (since, "/#book-1".to_owned()));
    let services = fake(&[PETE, done, title, PETE_HAS_ONE]);
    let due = "2019-11-05".parse().ok();
    let borrowed = flash::Notice::Borrowed { title: "Title 1".into(), due };
    assert_eq!(notice(&services, "/?q=a"), (borrowed, "/?q=a#book-1".to_owned()));
}

#[test]
fn an_unknown_page_shows_who_is_logged_in() {
    for (method, target, status) in [("GET", "/nope", 404), ("DELETE", "/booklist", 405)] {
        let (page, _) = send(&fake(&[MARIAN]), method, target, "session=s", "");
        assert_eq!(page.status(), status);
        assert!(page.body().contains("<bdi>Marian</bdi>"), "{}", page.body());
        assert!(
            page.body().contains(r#"href="/administrator""#) && !page.body().contains("Log in")
        );
    }
    // And what is overdue.
    for (target, status) in [("/nope", 404), ("/administrator", 403)] {
        let (page, _) = get(&fake(&[PETE, PETE_HAS_ONE]), target, "session=s");
        assert_eq!(page.status(), status);
        assert!(page.body().contains(r#"<span class="count late">1 overdue"#), "{}", page.body());
    }
}

#[test]
fn an_unresolved_account_is_shown_as_unavailable() {
    let (page, _) = get(&fake(&[BOOKS, AVAILABILITY]), "/", "session=s");
    assert!(page.body().contains("Account unavailable"), "{}", page.body());
    assert!(!page.body().contains(r#"<a href="/login">"#), "{}", page.body());
}

#[test]
fn the_title_of_a_page_begins_with_the_notice() {
    let notice = flash::Notice::LoggedOut.to_cookie();
    let (page, _) = get(&fake(&[BOOKS, AVAILABILITY]), "/", &format!("flash={notice}"));
    assert!(page.body().contains("<title>You are logged out. · Catalog"), "{}", page.body());
}

#[test]
fn a_session_that_ended_is_reported_at_the_login() {
    let services = fake(&[NO_SESSION]);
    for (method, is_unsaved) in [("GET", false), ("POST", true)] {
        let (answer, _) = send(&services, method, "/administrator/books", "session=old", "title=T");
        let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).iter().collect();
        let flash = flash::Notice::SessionEnded { is_unsaved }.to_cookie();
        assert!(cookies[0].to_str().unwrap().starts_with(&format!("flash={flash};")));
        assert!(cookies[1].to_str().unwrap().starts_with("session=;"), "{cookies:?}");
        let (answer, _) = send(&services, method, "/administrator/books", "", "title=T");
        assert!(!answer.headers().contains_key(SET_COOKIE), "there was no session");
    }
}

#[test]
fn a_session_that_ended_is_reported_on_an_open_page() {
    let services = fake(&[NO_SESSION, BOOKS, AVAILABILITY]);
    let link = r#"<a class="button quiet" href="/login?next=/%3Fq%3Dwar">Log in again</a>"#;
    let (page, _) = get(&services, "/?q=war", "session=old");
    assert!(page.body().contains("You were logged out."), "{}", page.body());
    assert!(page.body().contains(link), "{}", page.body());
    assert!(page.headers()[SET_COOKIE].to_str().unwrap().starts_with("session=;"));
    // The login page needs no link to itself.
    let (page, _) = get(&services, "/login", "session=old");
    assert!(page.body().contains("You were logged out."), "{}", page.body());
    assert!(!page.body().contains(r#"<a class="button quiet" href="/login"#), "{}", page.body());
    // Browsers request files that nobody sees, so the notice waits.
    let (page, _) = get(&services, "/no-such-icon.png", "session=old");
    assert!(!page.body().contains("You were logged out."), "{}", page.body());
    assert!(!page.headers().contains_key(SET_COOKIE));
    // Another notice explains it already.
    let flash = flash::Notice::LoggedOut.to_cookie();
    let (page, _) = get(&services, "/", &format!("session=old; flash={flash}"));
    assert!(!page.body().contains("You were logged out."), "{}", page.body());
}

#[test]
fn a_blocked_patron_is_not_offered_to_undo_a_return() {
    const BLOCKED: FakeAnswer = (
        "POST /patdb/sessions/use",
        200,
        r#"{"patron":[[1,"Pete","Dymond","BUFFALOBILL1","user"]],"blocked":true}"#,
    );
    let undo = "1".parse().ok();
    let flash = flash::Notice::Returned { title: "T".into(), undo }.to_cookie();
    for (session, is_offered) in [(PETE, true), (BLOCKED, false)] {
        let services = fake(&[session, BOOKS, AVAILABILITY]);
        let (page, _) = get(&services, "/about", &format!("session=s; flash={flash}"));
        assert_eq!(page.body().contains(">Undo</button>"), is_offered, "{}", page.body());
    }
}

#[test]
fn a_borrowed_book_leads_to_my_books() {
    let flash = flash::Notice::Borrowed { title: "T".into(), due: None }.to_cookie();
    let link = r#"<a class="button quiet" href="/booklist">My books</a>"#;
    for (target, has_link) in [("/", true), ("/booklist", false)] {
        let services = fake(&[PETE, BOOKS, PETE_HAS_ONE]);
        let (page, _) = get(&services, target, &format!("session=s; flash={flash}"));
        assert_eq!(page.body().contains(link), has_link, "{target}: {}", page.body());
    }
}

#[test]
fn the_calendar_has_the_dates_even_without_the_catalog() {
    let (calendar, _) = get(&fake(&[PETE, PETE_HAS_ONE]), "/booklist.ics", "session=s");
    assert_eq!(calendar.status(), 200);
    for line in ["DTSTART;VALUE=DATE:20191105", "Due back: Book no. 1"] {
        assert!(calendar.body().contains(line), "{line}: {}", calendar.body());
    }
}

#[test]
fn a_form_sent_after_the_session_ended_is_filled_in_again() {
    let form = "title=The+Summer+Book&author=Jansson&copies=3&csrf_token=old&key=k";
    let (answer, _) =
        send(&fake(&[NO_SESSION]), "POST", "/administrator/books", "session=old", form);
    let cookies = answer.headers().get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let draft = cookies.into_iter().find_map(|line| line.strip_prefix("draft=")).unwrap();
    let draft = draft.split(';').next().unwrap();
    let services = fake(&[MARIAN, BOOKS, AVAILABILITY]);
    let cookies = format!("session=s; draft={draft}");
    let (page, _) = get(&services, "/administrator/books", &cookies);
    for value in [r#"value="The Summer Book""#, r#"value="Jansson""#, r#"value="3""#] {
        assert!(page.body().contains(value), "{value}: {}", page.body());
    }
    assert!(page.headers()[SET_COOKIE].to_str().unwrap().starts_with("draft=;"));
    let (page, _) = get(&services, "/administrator/patrons", &cookies);
    assert!(!page.body().contains("The Summer Book"), "{}", page.body());
}

#[test]
fn the_copies_form_names_the_possible_numbers_and_keeps_the_value() {
    let book = ("GET /catdb/1", 200, r#"{"book":[[1,"T","A",5,""]],"acquired":5}"#);
    let shelf = ("GET /borrowdb/shelf", 200, r#"{"books":[[1,5,null]],"loans":[]}"#);
    for (add, expected) in
        [("9999", "from 1 to 9994"), ("0", "from 1 to 9994"), ("x", "from 1 to 9994")]
    {
        let form = format!("csrf_token={}&add={add}&from=5&key=k", csrf_token("s"));
        let services = fake(&[MARIAN, book, shelf]);
        let (page, calls) = send(&services, "POST", "/administrator/books/1", "session=s", &form);
        assert_eq!(page.status(), 422, "{add}");
        assert!(page.body().contains(expected), "{}", page.body());
        assert!(page.body().contains(&format!("value=\"{add}\"")), "{}", page.body());
        assert!(page.body().contains(r#"max="9994""#) && page.body().contains("aria-invalid"));
        assert!(calls.iter().all(|call| !call.starts_with("PUT")), "{calls:?}");
    }
    // All 5 copies are on loan.
    let (page, _) = get(&fake(&[MARIAN, book, shelf]), "/administrator/books/1", "session=s");
    assert!(page.body().contains("No copy is available to withdraw"), "{}", page.body());
    assert!(!page.body().contains(r#"name="withdraw""#), "{}", page.body());
}

//! Access rules, CSRF tokens, headers and the cost in service calls.

use super::*;

#[test]
fn the_catalog_costs_two_calls_and_three_for_a_patron() {
    let services = fake(&[PETE, BOOKS, AVAILABILITY]);
    assert_eq!(get(&services, "/", "").1.len(), 2);
    assert_eq!(get(&services, "/?q=a&sort=title&available=1", "").1.len(), 2);
    let (page, calls) = get(&services, "/", "session=s");
    assert_eq!((page.status().as_u16(), calls.len()), (200, 3), "{calls:?}");
}

#[test]
fn the_rules_are_a_fourth_call_for_a_patron_with_books() {
    const HAS_ONE: FakeAnswer = (
        "GET /borrowdb/shelf",
        200,
        r#"{"books":[[1,1,null]],"loans":[[9,1,1,"2019-12-01","2019-12-31",0]]}"#,
    );
    let (_, calls) = get(&fake(&[PETE, BOOKS, HAS_ONE]), "/", "session=s");
    let last = calls.last().map(String::as_str);
    assert_eq!((calls.len(), last), (4, Some("GET /borrow/rules")), "{calls:?}");
}

#[test]
fn anonymous_visitors_are_sent_to_the_login() {
    for route in ROUTES.iter().filter(|r| matches!(r.access, Access::Patron | Access::Librarian)) {
        for (cookie, services) in [("", fake(&[])), ("session=old", fake(&[NO_SESSION]))] {
            let path = path_of(route);
            let (answer, _) = send(&services, route.method, &path, cookie, "");
            assert_eq!(answer.status(), 303, "{route:?}");
            assert_eq!(answer.headers()[LOCATION], format!("/login?next={path}"));
        }
    }
}

#[test]
fn after_an_expired_session_the_login_leads_back_to_the_book() {
    let services = fake(&[NO_SESSION]);
    for (body, next) in [
        ("book_id=7&csrf_token=old", "/login?next=/book/7"),
        ("book_id=//evil.example", "/login?next=/"),
        ("book_id=7&book_id=8", "/login?next=/"),
    ] {
        let (answer, calls) = send(&services, "POST", "/", "session=old", body);
        assert_eq!((answer.status().as_u16(), calls.len()), (303, 1));
        assert_eq!(answer.headers()[LOCATION], next, "{body}");
    }
}

#[test]
fn patrons_cannot_use_the_desk() {
    let token = csrf_token("s");
    for route in ROUTES.iter().filter(|route| route.access == Access::Librarian) {
        let services = fake(&[PETE]);
        let (answer, calls) = send(
            &services,
            route.method,
            &path_of(route),
            "session=s",
            &format!("csrf_token={token}"),
        );
        // The second call is for the number of books in the menu.
        assert_eq!((answer.status().as_u16(), calls.len()), (403, 2), "{route:?}");
        assert!(calls[1].starts_with("GET /borrowdb/shelf?patron="), "{calls:?}");
    }
}

#[test]
fn a_form_without_a_service_response_reports_an_unknown_outcome() {
    let form = format!("csrf_token={}&title=T&author=A&copies=1&key=k", csrf_token("s"));
    let (answer, calls) =
        send(&fake(&[MARIAN]), "POST", "/administrator/books", "session=s", &form);
    assert_eq!((answer.status().as_u16(), calls.len()), (503, 2), "{calls:?}");
    assert!(answer.body().contains("We don’t know whether this worked"), "{}", answer.body());
    // A GET changes nothing, and without a patron no service gets the form.
    for (method, services) in [("GET", fake(&[MARIAN])), ("POST", fake(&[]))] {
        let (answer, _) = send(&services, method, "/administrator/books", "session=s", &form);
        assert_eq!(answer.status(), 503, "{method}");
        assert!(answer.body().contains("No data is lost"), "{method}: {}", answer.body());
    }
}

#[test]
fn forms_need_the_csrf_token_of_their_session() {
    let login = format!("csrf_token={}", csrf_token("v"));
    let other = format!("csrf_token={}", csrf_token("other"));
    for route in ROUTES.iter().filter(|route| route.method == "POST") {
        for body in ["", "csrf_token=", "csrf_token=x", "csrf_token=%F0%9F%93%9A", &other] {
            let services = fake(&[MARIAN]);
            let (answer, calls) =
                send(&services, "POST", &path_of(route), "session=s; login_csrf=v", body);
            assert_eq!(answer.status(), 403, "{route:?} {body}");
            // Nothing but the visitor's session and number of books.
            let changes = calls.iter().filter(|call| !call.starts_with("GET /borrowdb/shelf?"));
            assert_eq!(changes.count(), 1, "{route:?} {body}: {calls:?}");
        }
        if route.path != "/login" {
            let services = fake(&[MARIAN]);
            let answer =
                send(&services, "POST", &path_of(route), "session=s; login_csrf=v", &login).0;
            assert_eq!(answer.status(), 403, "the login's token is invalid at {route:?}");
        }
    }
}

#[test]
fn an_unresolved_session_is_neither_accepted_nor_ended() {
    let services = fake(&[BOOKS, AVAILABILITY]);
    let (page, _) = get(&services, "/", "session=s");
    assert_eq!(page.status(), 200);
    assert!(page.body().contains("Account unavailable"));
    assert!(!page.headers().contains_key(SET_COOKIE), "the session stays");
    assert_eq!(get(&services, "/booklist", "session=s").0.status(), 503);
}

#[test]
fn availability_is_not_claimed_without_the_ledger() {
    let (page, _) = send(&fake(&[BOOKS]), "GET", "/?available=1", "", "");
    assert_eq!(page.status(), 200);
    assert!(page.body().contains("Loans can’t be looked up right now"));
    assert!(page.body().contains("One title<"), "{}", page.body());
    assert!(!page.body().contains("available now"), "this is unknown");

    // The window of 200 books is still reduced to one page.
    let books: Vec<_> = (1..=200).map(|id| format!(r#"[{id},"T","A",1,""]"#)).collect();
    let list = format!(r#"{{"books":[{}],"next":200,"total":900}}"#, books.join(","));
    let services = fake(&[("GET /catdb", 200, list.leak())]);
    let (page, _) = get(&services, "/?available=1", "");
    assert_eq!(page.body().matches("<article").count(), 24);
    assert!(page.body().contains("/?available=1&#38;after=24\""), "{}", page.body());
}

#[test]
fn the_retry_link_leads_to_the_requested_page() {
    for (target, link) in [
        ("/?q=war&sort=title", "/?q=war&#38;sort=title"),
        ("//book/7", "/book/7"),
        ("///?q=a", "/?q=a"),
        ("/administrator/loans?after=7", "/administrator/loans?after=7"),
    ] {
        let (page, _) = send(&fake(&[MARIAN]), "GET", target, "session=s", "");
        assert_eq!(page.status(), 503, "{target}");
        let again = format!("<a href=\"{link}\">Try again</a>");
        assert!(page.body().contains(&again), "{target}: {}", page.body());
    }
}

#[test]
fn the_loan_list_keeps_its_search_and_says_when_it_is_incomplete() {
    const LOAN: (&str, u16, &str) = (
        "GET /borrowdb/open",
        200,
        r#"{"transactions":[[9,1,5,"2019-12-01","2019-12-15",0]],"next":null,"total":2001}"#,
    );
    const MANY: (&str, u16, &str) = (
        "GET /patdb?q=a&limit=1000",
        200,
        r#"{"patrons":[[5,"Ada","A","A-1","user"],[6,"Bo","B","A-2","user"]],"next":6}"#,
    );
    let services = fake(&[MARIAN, BOOKS, MANY, LOAN, AVAILABILITY]);
    let target = "/administrator/loans?q=a&overdue=1&after=7";
    let (page, calls) = get(&services, target, "session=s");
    let page = page.body();
    assert!(calls.iter().any(|calls| calls.contains("patrons=5%2C6&books=1&")), "{calls:?}");
    for text in [
        "More than 2,000 overdue loans",
        "so this list is incomplete",
        r#"href="/administrator/loans?q=a">"#,
        r#"name="back" value="/administrator/loans?q=a&#38;overdue=1&#38;after=7""#,
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn desk_pages_count_the_librarians_own_loans() {
    const HAS_ONE: (&str, u16, &str) = (
        "GET /borrowdb/shelf?books=1&patron=7",
        200,
        r#"{"books":[[1,1,null]],"loans":[[9,1,7,"2019-12-01","2019-12-15",0]]}"#,
    );
    const BOOK: (&str, u16, &str) =
        ("GET /catdb/1", 200, r#"{"book":[[1,"T","A",2,""]],"acquired":2}"#);
    let services = fake(&[MARIAN, BOOK, HAS_ONE]);
    let (page, _) = get(&services, "/administrator/books/1", "session=s");
    assert!(page.body().contains(r#"<span class="count">1<"#), "{}", page.body());
}

#[test]
fn an_ended_session_is_deleted_from_the_browser() {
    let (page, _) = send(&fake(&[NO_SESSION, BOOKS, AVAILABILITY]), "GET", "/", "session=s", "");
    let set: Vec<_> = page.headers().get_all(SET_COOKIE).iter().collect();
    assert_eq!(set, ["session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"]);
}

#[test]
fn personal_pages_are_not_cached() {
    let services = fake(&[PETE, BOOKS, AVAILABILITY]);
    assert_eq!(get(&services, "/", "session=s").0.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(get(&services, "/login", "").0.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(get(&services, "/", "").0.headers()[CACHE_CONTROL], "no-cache");
}

#[test]
fn a_notice_is_shown_once_and_escaped() {
    let notice = flash::Notice::Borrowed { title: "<script>".into(), due: None }.to_cookie();
    let (page, _) = send(&fake(&[BOOKS, AVAILABILITY]), "GET", "/", &format!("flash={notice}"), "");
    assert!(page.body().contains("You borrowed “&#60;script&#62;”."));
    assert!(page.headers()[SET_COOKIE].to_str().unwrap().starts_with("flash=; "));
}

#[test]
fn a_notice_waits_for_a_visible_page() {
    let notice = flash::Notice::LoggedOut.to_cookie();
    for target in ["/assets/none.css", "/nothing"] {
        let (page, _) = send(&fake(&[]), "GET", target, &format!("flash={notice}"), "");
        assert_eq!(page.status(), 404, "{target}");
        assert!(!page.body().contains("You are logged out"), "{target} may be kept by a cache");
        assert!(!page.headers().contains_key(SET_COOKIE), "{target}");
    }
}

#[test]
fn titles_are_escaped() {
    let (page, _) = send(&fake(&[BOOKS, AVAILABILITY]), "GET", "/?q=%22%3E%3Cscript%3E", "", "");
    for markup in ["<script", "<img src=x"] {
        assert!(!page.body().contains(markup), "{markup}");
    }
    assert!(page.body().contains("1 of 2 left"));
}

#[test]
fn unknown_paths_and_methods_get_a_page() {
    let services = fake(&[]);
    for target in
        ["/nothing", "/about/us", "/assets", "/assets/library.css", "/%ff", "/About", "/book/x"]
    {
        let (page, calls) = get(&services, target, "");
        assert_eq!((page.status().as_u16(), calls.len()), (404, 0), "{target}");
        assert!(page.body().contains(r#"href="/""#), "{target}");
    }
    let (page, _) = send(&services, "DELETE", "/booklist", "", "");
    assert_eq!(
        (page.status().as_u16(), &page.headers()[ALLOW]),
        (405, &"GET, POST, HEAD".parse().unwrap())
    );
}

#[test]
fn invalid_parameters_are_ignored_and_invalid_ids_are_not_found() {
    for target in ["/?sort=price", "/?after=x", "/?q=%ff", "/?before=-1&available=maybe"] {
        let (page, calls) = get(&fake(&[BOOKS, AVAILABILITY]), target, "");
        assert_eq!((page.status().as_u16(), calls.len()), (200, 2), "{target}");
        let default = "GET /catdb?sort=newest&limit=24&total=true";
        assert_eq!(calls[0], default, "{target}");
    }
    for target in ["/book/0", "/book/9.0", "/book/%ff"] {
        let (page, calls) = get(&fake(&[BOOKS, AVAILABILITY]), target, "");
        assert_eq!((page.status().as_u16(), calls.len()), (404, 0), "{target}");
    }
}

#[test]
fn every_response_has_security_headers_and_no_inline_code() {
    let services = fake(&[MARIAN, BOOKS, AVAILABILITY]);
    for route in ROUTES {
        let (answer, _) = send(&services, route.method, &path_of(route), "session=s", "");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("form-action 'self'"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        if answer
            .headers()
            .get(CONTENT_TYPE)
            .is_none_or(|of| !of.as_bytes().starts_with(b"text/html"))
        {
            continue;
        }
        for forbidden in ["<script", "<style", " style=", "onclick", "http://"] {
            assert!(!answer.body().contains(forbidden), "{route:?}: {forbidden}");
        }
    }
}

#[test]
fn assets_are_cached_for_a_year() {
    let services = fake(&[]);
    let (page, _) = get(&services, "/login", "");
    let assets: Vec<_> =
        page.body().split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert_eq!(assets.len(), 3, "{assets:?}");
    for asset in assets {
        let (answer, _) = get(&services, asset, "session=s");
        assert_eq!(answer.status(), 200, "{asset}");
        assert!(answer.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(!answer.headers().contains_key(SET_COOKIE));
    }
}

#[test]
fn health_names_the_services_that_are_unavailable() {
    const HEALTHY: &str = r#"{"status":"ok"}"#;
    let health = |path: &'static str, is_healthy: bool| -> FakeAnswer {
        if is_healthy { (path, 200, HEALTHY) } else { (path, 503, "{}") }
    };
    let all = |ill: &[&str]| {
        let paths = [
            ("catalog", "GET /catdb/healthz"),
            ("patrons", "GET /patdb/healthz"),
            ("borrowing", "GET /borrowdb/healthz"),
            ("lending", "GET /borrow/healthz"),
        ];
        paths.map(|(name, path)| health(path, !ill.contains(&name)))
    };
    let (answer, calls) = get(&fake(&all(&[])), "/healthz", "session=s");
    assert_eq!((answer.status().as_u16(), calls.len()), (200, 4), "{calls:?}");
    assert_eq!(answer.body(), HEALTHY);
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    for (ill, sentence) in [
        (&["lending"][..], "the lending service is unavailable"),
        (&["catalog", "lending"], "the services catalog, lending are unavailable"),
    ] {
        let (answer, _) = get(&fake(&all(ill)), "/healthz", "");
        assert_eq!(answer.status(), 503, "{ill:?}");
        assert!(answer.body().contains(sentence), "{}", answer.body());
    }
    // A service that does not respond at all.
    let (answer, _) = get(&fake(&all(&[])[..3]), "/healthz", "");
    assert!(answer.body().contains("the lending service is unavailable"), "{}", answer.body());
}

#[test]
fn a_form_that_is_too_large_or_too_slow_gets_its_own_page() {
    for (body, status, text) in [
        (Body::TooLarge, 413, "This form is too large"),
        (Body::TooSlow, 408, "This form took too long to arrive"),
        (Body::Incomplete, 400, "We could not read this form"),
    ] {
        for target in ["/", "/login", "/booklist", "/administrator/books"] {
            let request = Request::builder()
                .method("POST")
                .uri(target)
                .header(COOKIE, "session=s; login_csrf=v")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.clone())
                .unwrap();
            let answer = answer_to(&fake(&[MARIAN]), &request);
            assert_eq!(answer.status(), status, "{target}");
            assert!(answer.body().contains(text), "{target}: {}", answer.body());
        }
    }
}

//! The pages' sessions: cookies, login and logout, expiry.

use std::sync::Arc;

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{Person, TestApp, TestDatabase, hidden};

#[tokio::test]
async fn a_login_returns_to_the_requested_page_with_a_new_session() {
    let app = TestApp::start().await;
    let pete = Person::at(&app);
    // An attacker planted a known session token (session fixation).
    pete.set_cookie("session", "planted-by-an-attacker");
    let redirect = pete.get("/booklist");
    assert_eq!((redirect.status, redirect.header("location")), (303, "/login?next=/booklist"));
    let form = pete.get(redirect.header("location"));
    assert_eq!(hidden(&form, "next"), "/booklist");
    let token = hidden(&form, "csrf_token");
    let fields = [
        ("user_first_name", "Pete"),
        ("user_last_name", "Dymond"),
        ("user_lib_id", "BUFFALOBILL1"),
        ("next", "/booklist"),
        ("csrf_token", token.as_str()),
    ];
    let answer = pete.post("/login", &fields);
    assert_eq!((answer.status, answer.header("location")), (303, "/booklist"));
    let session = pete.cookie("session").unwrap();
    assert_eq!(session.len(), 43);
    assert!(pete.is_known_as("Pete"));

    // Another login gets a new session and ends the old one.
    let other = Person::at(&app);
    other.set_cookie("session", &session);
    other.get("/logout");
    let again = Person::at(&app);
    again.set_cookie("session", &session);
    again.set_cookie("login_csrf", "known-before");
    let form = Person::at(&app);
    let token = form.token("/login");
    again.set_cookie("login_csrf", &form.cookie("login_csrf").unwrap());
    let names = [("user_first_name", "Laine"), ("user_last_name", "Scheidegger")];
    let card = [("user_lib_id", "DEADBEEF2222"), ("csrf_token", token.as_str())];
    assert_eq!(again.post("/login", &[&names[..], &card].concat()).status, 303);
    assert_ne!(again.cookie("session").unwrap(), session);
    assert!(again.is_known_as("Laine"));
    assert!(!pete.is_known_as("Pete"), "the session that was taken over is over");
}

#[tokio::test]
async fn a_failed_login_keeps_the_fields_except_the_pin() {
    let app = TestApp::start().await;
    let visitor = Person::at(&app);
    for number in ["BUFFALOBILL2", "DEADBEEF2222"] {
        let answer = visitor.log_in("Pete", "O'\"Neil<", number, "secret-pin");
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("These details don’t match"), "{}", answer.body);
        assert!(answer.body.contains("value=\"O&#39;&#34;Neil&#60;\""), "{}", answer.body);
        assert!(answer.body.contains(number) && !answer.body.contains("secret-pin"));
        assert!(visitor.cookie("session").is_none());
    }
    assert_eq!(visitor.log_in("", "Dymond", "BUFFALOBILL1", "").status, 422);
    for _ in 0..4 {
        visitor.log_in("Pete", "Nobody", "BUFFALOBILL1", "");
    }
    visitor.log_in("Pete", "Nobody", "BUFFALOBILL1", "");
    let waiting = visitor.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    assert_eq!(waiting.status, 429);
    assert!((1..=900).contains(&waiting.header("retry-after").parse::<u32>().unwrap()));
    assert!(waiting.body.contains("Try again in 15 minutes"), "{}", waiting.body);
}

#[tokio::test]
async fn a_login_never_redirects_to_another_site() {
    let app = TestApp::start().await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/nothing", ""] {
        let pete = Person::at(&app);
        let token = pete.token("/login");
        let names = [("user_first_name", "Pete"), ("user_last_name", "Dymond")];
        let card =
            [("user_lib_id", "BUFFALOBILL1"), ("csrf_token", token.as_str()), ("next", next)];
        let answer = pete.post("/login", &[&names[..], &card].concat());
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{next}");
    }
}

#[tokio::test]
async fn sessions_end_by_logout_timeout_and_reset() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let pete = Person::patron(&app);
    let session = pete.cookie("session").unwrap();
    let token = pete.token("/logout");
    let out = pete.post("/logout", &[("csrf_token", &token)]);
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert!(pete.cookie("session").is_none());
    assert!(pete.get("/").body.contains("You are logged out."));
    let thief = Person::at(&app);
    thief.set_cookie("session", &session);
    assert!(!thief.is_known_as("Pete"), "the token is invalid");
    assert!(thief.cookie("session").is_none(), "the browser deletes the cookie");

    let mut patrons = app.database.admin(Store::Patrons).await;
    for old in ["usedAt = usedAt - INTERVAL 31 MINUTE", "begunAt = begunAt - INTERVAL 481 MINUTE"] {
        let pete = Person::patron(&app);
        assert!(pete.is_known_as("Pete"));
        patrons.query_drop(format!("UPDATE sessions SET {old}")).await.unwrap();
        assert!(!pete.is_known_as("Pete"), "{old}");
        assert_eq!(pete.get("/booklist").header("location"), "/login?next=/booklist");
    }

    let (pete, marian) = (Person::patron(&app), Person::librarian(&app));
    let token = marian.token("/administrator/reset");
    let reset = [("reset", "returns"), ("csrf_token", token.as_str())];
    assert_eq!(marian.post("/administrator/reset", &reset).status, 303);
    assert!(!pete.is_known_as("Pete") && !marian.is_known_as("Marian"));
}

#[tokio::test]
async fn tampered_cookies_are_anonymous() {
    let app = TestApp::start().await;
    let pete = Person::patron(&app);
    let session = pete.cookie("session").unwrap();
    let long = "A".repeat(5000);
    for tampered in [
        &session[1..],
        &session.to_uppercase(),
        &format!("{session}A"),
        "' OR '1'='1",
        "%00",
        "null",
        &long,
    ] {
        let visitor = Person::at(&app);
        visitor.set_cookie("session", tampered);
        let page = visitor.get("/");
        assert_eq!(page.status, 200, "{tampered}");
        assert!(page.body.contains("href=\"/login"), "{tampered}");
    }
    for flash in ["x", "eyJ0", "%ff", &long] {
        let person = Person::at(&app);
        person.set_cookie("flash", flash);
        assert_eq!(person.get("/").status, 200, "{flash}");
    }
}

#[tokio::test]
async fn two_frontends_on_one_database_share_sessions() {
    let database = Arc::new(TestDatabase::loaded().await);
    let one = TestApp::start_on(Arc::clone(&database), &[]);
    let two = TestApp::start_on(database, &[]);
    let here = Person::patron(&one);
    let there = Person::at(&two);
    there.set_cookie("session", &here.cookie("session").unwrap());
    assert!(there.is_known_as("Pete"));
    // A form of one frontend is valid at the other.
    let token = here.token("/booklist");
    assert_eq!(
        there.post("/", &[("book_id", "3"), ("key", "k"), ("csrf_token", &token)]).status,
        303
    );
    assert_eq!(there.post("/logout", &[("csrf_token", &token)]).status, 303);
    assert!(!here.is_known_as("Pete"));
}

#[tokio::test]
async fn cookies_and_cache_headers_are_strict() {
    let app = TestApp::start().await;
    let secured = TestApp::start_on(TestDatabase::loaded().await, &[("secure_cookies", "true")]);
    for (app, prefix, secure) in [(&app, "", ""), (&secured, "__Host-", "; Secure")] {
        let pete = Person::at(app);
        let form = pete.get("/login");
        let cookie = form.header("set-cookie");
        assert!(cookie.starts_with(&format!("{prefix}login_csrf=")), "{cookie}");
        assert!(cookie.ends_with(&format!("; Path=/; HttpOnly; SameSite=Lax{secure}")), "{cookie}");
        assert_eq!(form.header("cache-control"), "no-store");
        let answer = pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        let session = cookies.iter().map(|line| line.to_str().unwrap());
        let session = session.into_iter().find(|line| line.contains("session=")).unwrap();
        assert!(session.starts_with(&format!("{prefix}session=")), "{session}");
        assert!(
            session.ends_with(&format!("; Path=/; HttpOnly; SameSite=Lax{secure}")),
            "{session}"
        );
        for path in ["/", "/book/1", "/booklist", "/booklist.ics", "/booklist/history", "/about"] {
            let page = pete.get(path);
            assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{path}");
            let policy = page.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
            assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        }
    }
}

#[tokio::test]
async fn titles_and_names_are_escaped_on_every_page() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let name = "<script>alert(1)</script>";
    let book = serde_json::json!({"book": {"title": name, "author": "\"><b>", "count": 1}});
    let id = app.send_json("POST", "/catdb/books", &book).json()["book"][0][0].to_string();
    let patron = serde_json::json!({"patron": {"first_name": name, "last_name": "<i>", "number": "SCRIPT-1"}});
    assert_eq!(app.send_json("POST", "/patdb/patrons", &patron).status, 201);

    let person = Person::at(&app);
    assert_eq!(person.log_in(name, "<i>", "SCRIPT-1", "").status, 303);
    let welcome = person.get("/").body;
    let key = hidden(&person.get("/"), "key");
    let token = person.token("/");
    let fields = [("book_id", id.as_str()), ("key", &key), ("csrf_token", &token)];
    assert_eq!(person.post("/", &fields).status, 303);
    let marian = Person::librarian(&app);
    let book_page = format!("/book/{id}");
    let desk_book = format!("/administrator/books/{id}");
    let mut pages = vec![("/".to_owned(), welcome)];
    for (who, path) in [
        (&person, "/booklist"),
        (&person, "/"),
        (&person, book_page.as_str()),
        (&person, "/booklist/history"),
        (&person, "/logout"),
        (&marian, "/administrator/loans"),
        (&marian, "/administrator/books"),
        (&marian, desk_book.as_str()),
        (&marian, "/administrator/patrons?q=script"),
        (&marian, "/?q=%3Cscript%3E"),
    ] {
        let page = who.get(path);
        assert_eq!(page.status, 200, "{path}");
        pages.push((path.to_owned(), page.body));
    }
    for (path, page) in pages {
        assert!(page.contains("&#60;script&#62;"), "{path} shows it");
        for markup in ["<script", "\"><b>", "<i>"] {
            assert!(!page.contains(markup), "{markup} got through on {path}");
        }
    }
    let calendar = person.get("/booklist.ics");
    assert!(calendar.header("content-type").starts_with("text/calendar"));
    assert!(calendar.body.contains(name) && calendar.body.contains("DTSTART;VALUE=DATE:"));
}

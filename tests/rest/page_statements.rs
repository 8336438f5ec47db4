//! Statements of the pages, with the real services: counts, due dates, outcomes and identities.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::json;
use tests::{Person, TestApp, TestDatabase, borrow, hidden, loan};

#[tokio::test]
async fn sixty_available_titles_are_counted_on_every_page_of_the_list() {
    let app = TestApp::start().await;
    let mut catalog = app.database.admin(Store::Catalog).await;
    for number in 1..=61 {
        let book =
            json!({"book": {"title": format!("Lantern {number:02}"), "author": "L", "count": 1}});
        assert_eq!(app.send_json("POST", "/catdb/books", &book).status, 201);
    }
    let id: i64 = catalog
        .query_first("SELECT MAX(id) FROM books WHERE title LIKE 'Lantern%'")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(app.send_json("POST", "/borrow", &borrow(id, 1)).status, 201);
    let page = app.get("/?q=lantern&available=1");
    assert!(
        page.body.contains("60 titles that match “lantern” are available now"),
        "{}",
        page.body
    );
    assert_eq!(page.body.matches("<article").count(), 24);
    let all = app.get("/?q=lantern");
    assert!(all.body.contains("61 titles match “lantern”"), "{}", all.body);
}

#[tokio::test]
async fn an_overdue_loan_is_shown_and_renewed_truthfully() {
    let app = TestApp::start().await;
    let mut ledger = app.database.admin(Store::Borrowing).await;
    for patron in [1, 2] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(9, patron)).status, 201);
    }
    ledger
        .query_drop(
            "UPDATE loans SET dateOut = UTC_DATE() - INTERVAL 55 DAY, \
             dateDue = UTC_DATE() - INTERVAL 41 DAY WHERE patronId = 1",
        )
        .await
        .unwrap();
    let visitor = Person::at(&app);
    for path in ["/?sort=id", "/book/9"] {
        let page = visitor.get(path).body;
        let card = page.split("id=\"book-9\"").nth(1).unwrap().split("</article>").next().unwrap();
        assert!(card.contains("was due") || card.contains("Overdue since"), "{path}: {card}");
    }
    let pete = Person::patron(&app);
    let page = pete.get("/booklist");
    assert!(page.body.contains("OVERDUE for 41 days"), "{}", page.body);
    let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
    let fields = [("renew", "9"), ("csrf_token", token.as_str()), ("key", key.as_str())];
    let renewed = pete.post("/booklist", &fields);
    assert!(renewed.header("location").starts_with("/booklist#loan-"), "{renewed:?}");
    let page = pete.get("/booklist");
    assert!(
        page.body.contains("You renewed") && page.body.contains("due in 14 days"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("OVERDUE"), "{}", page.body);
}

#[tokio::test]
async fn a_form_repeated_after_the_return_reports_the_return() {
    let app = TestApp::start().await;
    let pete = Person::patron(&app);
    let page = pete.get("/book/8");
    let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
    let form = [
        ("book_id", "8"),
        ("csrf_token", token.as_str()),
        ("key", key.as_str()),
        ("back", "/book/8"),
    ];
    assert_eq!(pete.post("/", &form).header("location"), "/book/8#book-8");
    assert!(pete.get("/book/8").body.contains("You borrowed “The Dance”. It is due on "));
    let fields = [("return", "8"), ("csrf_token", token.as_str())];
    assert_eq!(pete.post("/booklist", &fields).status, 303);
    assert!(pete.get("/booklist").body.contains("You returned “The Dance”."));
    assert_eq!(pete.post("/", &form).status, 303);
    let page = pete.get("/book/8").body;
    assert!(page.contains("You returned “The Dance” after you sent this form."), "{page}");
    assert!(!page.contains("You borrowed"), "{page}");
}

#[tokio::test]
async fn books_with_the_largest_id_keep_their_number() {
    let app = TestApp::start().await;
    let largest = i64::MAX;
    let answer = app.send_json("POST", "/borrowdb", &loan(largest, 1, "2026-01-01", "2126-01-15"));
    assert_eq!(answer.status, 201);
    let pete = Person::patron(&app);
    assert!(pete.get("/booklist").body.contains("Book no. 9223372036854775807"));
}

#[tokio::test]
async fn cookies_of_other_programs_do_not_log_anyone_out() {
    let app = TestApp::start().await;
    let pete = Person::patron(&app);
    let session = pete.cookie("session").unwrap();
    for other in ["theme=café", "a=📚", "b", "=;;"] {
        let cookie = format!("{other}; session={session}");
        let page = app.with("cookie", cookie).get("/about").body;
        assert!(page.contains("<bdi>Pete</bdi>"), "{other:?}: {page}");
    }
}

#[tokio::test]
async fn an_error_page_has_the_request_id_of_the_log() {
    let unused = format!("http://127.0.0.1:{}", tests::free_port());
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("catalog_url", &unused)]);
    let page = app.get("/");
    assert_eq!(page.status, 503);
    let id = page.header("x-request-id");
    assert!(id.len() >= 16, "{id}");
    assert!(page.body.contains(&format!("<code>{id}</code>")), "{}", page.body);
    assert!(app.log().contains(id), "the log has it too");
}

#[tokio::test]
async fn a_patron_with_one_name_logs_in_with_it() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = Person::librarian(&app);
    let token = marian.token("/administrator/patrons");
    for (first, last, number) in [("Madonna", "", "ONENAME-1"), ("", "Teller", "ONENAME-2")] {
        let fields = [
            ("first_name", first),
            ("last_name", last),
            ("number", number),
            ("csrf_token", token.as_str()),
        ];
        assert_eq!(marian.post("/administrator/patrons", &fields).status, 303, "{first}{last}");
        let person = Person::at(&app);
        assert_eq!(person.log_in(first, last, number, "").status, 303, "{first}{last}");
        assert!(person.is_known_as(&format!("{first}{last}")));
    }
}

#[tokio::test]
async fn files_for_browsers_and_tools_are_served() {
    let app = TestApp::start().await;
    for (path, content_type, text) in [
        ("/robots.txt", "text/plain; charset=utf-8", "Disallow: /booklist"),
        ("/manifest.webmanifest", "application/manifest+json; charset=utf-8", "\"The Library\""),
        (
            "/opensearch.xml",
            "application/opensearchdescription+xml; charset=utf-8",
            "/?q={searchTerms}",
        ),
        ("/new.atom", "application/atom+xml; charset=utf-8", "The Cosmic Computer"),
        ("/openapi.yaml", "application/yaml; charset=utf-8", "openapi: 3.1"),
        ("/api", "text/html; charset=utf-8", "GET /catdb/{id}"),
    ] {
        let file = app.get(path);
        assert_eq!((file.status, file.header("content-type")), (200, content_type), "{path}");
        assert!(file.body.contains(text), "{path}: {}", file.body);
    }
    assert_eq!(app.send("HEAD", "/favicon.ico").header("content-type"), "image/x-icon");
    let mut catalog = app.database.admin(Store::Catalog).await;
    for (book, added) in [(20, "2026-03-01 08:00:00"), (19, "2026-02-28 23:59:59")] {
        let update = "UPDATE books SET addedAt = ? WHERE id = ?";
        catalog.exec_drop(update, (added, book)).await.unwrap();
    }
    catalog
        .query_drop("UPDATE books SET addedAt = '2025-12-24 12:00:00' WHERE id < 19")
        .await
        .unwrap();
    let page = app.get("/catdb?sort=newest&limit=2&added_at=true").json();
    assert_eq!(page["added_at"], json!(["2026-03-01T08:00:00Z", "2026-02-28T23:59:59Z"]));
    let feed = app.get("/new.atom").body;
    assert_eq!(feed.matches("<entry>").count(), 20);
    let times: Vec<_> =
        feed.split("<updated>").skip(1).map(|rest| rest.split_once('<').unwrap().0).collect();
    let expected = ["2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z", "2026-02-28T23:59:59Z"];
    assert_eq!(times[..3], expected, "the feed's and the first entries'");
    assert_eq!(times.last(), Some(&"2025-12-24T12:00:00Z"));
    assert!(feed.contains(&format!("href=\"{}/book/20\"", app.origin())), "{feed}");
}

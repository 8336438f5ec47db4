//! The pages in the reader's language: by a cookie, else by the browser, else in English.

use frontend::routes::{Access, CachePolicy, ROUTES};
use serde_json::Value;
use tests::{Person, TestApp, TestDatabase, borrow};

#[tokio::test]
async fn the_language_is_the_readers_choice_else_the_browsers() {
    let app = TestApp::start().await;
    let german = app.with("accept-language", "de-AT,de;q=0.9,en;q=0.5");
    for (client, tag, welcome) in [
        (&*app, "en", "Welcome to the library"),
        (&german, "de", "Willkommen in der Bibliothek"),
        (&app.with("accept-language", "fr"), "en", "Welcome to the library"),
        (&german.with("cookie", "language=en"), "en", "Welcome to the library"),
        (&german.with("cookie", "language=none"), "de", "Willkommen in der Bibliothek"),
    ] {
        let page = client.get("/");
        assert_eq!((page.status, page.header("content-language")), (200, tag));
        assert_eq!(page.header("vary"), "Cookie, Accept-Language");
        assert_eq!(page.header("cache-control"), "no-cache", "a choice is nothing personal");
        assert!(page.body.contains(&format!("<html lang=\"{tag}\">")));
        assert!(page.body.contains(welcome), "{}", page.body);
    }
}

#[tokio::test]
async fn the_switch_returns_to_the_same_page_on_this_host() {
    let app = TestApp::start().await;
    let anna = Person::at(&app);
    for path in ["/", "/?q=the&sort=title", "/book/8", "/login?next=/booklist", "/nothing", "/%ff"]
    {
        for (tag, other) in [("en", "de"), ("de", "en")] {
            let page = anna.get(path);
            assert_eq!(page.header("content-language"), tag, "{path}");
            let link = format!("<a href=\"/language/{other}?next=");
            let (_, rest) = page.body.split_once(&link).expect("a switch");
            let next = rest.split('"').next().unwrap().replace("&#38;", "&");
            let switched = anna.get(&format!("/language/{other}?next={next}"));
            assert_eq!((switched.status, switched.header("location")), (303, path));
            assert_eq!(switched.header("cache-control"), "no-store");
        }
    }
    for elsewhere in
        ["//evil.example", "/%5Cevil.example", "https:%2F%2Fevil.example", "/%0d%0aa:b", "%2F%2Fa"]
    {
        let answer = app.get(&format!("/language/de?next={elsewhere}"));
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{elsewhere}");
    }
    let from_elsewhere = app.with("sec-fetch-site", "cross-site").get("/language/de?next=/about");
    assert_eq!(from_elsewhere.header("location"), "/about");
    assert_eq!(from_elsewhere.header("set-cookie"), "", "another site can't choose");
    assert_eq!(app.get("/language/xx").status, 404);
    assert_eq!(app.send("POST", "/language/de").status, 405);
}

#[tokio::test]
async fn forms_notices_and_errors_are_in_the_readers_language() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let pete = Person::at(&app);
    pete.get("/language/de");
    let refused = pete.log_in("", "", "", "");
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Geben Sie Ihren Vor- oder Nachnamen ein."), "{}", refused.body);
    assert_eq!(pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "").status, 303);
    assert!(pete.get("/about").body.contains("Willkommen, Pete."));

    let form = pete.token("/book/8");
    let fields = [("csrf_token", form.as_str()), ("key", "k"), ("book_id", "8")];
    assert_eq!(pete.post("/", &fields).status, 303);
    let notice = pete.get("/booklist").body;
    assert!(
        notice.contains("Sie haben „The Dance“ ausgeliehen. Die Leihfrist endet am "),
        "{notice}"
    );
    assert!(notice.contains("Sie haben 1 von 4 Büchern."), "{notice}");
    let expired = pete.post("/", &[("csrf_token", "x"), ("book_id", "8")]);
    assert_eq!(expired.status, 403);
    assert!(expired.body.contains("Dieses Formular ist abgelaufen"), "{}", expired.body);

    let marian = Person::librarian(&app);
    marian.get("/language/de");
    let desk = marian.get("/administrator/loans");
    assert!(desk.body.contains("Eine offene Ausleihe"), "{}", desk.body);
}

#[tokio::test]
async fn feed_calendar_and_manifest_are_in_the_readers_language() {
    let app = TestApp::start().await;
    assert_eq!(app.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    let pete = Person::patron(&app);
    pete.get("/language/de");
    for (path, texts) in [
        ("/new.atom", ["xml:lang=\"de\"", "Die Bibliothek: Neue Bücher"]),
        (
            "/booklist.ics",
            ["SUMMARY:Rückgabe: The Dance", "PRODID:-//Library on Spin//Due dates//DE"],
        ),
        ("/manifest.webmanifest", ["\"Die Bibliothek\"", "\"Bibliothek\""]),
        ("/opensearch.xml", ["Durchsuchen Sie den Katalog", "<ShortName>Bibliothek<"]),
    ] {
        let file = pete.get(path);
        assert_eq!((file.status, file.header("content-language")), (200, "de"), "{path}");
        assert_eq!(file.header("vary"), "Cookie, Accept-Language", "{path}");
        for text in texts {
            assert!(file.body.contains(text), "no {text} in {path}: {}", file.body);
        }
    }
    assert!(pete.get("/booklist.ics").header("content-disposition").contains("meine-buecher.ics"));
}

#[tokio::test]
async fn assets_and_rest_answers_do_not_depend_on_the_language() {
    let app = TestApp::start().await;
    let german = app.with("accept-language", "de").with("cookie", "language=de");
    let english_page = app.get("/about").body;
    let assets = |page: &str| -> Vec<String> {
        let paths = page.split('"').filter(|text| text.starts_with("/assets/"));
        paths.map(str::to_owned).collect()
    };
    assert_eq!(assets(&german.get("/about").body), assets(&english_page));
    for path in assets(&english_page) {
        let asset = german.get(&path);
        assert_eq!((asset.status, asset.header("vary")), (200, ""), "{path}");
        assert!(asset.header("cache-control").contains("immutable"), "{path}");
        assert_eq!(asset.body, app.get(&path).body);
    }
    for path in ["/catdb/8", "/catdb/99", "/borrowdb/due/2026-02-30", "/borrow/rules", "/patdb/x"] {
        let (mut one, mut other) = (app.get(path).json(), german.get(path).json());
        for answer in [&mut one, &mut other] {
            // Each request has its own.
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("request_id".into(), Value::Null);
            }
        }
        assert_eq!(one, other, "{path}");
    }
    // Whatever may be cached for long without a check is either free of texts or says what it varies by.
    let cached = |policy| matches!(policy, CachePolicy::Day | CachePolicy::Immutable);
    for route in ROUTES.iter().filter(|route| cached(route.cache)) {
        assert_eq!(route.access, Access::Static, "{}", route.path);
    }
}

#[tokio::test]
async fn without_its_services_the_library_still_speaks_the_readers_language() {
    let unused = format!("http://127.0.0.1:{}", tests::free_port());
    let urls = [("catalog_url", unused.as_str()), ("patrons_url", unused.as_str())];
    let app = TestApp::start_on(TestDatabase::loaded().await, &urls);
    let german = app.with("cookie", "language=de; session=s");
    let page = german.get("/");
    assert_eq!((page.status, page.header("content-language")), (503, "de"));
    for text in ["Die Bibliothek ist vorübergehend nicht verfügbar", "Konto nicht verfügbar"] {
        assert!(page.body.contains(text), "{}", page.body);
    }
    assert!(page.body.contains("href=\"/language/en?next=/\""), "the switch needs no service");
}

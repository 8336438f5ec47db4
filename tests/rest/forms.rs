//! Forms of the pages: sent twice, and invalid ones.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use tests::{Client, Person, TestApp, TestDatabase, hidden};

#[tokio::test]
async fn a_form_sent_twice_is_executed_once() {
    let app = TestApp::start().await;
    let pete = Person::patron(&app);
    let page = pete.get("/");
    let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
    let fields = [("book_id", "3"), ("csrf_token", token.as_str()), ("key", key.as_str())];
    std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..2)
            .map(|_| {
                let (fields, cookie) = (fields, pete.cookie("session").unwrap());
                let client: Client = app.clone();
                scope.spawn(move || {
                    let browser = Person::at(&client);
                    browser.set_cookie("session", &cookie);
                    browser.post("/", &fields)
                })
            })
            .collect();
        for click in clicks {
            let answer = click.join().unwrap();
            assert_eq!((answer.status, answer.header("location")), (303, "/booklist"), "no `back`");
        }
    });
    // Both report success, neither that the book was already borrowed.
    let again = pete.post("/", &fields);
    assert_eq!(again.status, 303);
    assert!(pete.get("/booklist").body.contains("You borrowed"));
    assert_eq!(app.get("/borrowdb").json()["transactions"].as_array().unwrap().len(), 1);
    // After a return, borrowing from a new page is another loan.
    let page = pete.get("/booklist");
    let fields = [("return", "3"), ("csrf_token", token.as_str()), ("key", "other")];
    assert_eq!(pete.post("/booklist", &fields).status, 303);
    drop(page);
    let key = hidden(&pete.get("/"), "key");
    let fields = [("book_id", "3"), ("csrf_token", token.as_str()), ("key", key.as_str())];
    assert_eq!(pete.post("/", &fields).status, 303);
    assert_eq!(app.get("/borrowdb").json()["transactions"].as_array().unwrap().len(), 1);
}

/// Escaped for the request to a service, such input is longer than what the browser sent.
#[tokio::test]
async fn input_that_is_too_long_for_a_service_is_named() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let (stranger, marian) = (Person::at(&app), Person::librarian(&app));
    for (person, path) in [
        (&stranger, "/?q="),
        (&stranger, "/?author="),
        (&marian, "/administrator/books?q="),
        (&marian, "/administrator/patrons?q="),
        (&marian, "/administrator/loans?q="),
    ] {
        for text in ["'".repeat(22_000), "a+".repeat(17_000), "a".repeat(65_000)] {
            let answer = person.get(&format!("{path}{text}"));
            assert_eq!(answer.status, 414, "{path}{}", &text[..9]);
            assert!(answer.body.contains("This search is too long"), "{}", answer.body);
        }
    }
    // In a form, this character has three bytes, and in JSON six.
    let long = "\u{1}".repeat(20_000);
    let token = stranger.token("/login");
    let login = [
        ("csrf_token", token.as_str()),
        ("user_first_name", &long),
        ("user_last_name", "Dymond"),
        ("user_lib_id", "BUFFALOBILL1"),
    ];
    let token = marian.token("/administrator/patrons/2");
    let edit = [
        ("csrf_token", token.as_str()),
        ("action", "edit"),
        ("first_name", "Augusta"),
        ("last_name", "King"),
        ("number", "ADA1"),
        ("from_first_name", &long),
        ("from_last_name", "Scheidegger"),
        ("from_number", "DEADBEEF2222"),
    ];
    for (person, path, fields) in
        [(&stranger, "/login", &login[..]), (&marian, "/administrator/patrons/2", &edit)]
    {
        let answer = person.post(path, fields);
        assert_eq!(answer.status, 413, "{path}: {}", answer.body);
        assert!(answer.body.contains("This form is too large"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn invalid_forms_get_a_400_page_and_change_nothing() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let (pete, marian) = (Person::patron(&app), Person::librarian(&app));
    let (token, desk) = (pete.token("/booklist"), marian.token("/administrator/books"));
    let before = app.database.checksums().await;
    for (person, token, path, fields) in [
        (&pete, &token, "/", vec![("key", "k")]),
        (&pete, &token, "/", vec![("key", "k"), ("book_id", "0")]),
        (&pete, &token, "/", vec![("key", "k"), ("book_id", "1"), ("book_id", "2")]),
        (&pete, &token, "/booklist", vec![("key", "k")]),
        (&pete, &token, "/booklist", vec![("renew", "1"), ("return", "1")]),
        (&marian, &desk, "/administrator/loans", vec![("return", "1")]),
        (&marian, &desk, "/administrator/books/1", vec![("add", "1"), ("from", "x")]),
        (&marian, &desk, "/administrator/books/1", vec![("add", "1"), ("withdraw", "1")]),
        (&marian, &desk, "/administrator/books/1", vec![("withdraw", "2")]),
    ] {
        let fields = [fields, vec![("csrf_token", token.as_str())]].concat();
        let answer = person.post(path, &fields);
        assert_eq!(answer.status, 400, "{path} {fields:?}: {}", answer.body);
        assert!(answer.body.contains("Nothing changed"), "{}", answer.body);
    }
    for (content_type, body) in
        [("application/json", &b"{}"[..]), ("application/x-www-form-urlencoded", b"book_id=%ff")]
    {
        let cookie = format!("session={}", pete.cookie("session").unwrap());
        let client = app.with("cookie", cookie).with("content-type", content_type);
        assert_eq!(client.send_bytes("POST", "/", body).status, 400, "{content_type}");
    }
    let cookie = format!("session={}", pete.cookie("session").unwrap());
    let client =
        app.with("cookie", cookie).with("content-type", "application/x-www-form-urlencoded");
    let large = client.send_bytes("POST", "/", &[b'a'; 70_000]);
    assert_eq!(large.status, 413);
    assert!(large.body.contains("This form is too large"), "{}", large.body);
    let chunked = client.send_chunked("POST", "/booklist", &[b'a'; 70_000][..]);
    assert_eq!(chunked.status, 413);
    assert_eq!(app.database.checksums().await, before);
}

#[tokio::test]
async fn a_path_without_a_form_does_not_wait_for_a_body() {
    let app = TestApp::start().await;
    if app.has_proxy() {
        return;
    }
    for (request, status) in [
        ("POST /nothing", "404"),
        ("POST /assets/x", "405"),
        ("POST /about", "405"),
        ("PUT /login", "405"),
        ("POST /healthz", "405"),
        ("DELETE /nothing/else", "404"),
    ] {
        let begin = Instant::now();
        let mut connection = TcpStream::connect(app.address()).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head =
            format!("{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n{{");
        connection.write_all(head.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(connection).read_line(&mut line).unwrap();
        assert_eq!(line.split(' ').nth(1), Some(status), "{request}: {line}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{request}: {:?}", begin.elapsed());
    }
}

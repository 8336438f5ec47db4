//! "How this page was made": true for every page, and free of anybody's data.

use contract::work::Work;
use frontend::routes::{Access, ROUTES};
use library_db::Store;
use mysql_async::{Conn, Row, prelude::Queryable};
use serde_json::Value;
use tests::{Answer, PIN, Person, TestApp, TestDatabase, borrow, free_port, hidden};

use crate::valid_forms::form_of;

const ON: (&str, &str) = ("show_work", "true");

/// A text that is searched for. No book and no statement has it.
const NEEDLE: &str = "xylophone";

#[tokio::test]
async fn no_page_shows_anybodys_data_in_how_it_was_made() {
    let database = TestDatabase::with_librarian().await;
    let secrets = personal_data(&database).await;
    let app = TestApp::start_on(database, &[ON]);
    for (book, patron) in [(1, 1), (2, 1), (8, 2)] {
        assert_eq!(app.send_json("POST", "/borrow", &borrow(book, patron)).status, 201);
    }
    assert_eq!(app.send_json("DELETE", "/borrow", &borrow(2, 1)).status, 200);
    let check = |person: &Person, answer: &Answer, place: &str| {
        let cookies =
            ["session", "login_csrf", "lab"].into_iter().filter_map(|name| person.cookie(name));
        let shown = shown_work(answer, place);
        for secret in secrets.iter().cloned().chain(cookies) {
            assert!(!shown.contains(&secret), "{place} shows {secret}: {shown}");
        }
    };

    let everybody = || [Person::at(&app), Person::patron(&app), Person::librarian(&app)];
    for person in everybody() {
        let pages = ROUTES.iter().filter(|route| route.method == "GET");
        for route in pages.filter(|route| route.access != Access::Static) {
            let path = route.path.replace("{id}", "7");
            for target in [path.clone(), format!("{path}?q={NEEDLE}&available=1&sort=title")] {
                check(&person, &person.get(&target), &target);
            }
        }
        check(&person, &person.get(&format!("/{NEEDLE}")), "a page that does not exist");
    }
    // Forms, and the pages to which they lead.
    for route in ROUTES.iter().filter(|route| route.method == "POST") {
        let [stranger, patron, librarian] = everybody();
        let person = match (route.path, route.access) {
            ("/login" | "/lab", _) => stranger,
            (_, Access::Librarian) => librarian,
            _ => patron,
        };
        let (page, target, mut fields) = form_of(route);
        check(&person, &person.post(target, &fields), "a form without a token");
        let token = person.token(page);
        fields.extend([("csrf_token", token.as_str()), ("key", "k")]);
        let answer = person.post(target, &fields);
        assert_eq!(answer.status, 303, "{}: {answer:?}", route.path);
        check(&person, &answer, route.path);
        let next = answer.header("location").split('#').next().unwrap().to_owned();
        let page = person.get(&next);
        assert!(page.body.contains("Your previous click, POST"), "{next}: {}", page.body);
        check(&person, &page, &next);
        let again = person.get(&next);
        assert!(!again.body.contains("Your previous click"), "it is shown once: {next}");
    }
    // A login that fails, until no further one is allowed.
    let stranger = Person::at(&app);
    for _ in 0..7 {
        let answer = stranger.log_in("Pete", NEEDLE, "BUFFALOBILL1", "");
        assert!([422, 429].contains(&answer.status), "{answer:?}");
        check(&stranger, &answer, "a failed login");
    }
}

#[tokio::test]
async fn a_page_without_a_service_shows_which_one_did_not_answer() {
    let unused = format!("http://127.0.0.1:{}", free_port());
    let variables = [ON, ("catalog_url", unused.as_str())];
    let app = TestApp::start_on(TestDatabase::loaded().await, &variables);
    let page = app.get("/");
    assert_eq!(page.status, 503);
    let panel = panel(&page).unwrap();
    assert!(
        panel.contains("frontend calls catalog: <code>GET /catdb</code>, no answer"),
        "{panel}"
    );
    assert!(!panel.contains("127.0.0.1"), "{panel}");
}

#[tokio::test]
async fn calls_and_statements_are_those_of_the_logs_and_of_the_database() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[ON]);
    let mut server = app.database.server().await;
    for sql in ["SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = ON"] {
        server.query_drop(sql).await.unwrap();
    }
    let pete = Person::patron(&app);
    assert!(pete.get("/").body.contains("Your previous click"), "the login");
    for target in ["/", "/book/8", "/booklist", "/about", "/?q=war&sort=title&available=1"] {
        let since = now(&mut server).await;
        let page = pete.get(target);
        assert_eq!(page.status, 200, "{target}");
        let (calls, statements) = read_panel(&panel(&page).unwrap());
        assert_eq!(calls, logged_calls(&app, page.header("x-request-id")), "{target}");
        assert_same(&statements, &executed(&app, &mut server, &since).await, target);
        let timing = page.header("server-timing");
        assert!(timing.starts_with("frontend;dur="), "{timing}");
        assert_eq!(timing.matches("-sql;dur=").count(), statements.len(), "{timing}");
    }

    // A form, shown on the page after it.
    let page = pete.get("/book/8");
    let (token, key) = (hidden(&page, "csrf_token"), hidden(&page, "key"));
    let fields = [("book_id", "8"), ("csrf_token", &token), ("key", &key), ("back", "/book/8")];
    let since = now(&mut server).await;
    let answer = pete.post("/", &fields);
    assert_eq!(answer.status, 303);
    let expected = executed(&app, &mut server, &since).await;
    let page = pete.get("/book/8");
    let before = panel(&page).unwrap();
    let before = before.split("<div class=\"request\">").nth(2).expect("the previous click");
    let (calls, statements) = read_panel(before);
    assert_eq!(calls, logged_calls(&app, answer.header("x-request-id")));
    assert_same(&statements, &expected, "POST /");
    let who: Vec<&str> = calls.iter().map(|(service, ..)| service.as_str()).collect();
    for service in ["patrons", "lending", "catalog", "borrowing"] {
        assert!(who.contains(&service), "{who:?}");
    }
    assert!(before.contains("INSERT INTO loans"), "{before}");
    assert!(before.contains("lending calls patrons"), "{before}");
    assert!(before.contains("at the same time as"), "{before}");
    for file in texts(before, "<code class=\"file\">") {
        assert!(tests::project().join(&file).is_file(), "{file}");
    }
}

#[tokio::test]
async fn services_tell_their_work_to_callers_that_ask() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[ON]);
    assert_eq!(app.get("/catdb/7").header("x-work"), "", "nobody asked");
    let curious = app.with("x-show-work", "1");
    let work = work_of(&curious.get("/catdb/7"));
    assert_eq!((&*work.endpoint, work.status), ("GET /catdb/{id}", 200));
    assert_eq!(work.statements.len(), 1);
    assert_eq!(work.statements[0].file, "components/catalog/src/store.rs");
    assert_eq!(work.statements[0].rows, 1);
    assert!(work.process.is_some_and(|process| !process.version.is_empty()));

    let lending = work_of(&curious.send_json("POST", "/borrow", &borrow(7, 1)));
    let called: Vec<_> = lending.calls.iter().map(|call| &*call.service).collect();
    assert_eq!(called, ["patrons", "catalog", "borrowing"]);
    let patrons = &lending.calls[0];
    assert!(lending.calls[1].start < patrons.start + patrons.micros, "at the same time");
    assert!(lending.calls[2].start >= patrons.start + patrons.micros, "afterwards");
    let inner = lending.calls[2].work.as_ref().unwrap();
    assert!(inner.statements.iter().any(|statement| statement.sql.starts_with("INSERT")));

    // An error is an answer, too.
    assert_eq!(work_of(&curious.get("/catdb/99")).status, 404);
}

#[tokio::test]
async fn a_list_that_is_sent_while_it_is_read_tells_its_first_statements() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[ON]);
    let mut catalog = app.database.admin(Store::Catalog).await;
    catalog
        .query_drop(
            "INSERT INTO books (title, author, count, thumbnailUrl) \
             SELECT CONCAT('T', a.id, '-', b.id, '-', c.id), 'A', 1, '' \
             FROM books AS a, books AS b, books AS c LIMIT 2000",
        )
        .await
        .unwrap();
    let answer = app.with("x-show-work", "1").get("/catdb");
    assert_eq!(answer.json()["books"].as_array().unwrap().len(), 2020);
    let work = work_of(&answer);
    assert!(work.streamed && work.statements.len() == 1, "{work:?}");
    let short = work_of(&app.with("x-show-work", "1").get("/catdb?limit=5"));
    assert!(!short.streamed, "{short:?}");
}

#[tokio::test]
async fn nothing_is_shown_unless_it_is_turned_on() {
    let app = TestApp::start().await;
    for path in ["/catdb/7", "/borrow/rules"] {
        let answer = app.with("x-show-work", "1").get(path);
        assert_eq!((answer.status, answer.header("x-work")), (200, ""), "{path}");
    }
    let page = app.get("/");
    assert_eq!(panel(&page), None);
    assert!(!page.body.contains("/assets/work."), "not even its style: {}", page.body);
    assert_eq!(page.header("server-timing"), "");
}

#[tokio::test]
async fn it_is_refused_together_with_a_token() {
    let variables = [ON, ("api_token", "s3cret")];
    let app = TestApp::start_on(TestDatabase::loaded().await, &variables);
    let sentence = "`show_work` can't be true while `api_token` is set";
    for path in ["/catdb/healthz", "/patdb/healthz", "/borrowdb/healthz"] {
        let answer = app.get(path);
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.detail().contains(sentence), "{answer:?}");
    }
    assert_eq!(app.get("/borrow/healthz").status, 503);
    let client = app.with("authorization", "Bearer s3cret");
    assert_eq!(client.with("x-show-work", "1").get("/catdb/7").status, 503);
    let page = app.get("/");
    assert_eq!((page.status, panel(&page)), (200, None));
    assert!(app.log().contains(sentence), "{}", app.log());
    assert!(!app.log().contains("s3cret"));
}

/// The panel of a page, if it has one.
fn panel(page: &Answer) -> Option<String> {
    let (_, rest) = page.body.split_once("<details class=\"work\">")?;
    Some(rest.split_once("</details>\n").expect("its end").0.to_owned())
}

/// All that an answer shows of its work.
fn shown_work(answer: &Answer, place: &str) -> String {
    let timing = answer.header("server-timing");
    assert!(timing.starts_with("frontend;dur="), "{place}: {answer:?}");
    let is_page = answer.header("content-type").starts_with("text/html");
    let panel = panel(answer).unwrap_or_default();
    assert_eq!(!panel.is_empty(), is_page, "{place}: {answer:?}");
    format!("{timing}\n{panel}")
}

fn work_of(answer: &Answer) -> Work {
    let header = answer.headers.get("x-work").unwrap_or_else(|| panic!("no work: {answer:?}"));
    serde_json::from_slice(header.as_bytes()).unwrap()
}

/// Names, card numbers, titles and authors, and what else nobody else may see.
async fn personal_data(database: &TestDatabase) -> Vec<String> {
    let mut patrons = database.admin(Store::Patrons).await;
    let rows: Vec<(String, String, String)> =
        patrons.query("SELECT firstName, lastName, patronNum FROM patrons").await.unwrap();
    let mut catalog = database.admin(Store::Catalog).await;
    let books: Vec<(String, String)> =
        catalog.query("SELECT title, author FROM books").await.unwrap();
    let mut texts: Vec<String> = vec![PIN.to_owned(), NEEDLE.to_owned()];
    texts.extend(Store::ALL.map(|store| database.library.passwords.of(store).to_owned()));
    texts.extend(rows.into_iter().flat_map(|(first, last, number)| [first, last, number]));
    texts.extend(books.into_iter().flat_map(|(title, author)| [title, author]));
    // The fields of the forms.
    texts.extend(["MOOMIN-8", "Jansson"].map(str::to_owned));
    texts.retain(|text| !text.is_empty());
    texts
}

/// A call: service, endpoint, status, and how many statements the service ran for it.
type Called = (String, String, u64, usize);

/// The calls that a panel shows, and the texts of their statements with the services that ran them.
fn read_panel(panel: &str) -> (Vec<Called>, Vec<(String, String)>) {
    let (mut calls, mut statements) = (Vec::new(), Vec::new());
    for item in panel.split("<li><p>").skip(1) {
        let (sentence, rest) = item.split_once(": <code>").expect("an endpoint");
        let service = sentence.rsplit(' ').next().unwrap().to_owned();
        let (endpoint, rest) = rest.split_once("</code>, ").expect("an outcome");
        let status = rest.split(',').next().unwrap().parse().unwrap_or_default();
        let texts = texts(item, "<code class=\"sql\">");
        calls.push((service.clone(), endpoint.to_owned(), status, texts.len()));
        statements.extend(texts.into_iter().map(|sql| (service.clone(), unescape(&sql))));
    }
    calls.sort();
    (calls, statements)
}

/// The calls of a request by the lines that the called services wrote to their logs.
fn logged_calls(app: &TestApp, request_id: &str) -> Vec<Called> {
    let log = app.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut calls: Vec<Called> = lines
        .filter(|line| line["request_id"] == request_id && line["status"].is_u64())
        .filter(|line| line["component"] != "frontend")
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            let number = |key: &str| line[key].as_u64().unwrap();
            let endpoint = format!("{} {}", text("method"), text("route"));
            let statements = usize::try_from(number("statements")).unwrap();
            (text("component"), endpoint, number("status"), statements)
        })
        .collect();
    calls.sort();
    calls
}

/// The texts between `start` and the next tag.
fn texts(html: &str, start: &str) -> Vec<String> {
    html.split(start).skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

fn unescape(html: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The server's time, for [`executed`].
async fn now(server: &mut Conn) -> String {
    server.query_first("SELECT CAST(SYSDATE(6) AS CHAR)").await.unwrap().unwrap()
}

/// Service and text of every statement that the app's users executed since then, with values in it.
async fn executed(app: &TestApp, server: &mut Conn, since: &str) -> Vec<(String, String)> {
    let rows: Vec<Row> = server
        .exec(
            "SELECT user_host, argument FROM mysql.general_log \
             WHERE command_type = 'Execute' AND event_time >= ?",
            (since,),
        )
        .await
        .unwrap();
    let names = &app.database.library.names;
    let text = |row: &Row, index: usize| {
        let bytes: Vec<u8> = row.get(index).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    rows.iter()
        .filter_map(|row| {
            let user = text(row, 0);
            let is_of = |store: &Store| user.starts_with(&format!("{}[", names.user(*store)));
            let store = Store::ALL.into_iter().find(is_of)?;
            Some((store.service().to_owned(), text(row, 1)))
        })
        .collect()
}

/// Fails unless each shown statement was executed, and nothing else was. Statements of services that worked at the same
/// time are in any order. The embedded runtime executes the session's settings only in a session that does not have them
/// already.
fn assert_same(shown: &[(String, String)], executed: &[(String, String)], place: &str) {
    let mut rest = executed.to_vec();
    for (service, sql) in shown {
        let found =
            rest.iter().position(|(of, with_values)| of == service && fits(sql, with_values));
        if let Some(found) = found {
            rest.remove(found);
        } else {
            assert!(sql.starts_with("SET SESSION "), "{place}: {service} ran {sql}? {rest:#?}");
        }
    }
    assert!(rest.is_empty(), "{place} does not show {rest:#?}");
}

/// Whether a statement is `sql` with values instead of its question marks. The server's log has what it skips, code for
/// another server's versions, as a plain comment.
fn fits(sql: &str, with_values: &str) -> bool {
    let sql = &sql.replace("/*!", "/* ");
    let with_values = &with_values.replace("/*!", "/* ");
    let mut parts: Vec<&str> = sql.split('?').collect();
    let last = parts.pop().unwrap();
    if parts.is_empty() {
        return *with_values == last;
    }
    let Some(mut rest) = with_values.strip_suffix(last) else { return false };
    for (index, part) in parts.into_iter().enumerate() {
        match rest.split_once(part) {
            Some((before, after)) if index > 0 || before.is_empty() => rest = after,
            _ => return false,
        }
    }
    true
}

//! Refused requests in other spellings: no form of a method, a path or a header opens what the plain one does not.

use frontend::routes::{Access, ROUTES};
use tests::{TestApp, TestDatabase, is_long, note};

use crate::{
    DEMO, TOKEN,
    caller::Caller,
    requests::{add_targets, prepare},
    rest::{changes_rows, routes},
};

/// Spellings of a path that lead to the same route, or to none.
fn spellings(path: &str) -> Vec<String> {
    let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    let first = path.chars().nth(1).map(u32::from).unwrap_or(u32::from('/'));
    let mut paths = vec![
        format!("{path}/"),
        format!("/{path}"),
        format!("/%{first:02X}{}", path.get(2..).unwrap_or_default()),
    ];
    if is_long() {
        paths.extend([
            format!("{path}//"),
            format!("{path}/."),
            format!("/.{path}"),
            format!("/x/..{path}"),
            format!("{path};a=b"),
            format!("{path}%2F"),
            format!("{path}%00"),
            format!("{path}%20"),
            path.to_uppercase(),
            format!("/{}", path[1..].replace('/', "%2F")),
            format!("/{}", path[1..].replace('/', "\\")),
            format!("/healthz{path}"),
        ]);
    }
    paths.into_iter().map(|path| path + query.as_str()).collect()
}

/// Methods in place of the route's own.
fn methods(own: &'static str) -> Vec<&'static str> {
    let mut methods = vec![own];
    if own == "GET" {
        methods.push("HEAD");
    }
    if is_long() {
        methods.extend(["OPTIONS", "PATCH", "TRACE", "get", "PoSt", "PROPFIND"]);
    }
    methods
}

#[tokio::test]
async fn no_spelling_of_an_endpoint_is_answered_without_the_token() {
    let variables = [("api_token", TOKEN), DEMO];
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &variables);
    add_targets(&app).await;
    let admin = crate::caller::with_token(&app);
    let librarian = Caller::Librarian.browser(&app);
    let session = librarian.cookie("session").expect("a session");
    let overrides = ["x-http-method-override", "x-original-url", "x-rewrite-url", "spin-path-info"];
    let mut sent = 0;
    for (number, route) in (1..).zip(routes()) {
        if route.path.ends_with("/healthz") || route.path == contract::patrons::RESET.route.path {
            continue;
        }
        let mut request = prepare(route, number, &admin, &session);
        let before = app.database.checksums().await;
        let own = request.path.clone();
        for path in spellings(&own).into_iter().chain([own.clone()]) {
            for method in methods(route.method.as_str()) {
                (request.method, request.path) = (method, path.clone());
                for client in [
                    librarian.client(),
                    librarian.client().with(overrides[sent % 4], "/catdb/healthz"),
                ] {
                    let answer = request.send(&client);
                    sent += 1;
                    assert!(
                        [400, 401, 404, 405, 501].contains(&answer.status) || is_page(&answer),
                        "{method} {path}: {answer:?}"
                    );
                    let told = without_language_link(&answer.body);
                    assert!(!told.contains("CARD-"), "{method} {path}: {}", answer.body);
                }
            }
        }
        assert_eq!(app.database.checksums().await, before, "{route:?}");
        (request.method, request.path) = (route.method.as_str(), own);
        assert_eq!(request.send(&admin).status, route.success.as_u16(), "{route:?}");
        debug_assert!(changes_rows(route) || app.database.checksums().await == before);
    }
    note(&format!("{sent} spellings of guarded requests refused"));
}

/// A page of the frontend, which answers every path that no service has.
/// The page without the link to itself in another language, which has the address that was asked for.
fn without_language_link(page: &str) -> String {
    match page.split_once("href=\"/language/") {
        Some((before, rest)) => {
            format!("{before}{}", rest.split_once('"').map_or("", |(_, rest)| rest))
        }
        None => page.to_owned(),
    }
}

fn is_page(answer: &tests::Answer) -> bool {
    answer.header("content-type").starts_with("text/html")
}

#[tokio::test]
async fn no_spelling_of_a_desk_page_is_answered_to_a_patron() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let mut sent = 0;
    for caller in [Caller::Anonymous, Caller::Patron, Caller::RightToken] {
        let browser = caller.browser(&app);
        let before = app.database.checksums().await;
        for route in ROUTES.iter().filter(|route| route.access == Access::Librarian) {
            let path = route.path.replace("{id}", "1");
            for path in spellings(&path).into_iter().chain([path.clone()]) {
                for method in methods(route.method) {
                    let client =
                        browser.client().with("content-type", "application/x-www-form-urlencoded");
                    let answer = if method == "POST" {
                        client.send_bytes(method, &path, b"return=1&patron_id=1&key=k")
                    } else {
                        client.send(method, &path)
                    };
                    sent += 1;
                    assert!(
                        [303, 400, 403, 404, 405, 501].contains(&answer.status),
                        "{method} {path} by {caller:?}: {answer:?}"
                    );
                    assert!(
                        answer.status != 303 || answer.header("location").starts_with("/login")
                    );
                    assert!(
                        !answer.body.contains("INKANDPAPER7"),
                        "{method} {path}: {}",
                        answer.body
                    );
                }
            }
        }
        assert_eq!(app.database.checksums().await, before, "{caller:?}");
    }
    note(&format!("{sent} spellings of desk pages refused"));
}

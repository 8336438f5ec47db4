//! The services: open until a token is required, then open to its holder only, whatever cookie comes along.

use contract::{Method, Route};
use serde_json::json;
use tests::{Answer, Client, TestApp, TestDatabase, borrow, note};

use crate::{
    DEMO, TOKEN,
    caller::{Caller, with_token},
    requests::{Request, add_targets, prepare},
};

#[tokio::test]
async fn where_a_token_is_required_only_its_holder_is_answered() {
    let variables = [("api_token", TOKEN), DEMO];
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &variables);
    let matrix = Matrix::of(&app).await;
    let mut number = 0;
    let mut refused = 0;
    for route in routes() {
        let is_health = route.path.ends_with("/healthz");
        let request = matrix.prepare(route, &mut number);
        let before = app.database.checksums().await;
        for (caller, client) in &matrix.callers {
            if *caller == Caller::RightToken || is_health {
                continue;
            }
            assert_unauthorized(&request.send(client), &format!("{route:?} by {caller:?}"));
            refused += 1;
        }
        assert_eq!(
            app.database.checksums().await,
            before,
            "{route:?}: a refused request wrote something"
        );
        let answer = request.send(if is_health { &app } else { &matrix.admin });
        assert_eq!(answer.status, route.success.as_u16(), "{route:?}: {answer:?}");
        assert_eq!(
            app.database.checksums().await != before,
            changes_rows(route),
            "{route:?}: the refused request would have changed something"
        );
    }
    note(&format!("{refused} requests refused for want of the token"));
}

#[tokio::test]
async fn without_a_required_token_everyone_is_answered() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[DEMO]);
    let matrix = Matrix::of(&app).await;
    let mut number = 0;
    for route in routes() {
        for (caller, client) in &matrix.callers {
            let request = matrix.prepare(route, &mut number);
            let answer = request.send(client);
            assert_eq!(
                answer.status,
                route.success.as_u16(),
                "{route:?} by {caller:?}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn only_the_exact_token_counts_and_nothing_else_is_told() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("api_token", TOKEN)]);
    let before = app.database.checksums().await;
    let lower = format!("Bearer {}", TOKEN.to_lowercase());
    let longer = format!("Bearer {TOKEN}x");
    let shorter = format!("Bearer {}", &TOKEN[1..]);
    let basic = format!("Basic {TOKEN}");
    let twice = format!("Bearer {TOKEN} {TOKEN}");
    let listed = format!("Bearer x, Bearer {TOKEN}");
    for authorization in [
        "", "Bearer", "Bearer ", TOKEN, &lower, &longer, &shorter, &basic, &twice, &listed,
        "Bearer X",
    ] {
        let client = app.with("authorization", authorization);
        assert_unauthorized(&client.get("/catdb"), authorization);
        assert_unauthorized(&client.send_json("POST", "/borrow", &borrow(1, 1)), authorization);
    }
    // Two headers are not one: whichever a proxy in front had checked, the other may be another's.
    for first in ["Bearer wrong".to_owned(), format!("Bearer {TOKEN}")] {
        let second = if first.ends_with("wrong") { TOKEN } else { "wrong" };
        let both =
            app.with("authorization", first).with("authorization", format!("Bearer {second}"));
        assert_unauthorized(&both.get("/catdb"), "both tokens");
    }
    // In the query it would end up in logs.
    assert_unauthorized(
        &app.get(&format!("/catdb?api_token={TOKEN}&access_token={TOKEN}")),
        "query",
    );
    // Nobody learns which paths there are, nor gets a body read.
    for (method, path) in [
        ("GET", "/catdb/nothing/here"),
        ("PUT", "/catdb"),
        ("GET", "/patdb/%FF"),
        ("GET", "/borrowdb?limit=0"),
        ("DELETE", "/borrowdb"),
        ("POST", "/borrowdb/renew"),
        ("POST", "/borrow/renew"),
        ("GET", "/borrow"),
        ("HEAD", "/patdb/1"),
        ("GET", "/catdb/healthz/more"),
        ("GET", "/patdb/test/healthz"),
        ("GET", "/catdb/title/healthz"),
    ] {
        assert_eq!(app.send(method, path).status, 401, "{method} {path}");
    }
    let large = vec![b' '; 70_000];
    assert_eq!(app.send_bytes("POST", "/borrow", &large).status, 401);
    for service in ["catdb", "patdb", "borrowdb", "borrow"] {
        assert_eq!(
            app.get(&format!("/{service}/healthz")).both(),
            (200, json!({"status": "ok"})),
            "{service}"
        );
        assert_eq!(app.send("HEAD", &format!("/{service}/healthz/")).status, 200, "{service}");
    }
    assert_eq!(app.database.checksums().await, before);
    assert!(!app.log().contains(TOKEN));
}

/// Every endpoint; last those that end the callers' sessions, and those that remove what the other requests are about.
pub fn routes() -> Vec<&'static Route> {
    let mut routes: Vec<_> = contract::routes().collect();
    routes.sort_by_key(|route| match route.path {
        path if path.ends_with("/demo") => 2,
        path if path == contract::patrons::RESET.route.path => 1,
        _ => 0,
    });
    routes
}

/// The callers of a test, and who prepares for them.
struct Matrix {
    callers: Vec<(Caller, Client)>,
    admin: Client,
    librarian: String,
}

impl Matrix {
    async fn of(app: &TestApp) -> Matrix {
        add_targets(app).await;
        let browsers = Caller::ALL.map(|caller| (caller, caller.browser(app)));
        let librarian = browsers.iter().find(|(caller, _)| *caller == Caller::Librarian);
        let librarian = librarian.and_then(|(_, browser)| browser.cookie("session"));
        Matrix {
            callers: browsers.iter().map(|(caller, browser)| (*caller, browser.client())).collect(),
            admin: with_token(app),
            librarian: librarian.expect("a librarian's session"),
        }
    }

    /// A request for `route` with the next `number`.
    fn prepare(&self, route: &Route, number: &mut i64) -> Request {
        *number += 1;
        prepare(route, *number, &self.admin, &self.librarian)
    }
}

/// Whether success changes rows. The use of a session is written down once a minute only.
pub fn changes_rows(route: &Route) -> bool {
    route.method != Method::Get && route.path != "/patdb/sessions/use"
}

/// A 401 that says how to authenticate, and nothing else.
pub fn assert_unauthorized(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 401, "{what}: {answer:?}");
    assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
    assert!(!answer.body.contains(TOKEN), "{what}: {}", answer.body);
    if !answer.body.is_empty() {
        let body = answer.json();
        assert_eq!(body["error"], "Unauthorized", "{what}: {body}");
        let others = body.as_object().expect("an object").keys().filter(|key| *key != "error");
        assert!(others.eq(["detail"]), "{what}: {body}");
    }
}

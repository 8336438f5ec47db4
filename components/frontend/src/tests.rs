//! The way of a request through this service: who may go on, what a form has to bring, what every answer
//! carries. What the pages show is looked at in a browser, with the real services behind them.

use std::{
    cell::RefCell,
    time::{Duration, SystemTime},
};

use futures::executor::block_on;
use http::{
    StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use service_kit::peer::PeerError;

use super::*;
use crate::routes::ROUTES;

/// All four services in one: answers by the beginning of the target, and remembers what it was asked.
#[derive(Default)]
struct Town {
    answers: Vec<(&'static str, u16, &'static str)>,
    asked: RefCell<Vec<String>>,
}

impl Peer for &Town {
    fn name(&self) -> &str {
        "town"
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PeerError> {
        let asked = format!("{} {}", request.method(), request.uri());
        let answer = self.answers.iter().find(|(to, ..)| asked.starts_with(to));
        self.asked.borrow_mut().push(asked);
        let (_, status, body) = answer.ok_or(PeerError::Unreachable("gone".into()))?;
        let mut response = Response::new((*body).into());
        *response.status_mut() = StatusCode::from_u16(*status).unwrap();
        Ok(response)
    }
}

const PETE: (&str, u16, &str) =
    ("POST /patdb/sessions/use", 200, r#"{"patron":[[1,"Pete","Dymond","BUFFALOBILL1","user"]]}"#);
const MARIAN: (&str, u16, &str) = (
    "POST /patdb/sessions/use",
    200,
    r#"{"patron":[[7,"Marian","Quillfeather","INKANDPAPER7","librarian"]]}"#,
);
const NOBODY: (&str, u16, &str) = ("POST /patdb/sessions/use", 200, r#"{"patron":null}"#);
const BOOKS: (&str, u16, &str) = (
    "GET /catdb",
    200,
    r#"{"books":[[1,"<script>alert(1)</script>","\"><img src=x>",2,""]],"next":null,"previous":null,"total":1}"#,
);
const SHELF: (&str, u16, &str) =
    ("GET /borrowdb/shelf", 200, r#"{"books":[[1,1,"2026-12-08"]],"loans":[]}"#);

/// The answer to a request with these headers and this body, and what the services were asked for it.
fn ask(
    town: &Town,
    method: &str,
    target: &str,
    cookie: &str,
    body: &str,
) -> (Response<String>, Vec<String>) {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header(COOKIE, cookie)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::Whole(body.into()))
        .unwrap();
    let services = Services { catalog: town, patrons: town, borrowing: town, lending: town };
    let host = Host {
        now: SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 50),
        random: &|| [7; 32],
        secure_cookies: false,
        client_address_header: String::new(),
    };
    let answer = block_on(answer(&request, &services, &host));
    (answer.map(|body| String::from_utf8(body).unwrap()), town.asked.take())
}

fn town(answers: &[(&'static str, u16, &'static str)]) -> Town {
    Town { answers: answers.to_vec(), ..Town::default() }
}

fn path_of(route: &Route) -> String {
    route.path.replace("{id}", "1").replace("{name}", "x")
}

#[test]
fn the_front_page_asks_two_services_and_three_for_a_patron() {
    let town = town(&[PETE, BOOKS, SHELF]);
    assert_eq!(ask(&town, "GET", "/", "", "").1.len(), 2);
    assert_eq!(ask(&town, "GET", "/?q=a&sort=title&available=1", "", "").1.len(), 2);
    let (page, asked) = ask(&town, "GET", "/", "session=s", "");
    assert_eq!((page.status().as_u16(), asked.len()), (200, 3), "{asked:?}");
}

#[test]
fn a_stranger_is_led_to_the_login_by_every_page_that_is_not_for_all() {
    for route in ROUTES.iter().filter(|r| matches!(r.access, Access::Patron | Access::Librarian)) {
        for (cookie, town) in [("", town(&[])), ("session=old", town(&[NOBODY]))] {
            let path = path_of(route);
            let (answer, _) = ask(&town, route.method, &path, cookie, "");
            assert_eq!(answer.status(), 303, "{route:?}");
            assert_eq!(answer.headers()[LOCATION], format!("/login?next={path}"));
        }
    }
}

#[test]
fn who_wanted_a_book_when_the_session_ended_is_led_back_to_it() {
    let town = town(&[NOBODY]);
    for (body, next) in [
        ("book_id=7&token=old", "/login?next=/book/7"),
        ("book_id=//evil.example", "/login?next=/"),
        ("book_id=7&book_id=8", "/login?next=/"),
    ] {
        let (answer, asked) = ask(&town, "POST", "/", "session=old", body);
        assert_eq!((answer.status().as_u16(), asked.len()), (303, 1));
        assert_eq!(answer.headers()[LOCATION], next, "{body}");
    }
}

#[test]
fn the_desk_is_closed_to_patrons_whatever_they_send() {
    let token = session::form_token("s");
    for route in ROUTES.iter().filter(|route| route.access == Access::Librarian) {
        let town = town(&[PETE]);
        let (answer, asked) =
            ask(&town, route.method, &path_of(route), "session=s", &format!("token={token}"));
        assert_eq!((answer.status().as_u16(), asked.len()), (403, 1), "{route:?}");
    }
}

#[test]
fn who_sent_something_that_nobody_answered_is_told_to_have_a_look() {
    let form = format!("token={}&title=T&author=A&copies=1&key=k", session::form_token("s"));
    let (answer, asked) = ask(&town(&[MARIAN]), "POST", "/administrator/books", "session=s", &form);
    assert_eq!((answer.status().as_u16(), asked.len()), (503, 2), "{asked:?}");
    assert!(answer.body().contains("may have been done or not"), "{}", answer.body());
    // Who was only to be shown something, or could not even be looked up, has sent nothing.
    for (method, town) in [("GET", town(&[MARIAN])), ("POST", town(&[]))] {
        let (answer, _) = ask(&town, method, "/administrator/books", "session=s", &form);
        assert_eq!(answer.status(), 503, "{method}");
        assert!(answer.body().contains("Nothing is lost"), "{method}: {}", answer.body());
    }
}

#[test]
fn a_form_without_its_reader_s_own_token_changes_nothing() {
    let visit = format!("token={}", session::form_token("v"));
    let other = format!("token={}", session::form_token("other"));
    for route in ROUTES.iter().filter(|route| route.method == "POST") {
        for body in ["", "token=", "token=x", "token=%F0%9F%93%9A", &other] {
            let town = town(&[MARIAN]);
            let (answer, asked) = ask(&town, "POST", &path_of(route), "session=s; visit=v", body);
            assert_eq!((answer.status().as_u16(), asked.len()), (403, 1), "{route:?} {body}");
        }
        if route.page != Page::LogIn {
            let town = town(&[MARIAN]);
            let answer = ask(&town, "POST", &path_of(route), "session=s; visit=v", &visit).0;
            assert_eq!(answer.status(), 403, "the login's token is no good at {route:?}");
        }
    }
}

#[test]
fn who_can_t_be_looked_up_is_neither_let_in_nor_thrown_out() {
    let town = town(&[BOOKS, SHELF]);
    let (page, _) = ask(&town, "GET", "/", "session=s", "");
    assert_eq!(page.status(), 200);
    assert!(page.body().contains("still logged in"));
    assert!(!page.headers().contains_key(SET_COOKIE), "the session stays");
    assert_eq!(ask(&town, "GET", "/booklist", "session=s", "").0.status(), 503);
}

#[test]
fn what_is_available_is_not_told_without_the_ledger() {
    let (page, _) = ask(&town(&[BOOKS]), "GET", "/?available=1", "", "");
    assert_eq!(page.status(), 200);
    assert!(page.body().contains("Who has which book cannot be looked up"));
    assert!(page.body().contains("One title on our shelves"), "{}", page.body());
    assert!(!page.body().contains("a copy here"), "nobody knows that");

    // As many are looked through as take some pages; still it is a page that is shown.
    let books: Vec<_> = (1..=200).map(|id| format!(r#"[{id},"T","A",1,""]"#)).collect();
    let list = format!(r#"{{"books":[{}],"next":200,"total":900}}"#, books.join(","));
    let town = town(&[("GET /catdb", 200, list.leak())]);
    let (page, _) = ask(&town, "GET", "/?available=1", "", "");
    assert_eq!(page.body().matches("<article").count(), 24);
    assert!(page.body().contains("/?available=1&#38;after=24\""), "{}", page.body());
}

#[test]
fn trying_again_leads_to_what_was_asked_for() {
    for (target, link) in [
        ("/?q=war&sort=title", "/?q=war&#38;sort=title"),
        ("//book/7", "/book/7"),
        ("///?q=a", "/?q=a"),
        ("/administrator/loans?after=7", "/administrator/loans?after=7"),
    ] {
        let (page, _) = ask(&town(&[MARIAN]), "GET", target, "session=s", "");
        assert_eq!(page.status(), 503, "{target}");
        let again = format!("<a href=\"{link}\">Try again</a>");
        assert!(page.body().contains(&again), "{target}: {}", page.body());
    }
}

#[test]
fn the_desk_s_list_of_loans_keeps_its_search_and_does_not_claim_to_be_whole() {
    const LOAN: (&str, u16, &str) = (
        "GET /borrowdb/open",
        200,
        r#"{"transactions":[[9,1,5,"2019-12-01","2019-12-15",0]],"next":null,"total":10001}"#,
    );
    const MANY: (&str, u16, &str) =
        ("GET /patdb/key/a?limit=999", 200, r#"{"patrons":[[5,"Ada","A","A-1","user"]],"next":5}"#);
    const CARD: (&str, u16, &str) =
        ("GET /patdb/pnum/a", 200, r#"{"patron":[[6,"Bo","B","user"]]}"#);
    let town = town(&[MARIAN, BOOKS, MANY, CARD, LOAN, SHELF]);
    let target = "/administrator/loans?q=a&overdue=1&after=7";
    let (page, asked) = ask(&town, "GET", target, "session=s", "");
    let page = page.body();
    assert!(asked.iter().any(|asked| asked.contains("&patrons=5,6&books=1")), "{asked:?}");
    for text in [
        "More than 10,000 overdue loans",
        "only some of their loans are found",
        r#"href="/administrator/loans?q=a">"#,
        r#"name="back" value="/administrator/loans?q=a&#38;overdue=1&#38;after=7""#,
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn each_page_of_the_desk_says_how_many_books_the_librarian_has() {
    const HAS_ONE: (&str, u16, &str) = (
        "GET /borrowdb/shelf?books=1&patron=7",
        200,
        r#"{"books":[[1,1,null]],"loans":[[9,1,7,"2019-12-01","2019-12-15",0]]}"#,
    );
    const BOOK: (&str, u16, &str) =
        ("GET /catdb/1", 200, r#"{"book":[[1,"T","A",2,""]],"acquired":2}"#);
    let town = town(&[MARIAN, BOOK, HAS_ONE]);
    let (page, _) = ask(&town, "GET", "/administrator/books/1", "session=s", "");
    assert!(page.body().contains(r#"<span class="count">1</span>"#), "{}", page.body());
}

#[test]
fn a_session_that_is_over_is_forgotten_by_the_browser_too() {
    let (page, _) = ask(&town(&[NOBODY, BOOKS, SHELF]), "GET", "/", "session=s", "");
    let set: Vec<_> = page.headers().get_all(SET_COOKIE).iter().collect();
    assert_eq!(set, ["session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"]);
}

#[test]
fn what_is_somebody_s_own_is_kept_nowhere() {
    let town = town(&[PETE, BOOKS, SHELF]);
    assert_eq!(ask(&town, "GET", "/", "session=s", "").0.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(ask(&town, "GET", "/login", "", "").0.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(ask(&town, "GET", "/", "", "").0.headers()[CACHE_CONTROL], "no-cache");
}

#[test]
fn a_notice_is_shown_once_and_is_text() {
    let notice = flash::Notice::Borrowed { title: "<script>".into() }.written();
    let (page, _) = ask(&town(&[BOOKS, SHELF]), "GET", "/", &format!("flash={notice}"), "");
    assert!(page.body().contains("You have borrowed “&#60;script&#62;”."));
    assert!(page.headers()[SET_COOKIE].to_str().unwrap().starts_with("flash=; "));
}

#[test]
fn a_notice_waits_for_a_page_that_is_its_reader_s() {
    let notice = flash::Notice::LoggedOut.written();
    for target in ["/assets/none.css", "/nothing"] {
        let (page, _) = ask(&town(&[]), "GET", target, &format!("flash={notice}"), "");
        assert_eq!(page.status(), 404, "{target}");
        assert!(!page.body().contains("You are logged out"), "{target} may be kept by a cache");
        assert!(!page.headers().contains_key(SET_COOKIE), "{target}");
    }
}

#[test]
fn a_title_is_text_wherever_it_stands() {
    let (page, _) = ask(&town(&[BOOKS, SHELF]), "GET", "/?q=%22%3E%3Cscript%3E", "", "");
    for markup in ["<script", "<img src=x"] {
        assert!(!page.body().contains(markup), "{markup}");
    }
    assert!(page.body().contains("Last copy"));
}

#[test]
fn a_path_or_a_method_that_is_none_gets_a_page_too() {
    let town = town(&[]);
    for target in
        ["/nothing", "/about/us", "/assets", "/assets/library.css", "/%ff", "/About", "/book/x"]
    {
        let (page, asked) = ask(&town, "GET", target, "", "");
        assert_eq!((page.status().as_u16(), asked.len()), (404, 0), "{target}");
        assert!(page.body().contains(r#"href="/""#), "{target}");
    }
    let (page, _) = ask(&town, "DELETE", "/booklist", "", "");
    assert_eq!(
        (page.status().as_u16(), &page.headers()[ALLOW]),
        (405, &"GET, POST, HEAD".parse().unwrap())
    );
}

#[test]
fn a_query_that_no_link_of_ours_has_is_not_found_and_asks_nobody() {
    for target in ["/?sort=price", "/?after=x", "/?q=a&q=b", "/?q=%ff", "/book/0", "/book/9.0"] {
        let (page, asked) = ask(&town(&[BOOKS, SHELF]), "GET", target, "", "");
        assert_eq!((page.status().as_u16(), asked.len()), (404, 0), "{target}");
    }
}

#[test]
fn every_answer_is_protected_and_free_of_what_the_policy_forbids() {
    let town = town(&[MARIAN, BOOKS, SHELF]);
    for route in ROUTES {
        let (answer, _) = ask(&town, route.method, &path_of(route), "session=s", "");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("form-action 'self'"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        for forbidden in ["<script", "<style", " style=", "onclick", "http://"] {
            assert!(!answer.body().contains(forbidden), "{route:?}: {forbidden}");
        }
    }
}

#[test]
fn what_a_page_links_to_as_its_own_is_served_for_a_year() {
    let town = town(&[]);
    let (page, _) = ask(&town, "GET", "/login", "", "");
    let assets: Vec<_> =
        page.body().split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert_eq!(assets.len(), 2, "{assets:?}");
    for asset in assets {
        let (answer, _) = ask(&town, "GET", asset, "session=s", "");
        assert_eq!(answer.status(), 200, "{asset}");
        assert!(answer.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(!answer.headers().contains_key(SET_COOKIE));
    }
}

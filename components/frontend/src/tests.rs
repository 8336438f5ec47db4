//! The pages as a browser gets them, for what the catalog service may answer.

use std::cell::RefCell;

use futures::executor::block_on;
use http::{StatusCode, header::*};
use service_kit::peer::PeerError;

use super::*;

/// A catalog service that always answers the same, and notes what it was asked.
struct Catalog {
    answer: Result<(StatusCode, String), PeerError>,
    asked: RefCell<Vec<String>>,
}

impl Peer for Catalog {
    fn name(&self) -> &str {
        "catalog"
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PeerError> {
        self.asked.borrow_mut().push(request.uri().to_string());
        let (status, body) = self.answer.clone()?;
        let mut response = Response::new(body.into_bytes());
        *response.status_mut() = status;
        Ok(response)
    }
}

fn catalog(status: u16, body: &str) -> Catalog {
    let status = StatusCode::from_u16(status).unwrap();
    Catalog { answer: Ok((status, body.into())), asked: RefCell::default() }
}

fn away() -> Catalog {
    Catalog { answer: Err(PeerError::Unreachable("gone".into())), asked: RefCell::default() }
}

/// The answer to a request: what a browser looks at first, and the page.
fn ask(method: &str, target: &str, catalog: &Catalog) -> (Response<()>, String) {
    let request = Request::builder().method(method).uri(target).body(()).unwrap();
    let (parts, body) = block_on(answer(&request, catalog)).into_parts();
    (Response::from_parts(parts, ()), String::from_utf8(body).unwrap())
}

#[test]
fn the_catalogue_shows_every_book_for_one_call() {
    let rows: Vec<String> =
        (1..=300).map(|id| format!(r#"[{id},"Title {id}","Author {id}",2,""]"#)).collect();
    let catalog = catalog(200, &format!(r#"{{"books":[{}]}}"#, rows.join(",")));
    let (response, page) = ask("GET", "/", &catalog);
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    for id in 1..=300 {
        assert!(page.contains(&format!(">Title {id}</h2>")), "{id}");
    }
    assert!(page.contains("300 titles"));
    assert_eq!(catalog.asked.into_inner(), ["/catdb"]);
}

#[test]
fn what_a_book_is_called_is_text_wherever_it_stands() {
    let row =
        r#"[1,"<script>alert(1)</script>","\"><img src=x>",0,"https://www.gutenberg.org/\"><b>"]"#;
    let (_, page) = ask("GET", "/", &catalog(200, &format!(r#"{{"books":[{row}]}}"#)));
    for markup in ["<script", "<img src=x", "<b>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("No copies"));
}

#[test]
fn no_books_is_a_page_that_leads_on() {
    let (response, page) = ask("GET", "/", &catalog(200, r#"{"books":[]}"#));
    assert_eq!(response.status(), 200);
    assert!(page.contains("still empty") && page.contains(r#"href="/about""#));
}

#[test]
fn without_the_catalog_service_the_page_says_so_and_when_to_try_again() {
    for catalog in [away(), catalog(503, "{}"), catalog(500, "")] {
        let (response, page) = ask("GET", "/", &catalog);
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(RETRY_AFTER));
        assert!(page.contains("Try again") && page.contains(r#"href="/about""#));
    }
}

#[test]
fn a_catalog_service_that_breaks_the_contract_is_our_fault_and_not_told() {
    for catalog in [catalog(404, "{}"), catalog(200, "<html>"), catalog(200, r#"{"books":[[1]]}"#)]
    {
        let (response, page) = ask("GET", "/", &catalog);
        assert_eq!(response.status(), 500);
        assert!(page.contains("our side") && !page.contains("expected"));
    }
}

#[test]
fn about_needs_no_other_service() {
    for target in ["/about", "/about/", "//about"] {
        let catalog = away();
        assert_eq!(ask("GET", target, &catalog).0.status(), 200, "{target}");
        assert_eq!(catalog.asked.into_inner(), [] as [String; 0]);
    }
}

#[test]
fn another_path_is_a_page_too() {
    for target in ["/nothing", "/about/us", "/assets", "/assets/library.css", "/%ff", "/About"] {
        let (response, page) = ask("GET", target, &away());
        assert_eq!(response.status(), 404, "{target}");
        assert!(page.contains(r#"<a href="/">"#), "{target}");
    }
}

#[test]
fn pages_can_only_be_read() {
    for target in ["/", "/about"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let catalog = away();
            let (response, _) = ask(method, target, &catalog);
            assert_eq!(response.status(), 405, "{method} {target}");
            assert_eq!(response.headers()[ALLOW], "GET, HEAD");
            assert!(catalog.asked.into_inner().is_empty());
        }
    }
    assert_eq!(ask("HEAD", "/", &catalog(200, r#"{"books":[]}"#)).0.status(), 200);
    assert_eq!(ask("POST", "/nothing", &away()).0.status(), 404);
}

#[test]
fn what_a_page_links_to_as_its_own_is_served_for_a_year() {
    let (_, page) = ask("GET", "/about", &away());
    let assets: Vec<&str> = page.split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert_eq!(assets.len(), 2, "{assets:?}");
    for asset in assets {
        let (response, content) = ask("GET", asset, &away());
        assert_eq!(response.status(), 200, "{asset}");
        assert!(response.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert!(!content.is_empty());
    }
}

#[test]
fn every_answer_is_protected_and_free_of_what_the_policy_forbids() {
    for target in ["/", "/about", "/nothing"] {
        for catalog in [away(), catalog(200, r#"{"books":[[1,"t","a",2,""]]}"#)] {
            let (response, page) = ask("GET", target, &catalog);
            let headers = response.headers();
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none';"));
            assert!(policy.contains("frame-ancestors 'none'"));
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[REFERRER_POLICY], "same-origin");
            for forbidden in ["<script", "<style", " style=", "onclick", "http://"] {
                assert!(!page.contains(forbidden), "{target}: {forbidden}");
            }
        }
    }
}

//! The language of a response, and the links that switch it.

use super::*;
use crate::language::LANGUAGES;

#[test]
fn every_page_is_in_the_readers_language_and_says_so() {
    for language in LANGUAGES {
        let tag = language.tag;
        for route in ROUTES.iter().filter(|route| route.method == "GET") {
            for session in [NO_SESSION, PETE, MARIAN] {
                let services = fake(&[session, BOOKS, AVAILABILITY]);
                let cookies = format!("session=s; language={tag}");
                let (page, _) = get(&services, &path_of(route), &cookies);
                if page.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != HTML) {
                    continue;
                }
                assert!(page.body().contains(&format!("<html lang=\"{tag}\">")), "{route:?}");
                assert_eq!(page.headers()[CONTENT_LANGUAGE], tag, "{route:?}");
                assert_eq!(page.headers()[VARY], "Cookie, Accept-Language", "{route:?}");
                // It leads to every other language, and not to itself.
                for other in LANGUAGES {
                    let link = format!("href=\"/language/{}?", other.tag);
                    assert_eq!(page.body().contains(&link), other.tag != tag, "{route:?} {link}");
                }
            }
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";

#[test]
fn error_pages_are_translated() {
    let login = format!("csrf_token={}", csrf_token("v"));
    for (method, target, form, status, heading) in [
        ("GET", "/nothing", "", 404, "Seite nicht gefunden"),
        ("GET", "/assets/none.css", "", 404, "Seite nicht gefunden"),
        ("GET", "/language/xx", "", 404, "Seite nicht gefunden"),
        ("GET", "/", "", 503, "Die Bibliothek ist vorübergehend nicht verfügbar"),
        ("DELETE", "/", "", 405, "Diese Seite kann man nur lesen"),
        ("POST", "/login", "", 403, "Dieses Formular ist abgelaufen"),
        ("POST", "/login", login.as_str(), 422, "Geben Sie Ihren Vor- oder Nachnamen ein."),
    ] {
        let (page, _) = send(&fake(&[]), method, target, "language=de; login_csrf=v", form);
        assert_eq!(page.status(), status, "{method} {target}");
        assert!(page.body().contains(heading), "{method} {target}: {}", page.body());
        assert!(page.body().contains("<html lang=\"de\">"), "{method} {target}");
    }
}

#[test]
fn files_without_text_do_not_depend_on_the_language() {
    for target in ["/favicon.ico", "/robots.txt", "/openapi.yaml", crate::assets::LIBRARY_CSS] {
        let (file, _) = get(&fake(&[]), target, "language=de");
        assert_eq!(file.status(), 200, "{target}");
        for name in [VARY, CONTENT_LANGUAGE] {
            assert!(!file.headers().contains_key(&name), "{target} {name}");
        }
    }
    let (manifest, _) = get(&fake(&[]), "/manifest.webmanifest", "language=de");
    assert!(manifest.body().contains("Die Bibliothek"), "{}", manifest.body());
    assert_eq!(manifest.headers()[VARY], "Cookie, Accept-Language");
}

#[test]
fn the_switch_sets_a_cookie_and_returns_to_the_page() {
    for (next, location) in [
        ("/book/7", "/book/7"),
        ("/%3Fq%3Dwar%26sort%3Dtitle", "/?q=war&sort=title"),
        ("/login%3Fnext%3D/booklist", "/login?next=/booklist"),
        ("/nothing", "/nothing"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("/%09/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/a%0D%0Aset-cookie:%20b", "/"),
    ] {
        let (response, calls) = get(&fake(&[]), &format!("/language/de?next={next}"), "session=s");
        assert_eq!((response.status().as_u16(), calls.len()), (303, 0), "{next}");
        assert_eq!(response.headers()[LOCATION], location, "{next}");
        assert_eq!(
            response.headers()[SET_COOKIE],
            "language=de; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"
        );
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    }
}

#[test]
fn another_sites_link_does_not_switch_the_language() {
    for (site, is_switched) in
        [("cross-site", false), ("same-site", false), ("same-origin", true), ("none", true)]
    {
        let request = Request::builder()
            .uri("/language/de?next=/about")
            .header("sec-fetch-site", site)
            .body(Body::Complete(Vec::new()));
        let response = answer_to(&fake(&[]), &request.unwrap());
        assert_eq!(response.headers()[LOCATION], "/about", "{site}");
        assert_eq!(response.headers().contains_key(SET_COOKIE), is_switched, "{site}");
    }
}

#[test]
fn the_cookie_takes_precedence_over_the_browsers_languages() {
    for (cookie, accepted, tag) in [
        ("", "de-AT, en;q=0.5", "de"),
        ("language=en", "de-AT", "en"),
        ("language=de", "en", "de"),
        ("language=xx", "de", "de"),
        ("", "fr", "en"),
    ] {
        let request = Request::builder()
            .uri("/login")
            .header(COOKIE, cookie)
            .header("accept-language", accepted)
            .body(Body::Complete(Vec::new()));
        let response = answer_to(&fake(&[]), &request.unwrap());
        assert_eq!(response.headers()[CONTENT_LANGUAGE], tag, "{cookie} {accepted}");
    }
}

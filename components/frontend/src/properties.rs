//! Properties of every cookie, form, query and link, tested with generated ones.

use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use proptest::{collection::vec, prelude::*, sample::select};
use service_kit::body::Body;

use crate::{
    cookies::{Cookie, Cookies},
    draft,
    flash::Notice,
    form::Form,
    links::{link, own_page_or, query_value},
    query::PageQuery,
    routes::is_page,
};

const COOKIES: [Cookie; 4] = [Cookie::Session, Cookie::LoginCsrf, Cookie::Flash, Cookie::Draft];

/// Lines of cookies, ours and those of other programs.
fn cookie_line() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => select(vec!["session=", "flash=", "__Host-session=", "; ", ";", "=", "abc", " ", "\"", "session"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// Links that might lead elsewhere.
fn target() -> impl Strategy<Value = String> {
    let part = select(vec![
        "/",
        "//",
        "\\",
        "http:",
        "https://",
        "evil.example",
        "booklist",
        "login",
        "book/7",
        "?",
        "q=",
        "%2F",
        "%5C",
        "@",
        ":",
        "#",
        "..",
        "\t",
        "\n",
        "javascript:",
        " ",
        "administrator",
    ]);
    prop_oneof![vec(part, 0..7).prop_map(|parts| parts.concat()), any::<String>()]
}

proptest! {
    #[test]
    fn any_cookie_line_is_read(line in cookie_line(), secure in any::<bool>()) {
        let Ok(value) = HeaderValue::from_bytes(&line) else { return Ok(()) };
        let headers = HeaderMap::from_iter([(COOKIE, value)]);
        for cookie in COOKIES {
            if let Some(value) = (Cookies { secure }).read(&headers, cookie) {
                prop_assert!(!value.is_empty() && value.is_ascii() && !value.contains(';'));
                _ = Notice::from_cookie(&value);
                _ = draft::from_cookie(&value, "/");
            }
        }
    }

    #[test]
    fn a_cookie_that_is_set_is_read_beside_any_other(value in "[A-Za-z0-9_-]{1,80}", other in cookie_line(), secure in any::<bool>()) {
        let cookies = Cookies { secure };
        for cookie in COOKIES {
            let mut set = HeaderMap::new();
            cookies.set(&mut set, cookie, &value);
            let pair = set[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().as_bytes();
            let Ok(line) = HeaderValue::from_bytes(&[pair, b"; ", &other].concat()) else { return Ok(()) };
            let headers = HeaderMap::from_iter([(COOKIE, line)]);
            prop_assert_eq!(cookies.read(&headers, cookie), Some(value.clone()));
        }
    }

    #[test]
    fn a_form_is_read_as_browsers_write_it(fields in proptest::collection::btree_map("[a-z_]{1,8}", any::<String>(), 0..5)) {
        let body: Vec<_> = fields.iter().map(|(name, value)| {
            let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
            format!("{name}={}", value.replace("%20", "+"))
        }).collect();
        let form = Form::parse(&body.join("&")).unwrap();
        for (name, value) in &fields {
            prop_assert_eq!(form.text(name), Ok(value.trim()));
        }
    }

    #[test]
    fn any_form_and_any_query_is_read_or_refused(text in any::<String>(), ascii in "[a-z=&%+0-9]{0,40}") {
        for text in [&text, &ascii] {
            if let Ok(form) = Form::parse(text) {
                _ = form.text("a");
                _ = form.value::<domain::BookId>("a");
            }
            let query = PageQuery::parse(Some(text));
            prop_assert_eq!(query.text("a").trim(), query.text("a"));
        }
    }

    #[test]
    fn a_draft_is_its_form_again(fields in proptest::collection::btree_map("[a-j]{1,3}", "\\PC{1,20}", 1..5)) {
        let encoded = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let body: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let cookie = draft::to_cookie("/administrator/books", &Body::Complete(body.join("&").into_bytes())).unwrap();
        let form = draft::from_cookie(&cookie, "/administrator/books").unwrap();
        for (name, value) in &fields {
            prop_assert_eq!(form.text(name), Ok(value.trim()));
        }
        prop_assert!(draft::from_cookie(&cookie, "/administrator/patrons").is_none());
    }

    #[test]
    fn a_redirect_never_leaves_the_library(target in target()) {
        let to = own_page_or(&target, "/", is_page);
        prop_assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n', '\t']), "{}", to);
    }

    #[test]
    fn a_value_in_a_link_arrives_as_it_was(value in any::<String>()) {
        let link = link("/", &[("q", Some(&value)), ("sort", Some("title"))]);
        let query = PageQuery::parse(link.split_once('?').map(|(_, query)| query));
        prop_assert_eq!((query.text("q"), query.text("sort")), (value.trim(), "title"));
        prop_assert!(!query_value(&value).contains(['"', '<', '>', '&', '#', ' ']));
    }
}

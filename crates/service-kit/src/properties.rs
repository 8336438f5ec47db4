//! Properties of every path and header, tested with generated ones.

use http::{HeaderMap, HeaderValue, Request, header::AUTHORIZATION};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::{collection::vec, prelude::*};

use crate::{
    access::check_token,
    database::Settings,
    idempotency::{IDEMPOTENCY_KEY, idempotency_key},
    trace::{REQUEST_ID, TRACEPARENT, Trace},
    uri::path_segments,
};

fn header_value() -> impl Strategy<Value = HeaderValue> {
    let bytes = prop_oneof![
        "[ -~]{0,70}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..70),
        "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}".prop_map(String::into_bytes),
        "Bearer [ -~]{0,20}".prop_map(String::into_bytes),
    ];
    bytes.prop_filter_map("a header value", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

proptest! {
    #[test]
    fn segments_arrive_as_they_were_encoded(segments in vec(any::<String>().prop_filter("not empty", |s| !s.is_empty()), 0..5)) {
        let encoded = |text: &String| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let path: Vec<_> = segments.iter().map(encoded).collect();
        prop_assert_eq!(path_segments(&format!("//{}/", path.join("//"))), Ok(segments));
    }

    #[test]
    fn any_path_is_cut_or_refused(path in "\\PC{0,60}") {
        if let Err(problem) = path_segments(&path) {
            prop_assert_eq!(problem.status(), 400);
        }
    }

    #[test]
    fn a_request_id_is_always_safe_to_log(id in header_value(), parent in header_value()) {
        let headers = HeaderMap::from_iter([(REQUEST_ID, id), (TRACEPARENT, parent)]);
        let trace = Trace::accept(&headers, || 7);
        prop_assert!((1..=64).contains(&trace.request_id.len()));
        prop_assert!(trace.request_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        let mut written = HeaderMap::new();
        trace.write(&mut written);
        prop_assert_eq!(Trace::accept(&written, || 8), trace);
    }

    #[test]
    fn only_the_token_is_the_token(header in header_value(), token in "[!-~]{1,30}") {
        let given = header.as_bytes().split_at_checked(7).map(|(_, token)| token.trim_ascii().to_vec());
        let headers = HeaderMap::from_iter([(AUTHORIZATION, header)]);
        if check_token("/catdb", &headers, &token).is_ok() {
            prop_assert_eq!(given, Some(token.clone().into_bytes()));
        }
        let right = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, right)]);
        prop_assert!(check_token("/catdb", &headers, &token).is_ok());
    }

    #[test]
    fn an_idempotency_key_is_short_visible_ascii(header in header_value()) {
        let request = Request::builder().header(IDEMPOTENCY_KEY, header).body(()).unwrap();
        if let Ok(Some(key)) = idempotency_key(&request) {
            prop_assert!(key.len() <= 64 && key.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn a_database_url_hides_nothing_of_user_password_and_schema(user in any::<String>(), password in any::<String>(), name in any::<String>()) {
        let settings = Settings { host: "::1".into(), port: "3306".into(), name, user, password };
        let url = settings.url();
        let parts = url.strip_prefix("mysql://").and_then(|rest| rest.split_once("@[::1]:3306/")).unwrap();
        let (user, password) = parts.0.split_once(':').unwrap();
        let name = parts.1.split('?').next().unwrap();
        let decoded = |text| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        prop_assert_eq!(
            (decoded(user), decoded(password), decoded(name)),
            (settings.user.clone(), settings.password.clone(), settings.name.clone())
        );
        let (shown, known) = (format!("{settings:?}"), format!("{}{}", settings.user, settings.name));
        let is_hidden = !shown.contains(&settings.password) || known.contains(&settings.password);
        prop_assert!(settings.password.len() < 8 || is_hidden, "{}", shown);
    }
}

//! Properties of every address, host, template and path, tested with generated ones.

use ::http::{HeaderValue, Request, header::HOST, uri::Authority};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    http::headers::normalize,
    identifier::{ComponentId, VariableName},
    mysql::address::Address,
    outbound::{AllowList, Destination},
    template::Template,
};

/// Parts of addresses in any order.
fn address() -> impl Strategy<Value = String> {
    let part = select(vec![
        "mysql",
        "http",
        "://",
        ":",
        "@",
        "/",
        "?",
        "&",
        "=",
        "[",
        "]",
        "::1",
        "127.0.0.1",
        "db.example",
        "%20",
        "%",
        "*",
        "self",
        "catalog",
        ".spin.internal",
        "prefer_socket=false",
        "pool_min=9",
        "pool_max=1",
        "ssl-mode=required",
        "socket=/x",
        "x=y",
        "3306",
        "99999",
        "..",
        "{",
        "}",
        " ",
        "\u{e9}",
    ]);
    prop_oneof![4 => vec(part, 0..10).prop_map(|parts| parts.concat()), 1 => any::<String>()]
}

proptest! {
    #[test]
    fn any_database_url_is_read_or_refused_without_its_password(url in address(), password in "[a-zA-Z0-9]{8,20}", rest in address()) {
        for url in [url, format!("mysql://root:{password}@{rest}")] {
            if let Err(error) = Address::parse(&url) {
                prop_assert!(!error.to_string().contains(&password), "{}", error);
            }
        }
    }

    #[test]
    fn any_allowed_host_is_read_or_refused(entry in address(), host in "[a-z.]{1,12}", port in proptest::option::of(any::<u16>())) {
        if let Ok(list) = AllowList::parse([entry.as_str()], &["catalog"])
            && let Ok(destination) = Destination::new("mysql", &host, port)
        {
            _ = list.allows(&destination);
        }
    }

    #[test]
    fn a_template_gives_its_text_back(text in any::<String>(), braces in "[{}a ]{0,20}") {
        for text in [text, braces] {
            if let Ok(template) = Template::try_from(text.clone())
                && let Some(literal) = template.literal()
            {
                prop_assert_eq!(literal, text);
            }
        }
    }

    #[test]
    fn any_name_is_read_or_refused(text in any::<String>(), ascii in "[a-zA-Z0-9_-]{0,20}") {
        for text in [text, ascii] {
            _ = ComponentId::try_from(text.clone());
            _ = VariableName::try_from(text);
        }
    }

    #[test]
    fn any_host_header_becomes_an_authority_or_a_problem(host in vec(any::<u8>(), 0..30), usual in "[a-zA-Z0-9.:\\[\\]@_~-]{0,30}") {
        for host in [host, usual.into_bytes()] {
            let Ok(value) = HeaderValue::from_bytes(&host) else { continue };
            let mut request = Request::builder().uri("/a").header(HOST, value).body(()).unwrap();
            match normalize(&mut request, &Authority::from_static("localhost")) {
                Ok(()) => prop_assert!(request.uri().authority().is_some_and(|a| !a.as_str().contains('@'))),
                Err(problem) => prop_assert_eq!(problem.status, 400),
            }
        }
    }
}

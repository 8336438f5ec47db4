//! Properties of every query and body, tested with generated ones.

use http::StatusCode;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use crate::{
    Method, PageRequest, Query, ResetRequest, Route,
    borrowing::{LendRequest, OpenLoanQuery, RenewRequest, StatisticsQuery},
    catalog::{AddBookRequest, BookQuery, EditBookRequest},
    endpoint::{Input, Outgoing},
    json,
    lending::{BorrowRequest, WithdrawCopyRequest},
    patrons::{AddPatronRequest, EditPatronRequest, LoginRequest, PatronQuery, SetPinRequest},
    query::Parameters,
};

const ROUTE: Route = Route { method: Method::Get, path: "/catdb", success: StatusCode::OK };

/// Queries that look like ours, and any text.
fn query() -> impl Strategy<Value = String> {
    let name = select(vec![
        "limit", "after", "before", "q", "ids", "sort", "total", "on", "days", "patrons", "books",
        "author",
    ]);
    let value = prop_oneof![
        select(vec![
            "1",
            "0",
            "1000",
            "1001",
            "true",
            "title",
            "newest",
            "2026-03-06",
            "1,2",
            "%41",
            "%ff",
            "",
            "+"
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,12}",
        any::<String>(),
    ];
    let pair = (name, value).prop_map(|(name, value)| format!("{name}={value}"));
    prop_oneof![4 => vec(pair, 0..5).prop_map(|pairs| pairs.join("&")), 1 => any::<String>()]
}

/// Reads a query; what was read is written and read again.
fn assert_round_trip<T>(text: &str) -> Result<(), TestCaseError>
where
    T: Parameters + Input + PartialEq + std::fmt::Debug,
{
    let Ok(read) = Query::parse(Some(text)).and_then(|query| T::read(&query)) else {
        return Ok(());
    };
    let mut outgoing = Outgoing::default();
    read.write(&mut outgoing);
    let request = outgoing.into_request(ROUTE).map_err(TestCaseError::fail)?;
    let again = Query::parse(request.uri().query()).and_then(|query| T::read(&query));
    prop_assert_eq!(again, Ok(read));
    Ok(())
}

/// JSON that looks like ours, and any bytes.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let token = select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"borrow\"",
        "\"book\"",
        "\"book_id\"",
        "\"patron_id\"",
        "\"limits\"",
        "\"login\"",
        "\"\"",
        "1",
        "-1",
        "1e9",
        "1.0",
        "9223372036854775808",
        "null",
        "true",
        "\"\\u0000\"",
        "\"\\ud800\"",
        " ",
    ]);
    prop_oneof![
        vec(token, 0..20).prop_map(|tokens| tokens.concat().into_bytes()),
        vec(any::<u8>(), 0..50),
        any::<String>().prop_map(String::into_bytes),
    ]
}

/// Every error is one line that names a JSON path or says that the text is not JSON.
fn assert_explained<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<(), TestCaseError> {
    if let Err(why) = json::read::<T>(body) {
        prop_assert!(!why.is_empty() && !why.contains(['\n', '\r', '\0']), "{:?}", why);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_query_that_is_read_is_written_back(text in query()) {
        assert_round_trip::<PageRequest>(&text)?;
        assert_round_trip::<BookQuery>(&text)?;
        assert_round_trip::<PatronQuery>(&text)?;
        assert_round_trip::<OpenLoanQuery>(&text)?;
        assert_round_trip::<StatisticsQuery>(&text)?;
    }

    #[test]
    fn a_value_in_a_query_arrives_as_it_was(value in any::<String>()) {
        let mut outgoing = Outgoing::default();
        outgoing.parameter("q", Some(&value));
        let request = outgoing.into_request(ROUTE).map_err(TestCaseError::fail)?;
        let query = Query::parse(request.uri().query()).unwrap();
        prop_assert_eq!(query.text("q"), Ok(Some(value.as_str())));
    }

    #[test]
    fn a_page_has_no_more_rows_than_its_limit(limit in 1_u32..=1000, rows in 0_usize..1100) {
        let page = PageRequest { after: None, limit: limit.try_into().ok() };
        let mut read: Vec<usize> = (1..=rows).take(usize::try_from(page.rows_to_read()).unwrap()).collect();
        let next = page.cut(&mut read, |row| *row).flatten();
        let limit = limit as usize;
        prop_assert_eq!((read.len(), next), (rows.min(limit), (rows > limit).then_some(limit)));
    }

    #[test]
    fn a_body_is_read_or_its_error_explained(body in body()) {
        assert_explained::<BorrowRequest>(&body)?;
        assert_explained::<WithdrawCopyRequest>(&body)?;
        assert_explained::<LendRequest>(&body)?;
        assert_explained::<RenewRequest>(&body)?;
        assert_explained::<AddBookRequest>(&body)?;
        assert_explained::<EditBookRequest>(&body)?;
        assert_explained::<AddPatronRequest>(&body)?;
        assert_explained::<EditPatronRequest>(&body)?;
        assert_explained::<LoginRequest>(&body)?;
        assert_explained::<SetPinRequest>(&body)?;
        assert_explained::<ResetRequest>(&body)?;
    }

    #[test]
    fn json_is_read_as_it_was_written(keys in proptest::collection::btree_map(any::<String>(), any::<i64>(), 0..5), text in any::<String>()) {
        let value = serde_json::json!({ "map": keys, "text": text, "list": [1, [null, true]] });
        prop_assert_eq!(json::read::<Value>(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused(key in any::<String>(), depth in 0_usize..4) {
        let key = Value::from(key);
        let twice = format!("{{{key}: 1, \"other\": 2, {key}: 1}}");
        let body = (0..depth).fold(twice, |body, _| format!("{{\"in\": [{body}]}}"));
        let read = json::read::<Value>(body.as_bytes());
        prop_assert!(read.is_err() || key == "other", "{}", body);
    }
}

//! HTTP messages, valid, odd and broken.

use proptest::{collection::vec, option, prelude::*, sample::select};

/// The bytes of a request, and whether it certainly has a complete head.
#[derive(Clone, Debug)]
pub struct Message {
    pub bytes: Vec<u8>,
    pub method: String,
}

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec!["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]).prop_map(str::to_owned),
        1 => select(vec!["CONNECT", "get", "PRI", "M-SEARCH", "G\u{e9}T", "", "GET GET", "GET\t"]).prop_map(str::to_owned),
        1 => "[!-~]{1,40}",
    ]
}

fn target() -> impl Strategy<Value = String> {
    let path = select(vec![
        "/",
        "/catdb",
        "/catdb/1",
        "/patdb/1",
        "/borrow",
        "/borrowdb",
        "/about",
        "/login",
        "/booklist",
        "/catdb/healthz",
        "/.well-known/spin/health",
        "/administrator",
        "/assets/x",
        "/nothing",
        "//catdb//1//",
        "/catdb/",
        "/catdb/.",
        "/catdb/../patdb",
        "/%63atdb",
        "/catdb%2F1",
        "/catdb/%00",
        "/catdb/%FF",
        "/catdb/%",
        "/catdb;x=y",
        "/catdb/1#f",
        "*",
        "catdb",
        "http://localhost/catdb",
        "HTTP://LOCALHOST:80/catdb",
        "http://evil.example/catdb",
        "http://user@localhost/catdb",
        "ftp://localhost/",
        "http://",
        "localhost:80",
        "",
    ])
    .prop_map(str::to_owned);
    let query = prop_oneof![
        3 => Just(String::new()),
        1 => "\\?[!-~]{0,60}",
        1 => select(vec!["?limit=1&limit=2", "?q=%F0%9F%98%80", "?q=%E2%80%AE", "?&&&=&", "?limit=99999999999999999999",
            "?after=-1", "?sort=", "?q=\u{e9}", "?ids=1,,2"]).prop_map(str::to_owned),
    ];
    prop_oneof![
        8 => (path, query).prop_map(|(path, query)| path + &query),
        1 => "/[ -~]{0,300}",
        1 => "/\\PC{0,50}",
    ]
}

fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just("HTTP/1.1".to_owned()),
        2 => Just("HTTP/1.0".to_owned()),
        1 => select(vec!["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "", "HTTP/11", "HTTP/1", "XTTP/1.1"])
            .prop_map(str::to_owned),
    ]
}

/// Header lines: usual ones, odd ones, and some that are not valid.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let bytes = |line: &str| line.as_bytes().to_vec();
    let valid = select(vec![
        "Accept: */*",
        "Accept-Encoding: gzip, br",
        "Connection: close",
        "Connection: keep-alive, x",
        "Connection: upgrade",
        "Content-Type: application/json",
        "Content-Type: text/plain;charset=utf-16",
        "Content-Encoding: gzip",
        "Expect: 100-continue",
        "Expect: the-unexpected",
        "Range: bytes=0-1",
        "Range: bytes=5-1,-7",
        "If-None-Match: *",
        "If-None-Match: \"x\"",
        "If-Match: \"x\"",
        "If-Modified-Since: yesterday",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
        "TE: trailers",
        "Trailer: X",
        "Cookie: session=x",
        "Cookie: ;;;==;",
        "Cookie: session=a; session=b",
        "Authorization: Bearer",
        "Authorization: Basic x",
        "Idempotency-Key: k",
        "Idempotency-Key: k\tk",
        "X-Request-Id: \u{e9}",
        "traceparent: 00-0-0-0",
        "Spin-Path-Info: /x",
        "spin-client-addr: 1.2.3.4:5",
        "X-Forwarded-For: 1.1.1.1, 2.2.2.2",
        "Proxy-Connection: x",
        "Max-Forwards: 0",
        "Date: never",
        "X-Empty:",
    ]);
    let invalid = select(vec![
        "Content-Length: 0",
        "Content-Length: 3",
        "Content-Length: +3",
        "Content-Length: 3, 3",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: xchunked",
        "Host: localhost",
        "Host: 127.0.0.1:1",
        "Host: [::1]",
        "Host: a b",
        "Host:",
        " folded: value",
        "no colon",
        ": no name",
        "bad name: x",
        "X: a\u{0}b",
        "X: a\u{7f}b",
        "X\u{e9}: y",
    ]);
    let any = (
        prop_oneof![4 => "[A-Za-z-]{1,30}", 1 => "[!-~]{0,30}"],
        vec(prop_oneof![9 => b' '..=b'~', 1 => any::<u8>()], 0..60),
    )
        .prop_map(|(name, value)| [name.as_bytes(), b": ", &value].concat());
    prop_oneof![12 => valid.prop_map(bytes), 1 => invalid.prop_map(bytes), 1 => any]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => Just(Vec::new()),
        2 => select(vec![
            "{\"borrow\": {\"book_id\": 1, \"patron_id\": 1}}", "{}", "3\r\nabc\r\n0\r\n\r\n", "3;x=\"y\"\r\nabc\r\n0\r\nA: b\r\n\r\n",
            "0\r\n\r\n", "zz\r\n", "ffffffffffffffff\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\nabc\n0\n\n", "abc",
            "GET /about HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]).prop_map(|body| body.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..200),
    ]
}

/// A request from its parts, perhaps with some bytes changed.
pub fn message() -> impl Strategy<Value = Message> {
    let host = prop_oneof![9 => Just("Host: localhost\r\n"), 1 => Just("")];
    let line_end = prop_oneof![9 => Just("\r\n"), 1 => Just("\n")];
    let before = prop_oneof![9 => Just(""), 1 => select(vec!["\r\n", "\n", " ", "\u{feff}", "\0"])];
    let damage = option::weighted(0.2, vec((any::<prop::sample::Index>(), any::<u8>()), 1..4));
    let parts = (
        before,
        method(),
        target(),
        version(),
        host,
        vec(header(), 0..6),
        line_end,
        body(),
        damage,
    );
    parts.prop_map(|(before, method, target, version, host, headers, end, body, damage)| {
        let mut bytes = format!("{before}{method} {target} {version}{end}{host}").into_bytes();
        for header in headers {
            bytes.extend([header.as_slice(), end.as_bytes()].concat());
        }
        bytes.extend(end.as_bytes());
        bytes.extend(body);
        for (index, byte) in damage.into_iter().flatten() {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        Message { bytes, method }
    })
}

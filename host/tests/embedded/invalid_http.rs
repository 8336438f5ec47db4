//! Requests that are not valid HTTP, or valid but unusual: each gets a response.

use std::{io::Write, net::Shutdown};

use crate::runtime::{App, PROBE, Runtime};

fn start() -> Runtime {
    App::new(PROBE).start(&[])
}

#[test]
fn invalid_requests_get_400() {
    let runtime = start();
    for request in [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET /echo\r\n\r\n",
        "GET /echo HTTP/9.9\r\n\r\n",
        "G\u{e9}T /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET ftp://a/echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nbad name: x\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n",
    ] {
        let response = runtime.raw(request.as_bytes());
        response.assert_problem(400);
        assert_eq!(response.header("connection"), Some("close"), "{request:?}");
    }
    runtime.wait_for("answered 400: the request is not valid HTTP/1.1");
}

#[test]
fn missing_repeated_or_invalid_hosts_get_400() {
    let runtime = start();
    for hosts in [
        "",
        "Host:\r\n",
        "Host: a b\r\n",
        "Host: caf\u{e9}.example\r\n",
        "Host: user@a.example\r\n",
        "Host: a.example:x\r\n",
        "Host: a.example\r\nHost: b.example\r\n",
        "Host: a.example\r\nHost: a.example\r\n",
        "Host: probe.spin.internal\r\n",
        "Host: PROBE.spin.internal.:80\r\n",
    ] {
        let request = format!("GET /echo HTTP/1.1\r\n{hosts}\r\n");
        runtime.raw(request.as_bytes()).assert_problem(400);
    }
}

#[test]
fn unimplemented_features_get_501() {
    let runtime = start();
    for request in [
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        runtime.raw(request.as_bytes()).assert_problem(501);
    }
    runtime.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").assert_problem(505);
}

#[test]
fn large_heads_are_refused() {
    let runtime = start();
    let long = "x".repeat(200_000);
    let target = format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!([414, 431].contains(&runtime.raw(target.as_bytes()).status));
    let header = format!("GET /echo HTTP/1.1\r\nHost: a\r\nX-Long: {long}\r\n\r\n");
    runtime.raw(header.as_bytes()).assert_problem(431);
    let many = "x: 1\r\n".repeat(200);
    let many = format!("GET /echo HTTP/1.1\r\nHost: a\r\n{many}\r\n");
    runtime.raw(many.as_bytes()).assert_problem(431);
}

#[test]
fn unusual_but_valid_requests_are_answered() {
    let runtime = start();
    let own = runtime.address;
    for (request, uri) in [
        ("GET /echo HTTP/1.0\r\n\r\n", format!("http://{own}/echo")),
        ("GET /echo HTTP/1.0\r\nHost: a\r\n\r\n", "http://a/echo".to_owned()),
        ("GET http://a.example/echo HTTP/1.1\r\nHost: b\r\n\r\n", "http://a.example/echo".into()),
        ("GET /echo HTTP/1.1\r\nhOST: [::1]:80\r\n\r\n", "http://[::1]:80/echo".into()),
        ("\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/echo".into()),
        ("GET /echo HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n", "http://a/echo".into()),
    ] {
        let response = runtime.raw(request.as_bytes());
        assert_eq!((response.status, response.body), (200, format!("GET {uri} ")), "{request:?}");
    }
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n\
        2;x=y\r\nab\r\n0\r\nTrailer: x\r\n\r\n";
    assert_eq!(runtime.raw(chunked.as_bytes()).body, "POST http://a/echo ab");
    // A proxy in front may have used the length. So nothing after the chunks counts as another request (RFC 9112,
    // section 6.3).
    for headers in [
        "Content-Length: 9\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 9",
    ] {
        let request =
            format!("POST /echo HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n2\r\nab\r\n0\r\n\r\n");
        let response = runtime.raw(request.as_bytes());
        assert_eq!(response.body, "POST http://a/echo ab", "{headers:?}");
        assert_eq!(response.header("connection"), Some("close"), "{headers:?}");
    }
}

#[test]
fn header_bytes_outside_ascii_reach_the_component() {
    let runtime = start();
    for bytes in [&b"caf\xe9"[..], "caf\u{e9}".as_bytes(), b"\xff\xfe"] {
        let request =
            [b"GET /headers HTTP/1.1\r\nHost: a\r\nX-Agent: ", bytes, b"\r\n\r\n"].concat();
        let response = runtime.raw(&request);
        assert_eq!(response.status, 200, "{bytes:?}");
        let line = format!("x-agent: {}\n", String::from_utf8_lossy(bytes));
        assert!(response.body.contains(&line), "{}", response.body);
    }
}

#[test]
fn a_client_may_close_its_sending_side() {
    let runtime = start();
    for version in ["1.0", "1.1"] {
        let mut connection = runtime.connect();
        let request = format!("GET /sleep?50 HTTP/{version}\r\nHost: a\r\n\r\n");
        connection.0.get_mut().write_all(request.as_bytes()).unwrap();
        connection.0.get_mut().shutdown(Shutdown::Write).unwrap();
        assert_eq!(connection.head().expect("a response").status, 200, "{version}");
    }
}

#[test]
fn an_incomplete_body_gets_400() {
    let runtime = start();
    let mut connection = runtime.connect();
    let request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";
    connection.0.get_mut().write_all(request).unwrap();
    connection.0.get_mut().shutdown(Shutdown::Write).unwrap();
    let head = connection.head().expect("a response");
    connection.body(head, "POST").assert_problem(400);
}

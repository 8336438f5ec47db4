//! Outgoing HTTP calls of components: to each other, to external servers, and refused ones.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use crate::runtime::{App, Runtime};

/// A public caller, and a public and a private component to call; `HOSTS` is the caller's allow list.
const CALLER: &str = r#"
[variables]
outside = { default = "127.0.0.1" }

[[trigger.http]]
route = "/..."
component = "caller"

[[trigger.http]]
route = "/public/:id"
component = "public"

[[trigger.http]]
route = { private = true }
component = "private"

[component.caller]
source = "PROBE_WASM"
allowed_outbound_hosts = [HOSTS]

[component.public]
source = "PROBE_WASM"

[component.private]
source = "PROBE_WASM"

[component.untriggered]
source = "PROBE_WASM"
"#;

fn caller(hosts: &str) -> (App, Runtime) {
    let app = App::new(&CALLER.replace("HOSTS", hosts));
    let runtime = app.start(&[]);
    (app, runtime)
}

#[test]
fn components_call_each_other_by_name() {
    let (_app, runtime) =
        caller(r#""http://public.spin.internal", "http://private.spin.internal""#);
    for component in ["public", "private"] {
        let url = format!("http://{component}.spin.internal/some/headers?q=1");
        let answer = runtime.text(&format!("/fetch?{url}"));
        let mut seen: Vec<_> = answer.strip_prefix("200 ").unwrap().lines().collect();
        seen.sort_unstable();
        let expected = [
            "spin-base-path: /",
            "spin-client-addr: 0.0.0.0:0",
            "spin-component-route: ",
            "spin-full-url: http://localhost/some/headers?q=1",
            "spin-matched-route: /...",
            "spin-path-info: /some/headers",
            "spin-raw-component-route: /...",
        ];
        assert_eq!(seen, expected, "{component}");
    }
}

#[test]
fn a_private_component_is_not_reachable_from_outside() {
    let (_app, runtime) = caller(r#""http://*.spin.internal""#);
    let answer = runtime.text("/fetch?http://private.spin.internal/echo");
    assert_eq!(answer, "200 GET http://private.spin.internal/echo ");
    let mut connection = runtime.connect();
    let request = b"GET /echo HTTP/1.1\r\nHost: private.spin.internal\r\n\r\n";
    connection.0.get_mut().write_all(request).unwrap();
    assert_eq!(connection.head().unwrap().status, 400);
}

#[test]
fn a_caller_receives_a_500_from_a_failed_component() {
    let (_app, runtime) = caller(r#""http://*.spin.internal""#);
    for path in ["panic", "nothing"] {
        let answer = runtime.text(&format!("/fetch?http://private.spin.internal/{path}"));
        assert!(answer.starts_with("500 {\"detail\":\"internal error"), "{path}: {answer}");
    }
}

#[test]
fn hosts_outside_the_allow_list_are_refused() {
    let (_app, runtime) = caller(r#""http://public.spin.internal", "http://127.0.0.1:1""#);
    for denied in [
        "http://private.spin.internal/echo",
        "http://public.spin.internal:81/echo",
        "http://127.0.0.1:2/",
        "http://localhost:1/",
        "https://127.0.0.1:1/",
        "http://self.alt/echo",
    ] {
        let answer = runtime.text(&format!("/fetch?{denied}"));
        assert_eq!(answer, "Http(ErrorCode::HttpRequestDenied)", "{denied}");
    }
    runtime.wait_for("caller may not call http://127.0.0.1:2");
    runtime.wait_for("add 'http://127.0.0.1:2' to its allowed_outbound_hosts");
}

#[test]
fn calling_a_missing_component_ends_the_caller() {
    let list = r#""http://ghost.spin.internal", "http://untriggered.spin.internal""#;
    let (_app, runtime) = caller(list);
    for id in ["ghost", "untriggered"] {
        let response = runtime.get(&format!("/fetch?http://{id}.spin.internal/echo"));
        assert_eq!(response.status, 500, "{id}");
        runtime.wait_for(&format!("it called {id}, but no trigger names that component"));
    }
    let (_app, runtime) = caller(r#""http://*.spin.internal""#);
    let answer = runtime.text("/fetch?http://ghost.spin.internal/echo");
    assert_eq!(
        answer, "Http(ErrorCode::HttpRequestDenied)",
        "a wildcard matches only existing components"
    );
}

#[test]
fn an_external_server_is_called_over_the_network() {
    let (address, requests) = server();
    let (_app, runtime) = caller(r#""http://{{ outside }}:*""#);
    assert_eq!(runtime.text(&format!("/fetch?http://{address}/a?b=c")), "200 hello");
    let request = requests.recv().unwrap();
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{request}");
    assert!(request.to_ascii_lowercase().contains(&format!("host: {address}\r\n")), "{request}");

    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answer = runtime.text(&format!("/fetch?http://{unused}/"));
    assert_eq!(answer, "Http(ErrorCode::ConnectionRefused)");
    let answer = runtime.text(&format!("/fetch?https://{address}/"));
    assert_eq!(answer, "Http(ErrorCode::HttpRequestDenied)");
}

#[test]
fn https_is_refused_with_the_reason() {
    let (_app, runtime) = caller(r#""https://127.0.0.1:*""#);
    let answer = runtime.text("/fetch?https://127.0.0.1:1/");
    assert!(answer.contains("https requests are not implemented by this runtime"), "{answer}");
}

#[test]
fn self_calls_go_to_the_apps_own_address() {
    let (_app, runtime) = caller(r#""http://self""#);
    let answer = runtime.text("/fetch?http://self.alt/public/headers");
    assert!(answer.contains("spin-path-match-id: headers"), "{answer}");
    let full = format!("spin-full-url: http://{}/public/headers", runtime.address);
    assert!(answer.contains(&full), "{answer}");
}

#[test]
fn the_trace_context_is_propagated_with_every_call() {
    let (address, requests) = server();
    let (_app, runtime) = caller(r#""http://*.spin.internal", "http://127.0.0.1:*""#);
    let trace = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let get =
        |path: &str, headers: &[&str]| runtime.connect().request("GET", path, headers, "").body;

    let inside = get("/fetch?http://private.spin.internal/headers", &[trace]);
    assert!(inside.contains(trace), "{inside}");
    get(&format!("/fetch?http://{address}/"), &[trace]);
    assert!(requests.recv().unwrap().contains(trace));

    // The component's own header wins, and without an incoming one none is sent.
    let own = get("/fetch?http://private.spin.internal/headers", &[trace, "x-traceparent: own"]);
    assert!(own.contains("traceparent: own") && !own.contains(trace), "{own}");
    let none = get("/fetch?http://private.spin.internal/headers", &[]);
    assert!(!none.contains("traceparent"), "{none}");
}

/// A server that answers every request with "hello" and passes on the request heads.
fn server() -> (SocketAddr, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
            _ = reader.get_mut().write_all(answer);
            _ = sender.send(head);
        }
    });
    (address, requests)
}

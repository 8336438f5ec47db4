//! The host names under which an app is served: `allowed_hosts`.

use crate::runtime::{App, PROBE, Runtime};

const VARIABLES: &str = "[variables]\nallowed_hosts = { default = \"\" }\n\
    api_token = { default = \"\", secret = true }\n";

fn start(variables: &[&str]) -> Runtime {
    let arguments: Vec<_> =
        variables.iter().flat_map(|variable| ["--variable", variable]).collect();
    App::new(&format!("{VARIABLES}{PROBE}")).start(&arguments)
}

fn status(runtime: &Runtime, host: &str, path: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    runtime.raw(request.as_bytes()).status
}

#[test]
fn without_a_token_only_local_names_are_served() {
    let runtime = start(&[]);
    for host in
        ["localhost", "LocalHost:3000", "localhost.", "127.0.0.1:1", "10.1.2.3", "[::1]:3000"]
    {
        assert_eq!(status(&runtime, host, "/echo"), 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil:3000"] {
        assert_eq!(status(&runtime, host, "/echo"), 421, "{host}");
    }
    let request = "GET http://evil.example/echo HTTP/1.1\r\nHost: localhost\r\n\r\n";
    runtime.raw(request.as_bytes()).assert_problem(421);
    runtime.wait_for("answered 421: the library is not served under this host name");
}

#[test]
fn health_checks_are_answered_under_any_name() {
    let runtime = start(&[]);
    assert_eq!(status(&runtime, "evil.example", "/.well-known/spin/health"), 200);
    assert_eq!(status(&runtime, "evil.example", "/catdb/healthz"), 200);
    assert_eq!(status(&runtime, "evil.example", "/healthz"), 200);
    for path in ["/catdb/healthz/x", "/catdb/title/healthz", "/a/b/c/healthz"] {
        assert_eq!(status(&runtime, "evil.example", path), 421, "{path}");
    }
}

#[test]
fn allowed_hosts_adds_names() {
    let runtime = start(&["allowed_hosts=library.example, Other.Example:8080"]);
    assert_eq!(status(&runtime, "library.example", "/echo"), 200);
    assert_eq!(status(&runtime, "LIBRARY.example.:80", "/echo"), 200);
    assert_eq!(status(&runtime, "other.example", "/echo"), 200);
    assert_eq!(status(&runtime, "sub.library.example", "/echo"), 421);
    let runtime = start(&["allowed_hosts=*"]);
    assert_eq!(status(&runtime, "evil.example", "/echo"), 200);
}

#[test]
fn an_entry_that_is_not_a_name_is_refused_at_start() {
    let app = App::new(&format!("{VARIABLES}{PROBE}"));
    for entry in ["https://lib.example", "*.example.org", "bücher.example", "lib.example/"] {
        for token in ["", "api_token=secret"] {
            let variable = format!("allowed_hosts=library.example,{entry}");
            let mut arguments = vec!["--variable", &variable];
            arguments.extend(["--variable", token].iter().filter(|_| !token.is_empty()));
            let error = app.start_error(&arguments);
            assert!(error.contains(&format!("the entry `{entry}`")), "{error}");
        }
    }
}

#[test]
fn with_a_token_all_names_are_served() {
    let runtime = start(&["api_token=secret"]);
    assert_eq!(status(&runtime, "evil.example", "/echo"), 200);
}

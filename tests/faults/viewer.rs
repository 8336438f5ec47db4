//! `cargo xtask up --otel`: the viewer for traces, or what is missing.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use nix::sys::signal::Signal;
use tests::{Behavior, Receiver, Up, free_port, run_to_end, wait_for, xtask};

/// A viewer that notes what it receives and stops on SIGTERM.
const VIEWER: &str = r#"#!/usr/bin/env python3
import http.server, os, signal, sys

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        with open(os.path.join(os.path.dirname(sys.argv[0]), "received"), "a") as file:
            file.write(self.path + "\n")
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("127.0.0.1", 4318), Receiver).serve_forever()
"#;

/// The only test that uses the port of OTLP, 4318, which viewers have.
#[test]
fn up_otel_runs_an_installed_viewer_and_exports_to_it_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let programs = tempfile::tempdir().unwrap();
    let viewer = programs.path().join("otel-desktop-viewer");
    fs::write(&viewer, VIEWER).unwrap();
    fs::set_permissions(&viewer, Permissions::from_mode(0o755)).unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let log = programs.path().join("log");
    let up = Up::start_with(folder.path(), &listen, |up| {
        let path = std::env::var("PATH").unwrap();
        up.arg("--otel").env_remove(ENDPOINT).stderr(fs::File::create(&log).unwrap());
        up.env("PATH", format!("{}:{path}", programs.path().display()));
    });
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("traces: http://localhost:8000"), "{log}");
    assert_eq!(up.client().get("/about").status, 200);
    let processes = tests::processes_with(&viewer);
    assert_eq!(processes.len(), 1, "{processes:?}");
    assert!(up.end(Signal::SIGINT));
    // The app exports the last spans before the viewer ends.
    let received = fs::read_to_string(programs.path().join("received")).unwrap();
    assert!(received.contains("/v1/traces") && received.contains("/v1/metrics"), "{received}");
    wait_for("the end of the viewer", || tests::processes_with(&viewer).is_empty());
}

#[test]
fn up_otel_without_a_viewer_says_what_to_install_or_set() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |endpoint: Option<&str>| {
        let mut up = xtask(&["up", "--otel", "--no-build", "--runtime", "embedded", "--data"]);
        up.arg(folder.path()).env("PATH", folder.path()).env_remove(ENDPOINT);
        up.envs(endpoint.map(|endpoint| (ENDPOINT, endpoint)));
        let (succeeded, printed) = run_to_end(&mut up);
        assert!(!succeeded, "{printed}");
        printed
    };
    let printed = refusal(None);
    for cure in ["otel-desktop-viewer", "Jaeger", "OTEL_EXPORTER_OTLP_ENDPOINT=http://"] {
        assert!(printed.contains(cure), "{printed}");
    }
    let printed = refusal(Some("http://collector:4318"));
    assert!(printed.contains("omit --otel"), "{printed}");
    assert!(is_empty(folder.path()), "nothing was started");
}

#[test]
fn up_passes_the_standard_variables_to_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(Behavior::Accepting);
    let listen = format!("127.0.0.1:{}", free_port());
    let up = Up::start_with(folder.path(), &listen, |up| {
        up.envs(receiver.environment());
    });
    wait_for("spans of the health check", || !receiver.spans().is_empty());
    assert!(up.end(Signal::SIGTERM));
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

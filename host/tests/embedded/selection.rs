//! `--component-id`: running only some components of an app.

use crate::runtime::App;

/// A front component that calls the address in a variable, and an inner component.
const APP: &str = r#"
[variables]
inner_url = { default = "http://inner.spin.internal" }
secret = { required = true }

[[trigger.http]]
route = "/..."
component = "front"

[[trigger.http]]
route = "/inner/..."
component = "inner"

[component.front]
source = "PROBE_WASM"
allowed_outbound_hosts = ["{{ inner_url }}"]

[component.inner]
source = "PROBE_WASM"
variables = { secret = "{{ secret }}" }
allowed_outbound_hosts = ["http://self"]
"#;

#[test]
fn only_selected_components_are_loaded_and_served() {
    let app = App::new(APP);
    let runtime = app.start(&["--variable", "secret=x", "--component-id", "inner"]);
    assert_eq!(runtime.text("/inner/echo"), "GET http://test.example/inner/echo ");
    assert_eq!(runtime.get("/echo").status, 404, "the route of the removed component is gone");
    assert_eq!(runtime.text("/.well-known/spin/health"), "OK");
    let log = runtime.log();
    assert!(log.contains("inner: http://") && !log.contains("front: http://"), "{log}");

    let both = app.start(&["--variable", "secret=x", "-c", "inner", "-c", "front"]);
    assert_eq!(both.text("/fetch?http://inner.spin.internal/variable?secret"), "200 Ok(\"x\")");
}

#[test]
fn a_component_that_runs_elsewhere_is_called_by_its_address() {
    let app = App::new(APP);
    let front = app.start(&["--variable", "secret=x", "-c", "front"]);
    let alone = front.get("/fetch?http://inner.spin.internal/echo");
    assert_eq!(alone.status, 500, "as in Spin, the call ends the caller");
    front.wait_for("it called inner, but no trigger names that component");

    let inner = app.start(&["--variable", "secret=x", "-c", "inner"]);
    assert_eq!(
        inner.text("/inner/fetch?http://self.alt/echo"),
        "404 {\"detail\":\"no route matches this path\",\"error\":\"Not found\"}"
    );
    let url = format!("http://{}", inner.address);
    let variable = format!("inner_url={url}");
    let front = app.start(&["--variable", "secret=x", "--variable", &variable, "-c", "front"]);
    assert_eq!(front.text(&format!("/fetch?{url}/inner/variable?secret")), "200 Ok(\"x\")");
    let answer = front.text("/fetch?http://inner.spin.internal/echo");
    assert_eq!(
        answer, "Http(ErrorCode::HttpRequestDenied)",
        "the name is no longer in the allow list"
    );
}

#[test]
fn an_invalid_selection_is_refused_at_start() {
    let app = App::new(APP);
    let text = app.start_error(&["--variable", "secret=x", "--component-id", "ghost"]);
    assert!(text.contains("--component-id") && text.contains("`ghost`"), "{text}");
    assert!(text.contains("front, inner"), "{text}");
    let text = app.start_error(&["--component-id", "front"]);
    assert!(text.contains("secret"), "all variables of the app are resolved, as in Spin: {text}");
    let literal = App::new(&APP.replace("{{ inner_url }}", "http://inner.spin.internal"));
    let text = literal.start_error(&["--variable", "secret=x", "--component-id", "front"]);
    assert!(text.contains("`front`") && text.contains("--component-id inner"), "{text}");
}

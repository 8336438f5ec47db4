//! `--component-id`: some components of an app run here, the others somewhere else or not at all.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are the failure")]
mod runtime;

use runtime::App;

/// A door that calls what a variable names, and a component behind it.
const APP: &str = r#"
[variables]
inner_url = { default = "http://inner.spin.internal" }
secret = { required = true }

[[trigger.http]]
route = "/..."
component = "door"

[[trigger.http]]
route = "/inner/..."
component = "inner"

[component.door]
source = "PROBE_WASM"
allowed_outbound_hosts = ["{{ inner_url }}"]

[component.inner]
source = "PROBE_WASM"
variables = { secret = "{{ secret }}" }
allowed_outbound_hosts = ["http://self"]
"#;

#[test]
fn only_what_is_chosen_is_loaded_and_served() {
    let app = App::new(APP);
    let runtime = app.start(&["--variable", "secret=x", "--component-id", "inner"]);
    assert_eq!(runtime.text("/inner/echo"), "GET http://test.example/inner/echo ");
    assert_eq!(runtime.get("/echo").status, 404, "the door's route went with it");
    assert_eq!(runtime.text("/.well-known/spin/health"), "OK");
    let log = runtime.log();
    assert!(log.contains("inner: http://") && !log.contains("door: http://"), "{log}");

    let both = app.start(&["--variable", "secret=x", "-c", "inner", "-c", "door"]);
    assert_eq!(both.text("/fetch?http://inner.spin.internal/variable?secret"), "200 Ok(\"x\")");
}

#[test]
fn a_component_that_is_not_here_is_reached_by_its_address_only() {
    let app = App::new(APP);
    let door = app.start(&["--variable", "secret=x", "-c", "door"]);
    let alone = door.get("/fetch?http://inner.spin.internal/echo");
    assert_eq!((alone.status, alone.body.as_str()), (500, ""), "as a call to nobody ends in Spin");
    door.wait_for("it called inner, but no trigger has a component of that name");

    let inner = app.start(&["--variable", "secret=x", "-c", "inner"]);
    assert_eq!(inner.text("/inner/fetch?http://self.alt/echo"), "404 ", "nor has it a route here");
    let url = format!("http://{}", inner.address);
    let given = format!("inner_url={url}");
    let door = app.start(&["--variable", "secret=x", "--variable", &given, "-c", "door"]);
    assert_eq!(door.text(&format!("/fetch?{url}/inner/variable?secret")), "200 Ok(\"x\")");
    let answer = door.text("/fetch?http://inner.spin.internal/echo");
    assert_eq!(answer, "Http(ErrorCode::HttpRequestDenied)", "its name is on no list now");
}

#[test]
fn a_choice_that_can_t_work_is_said_before_anything_runs() {
    let app = App::new(APP);
    let text = app.refusal(&["--variable", "secret=x", "--component-id", "ghost"]);
    assert!(text.contains("--component-id") && text.contains("`ghost`"), "{text}");
    assert!(text.contains("door, inner"), "what there is: {text}");
    let text = app.refusal(&["--component-id", "door"]);
    assert!(text.contains("secret"), "in Spin too every variable is the whole app's: {text}");
    let literal = App::new(&APP.replace("{{ inner_url }}", "http://inner.spin.internal"));
    let text = literal.refusal(&["--variable", "secret=x", "--component-id", "door"]);
    assert!(text.contains("`door`") && text.contains("--component-id inner"), "{text}");
}

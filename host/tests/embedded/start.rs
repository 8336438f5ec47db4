//! Errors at start and their messages.

use std::{fs, net::TcpListener};

use crate::runtime::{App, PROBE, Runtime, program, start_error};

/// The start error of an app whose manifest has `rest` after its first four lines.
fn manifest_error(rest: &str) -> String {
    App::new(rest).start_error(&[])
}

#[test]
fn an_unsupported_key_is_named_with_its_line() {
    for (key, line, name) in [
        ("files = [\"a\"]", 12, "files"),
        ("key_value_stores = [\"default\"]", 12, "key_value_stores"),
        ("[component.probe.build]\ncommand = \"x\"\nenvironment = 1", 14, "environment"),
        ("[component.probe.dependencies]\n\"a:b\" = \"1\"", 12, "dependencies"),
        ("[variables]\na = { default = \"x\", hidden = true }", 13, "hidden"),
        ("[[trigger.redis]]\nchannel = \"x\"\ncomponent = \"probe\"", 12, "redis"),
        ("[surprise]", 12, "surprise"),
        (
            "[[trigger.http]]\nroute = \"/x\"\ncomponent = \"probe\"\nexecutor = { type = \"http\" }",
            15,
            "executor",
        ),
    ] {
        let text = manifest_error(&format!("{PROBE}{key}\n"));
        assert!(text.contains(&format!("spin.toml, line {line}: ")), "{key}: {text}");
        assert!(text.contains(&format!("`{name}`")), "{key}: {text}");
    }
    let tools = "[component.probe.tool.any]\nthing = 1\n[component.probe.build]\ncommand = [\"a\", \"b\"]\nwatch = [\"c\"]\n";
    App::new(&format!("{PROBE}{tools}")).start(&[]);
}

#[test]
fn inconsistent_manifests_are_refused_with_the_reason() {
    let component = "[component.probe]\nsource = \"PROBE_WASM\"\n";
    let trigger = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"probe\"\n";
    for (rest, expected) in [
        (trigger.to_owned(), "there is no [component.probe]"),
        (format!("{trigger}[component.probe]"), "missing field `source`"),
        (component.to_owned(), "missing field `trigger`"),
        (format!("[trigger]\nhttp = []\n{component}"), "at least one [[trigger.http]]"),
        (format!("{PROBE}variables = {{ a = \"{{{{ ghost }}}}\" }}"), "variable `ghost`"),
        (
            format!("{PROBE}allowed_outbound_hosts = [\"http://{{{{ ghost }}}}\"]"),
            "variable `ghost`",
        ),
        (format!("{PROBE}variables = {{ a = \"{{{{ ghost\" }}"), "without a '}}'"),
        (format!("{PROBE}variables = {{ aB = \"x\" }}"), "\"aB\" is not a variable name"),
        (format!("{PROBE}[variables]\na = {{}}"), "needs a default or"),
        (format!("{PROBE}[variables]\na = {{ default = \"\", required = true }}"), "not both"),
        (format!("{PROBE}allowed_outbound_hosts = [\"example.com\"]"), "needs a scheme"),
        (format!("{PROBE}[component.b_c]\nsource = \"x\""), "\"b_c\" is not a component id"),
        (PROBE.replace("\"/...\"", "{ private = false }"), "private = false"),
        (PROBE.replace("\"/...\"", "7"), "a route is a string such as"),
        (PROBE.replace("/...", "/.../a"), "a wildcard must be the last segment"),
        (PROBE.replace("PROBE_WASM", "spin.toml"), "spin.toml cannot be compiled"),
        (PROBE.replace("PROBE_WASM", "KEY_VALUE_WASM"), "`fermyon:spin/key-value@2.0.0`"),
    ] {
        let text = manifest_error(&rest);
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let text = manifest_error(&PROBE.replace("PROBE_WASM", "KEY_VALUE_WASM"));
    assert!(text.contains("component `probe`"), "{text}");
}

#[test]
fn a_missing_component_file_is_reported_with_its_build_command() {
    let text = manifest_error(&format!(
        "{}[component.probe.build]\ncommand = \"cargo build -p probe\"\n",
        PROBE.replace("PROBE_WASM", "target/probe.wasm")
    ));
    assert!(text.contains("component `probe`"), "{text}");
    assert!(text.contains("target/probe.wasm does not exist"), "{text}");
    assert!(text.contains("cargo build -p probe"), "{text}");
}

#[test]
fn unsupported_or_broken_manifests_are_refused() {
    let app = App::new(PROBE);
    let path = app.dir.path().join("spin.toml");
    let written = fs::read_to_string(&path).unwrap();
    fs::write(&path, written.replace("version = 2", "version = 1")).unwrap();
    assert!(app.start_error(&[]).contains("line 1: manifest version 1 is not supported"));
    fs::write(&path, "spin_manifest_version = 2\n\n[application\n").unwrap();
    assert!(app.start_error(&[]).contains("spin.toml, line 3"));
    fs::remove_file(&path).unwrap();
    assert!(app.start_error(&[]).contains("cannot read"));
}

#[test]
fn an_unreachable_route_is_a_warning() {
    let app = App::new(
        &PROBE.replace("[component.probe]", "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"second\"\n[component.second]\nsource = \"PROBE_WASM\"\n[component.probe]"),
    );
    let log = app.start(&[]).log();
    assert!(log.contains("unreachable: /... of probe: second has the same route"), "{log}");
    assert!(log.contains("second: http://127.0.0.1:"), "{log}");
}

#[test]
fn a_port_in_use_is_reported_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let app = App::new(PROBE);
    let mut command = program();
    command.args(["--from", app.dir.path().to_str().unwrap(), "--listen", &address]);
    let text = start_error(command);
    assert!(text.contains(&format!("{address} is already in use")), "{text}");
    assert!(text.contains("--listen"), "{text}");
}

#[test]
fn the_runtime_configuration_is_validated_and_never_quoted() {
    let app = App::new(PROBE);
    for (config, expected) in [
        ("state_dir = \"x\"", "line 1: unknown field `state_dir`"),
        ("\n[key_value_store.default]\ntype = \"spin\"", "line 2: unknown field `key_value_store`"),
        ("[[variables_provider]]\ntype = \"vault\"\nurl = \"hunter2\"", "`vault`"),
        ("[[variables_provider]]\ntype = \"env\"\npassword = \"hunter2\"", "`password`"),
        (
            "[[variables_provider]]\ntype = \"static\"\nvalues = { password = 1234567 }",
            "`password` is not a string",
        ),
        ("[[variables_provider]]\ntype = \"static\"\nvalues = { password = hunter2 }", "line 3"),
        (
            "[[variables_provider]]\ntype = \"env\"\ndotenv_path = \"bad.env\"",
            "bad.env has a line that is not NAME=value",
        ),
    ] {
        fs::write(app.dir.path().join("config.toml"), config).unwrap();
        fs::write(app.dir.path().join("bad.env"), "PASSWORD hunter2").unwrap();
        let text = app.start_error(&["--runtime-config-file", "config.toml"]);
        assert!(text.contains(expected), "{config}: {text}");
        assert!(!text.contains("hunter2") && !text.contains("1234567"), "{text}");
    }
    fs::write(app.dir.path().join("values.toml"), "password = 1234567").unwrap();
    fs::write(app.dir.path().join("values.json"), r#"{"password": 1234567}"#).unwrap();
    for file in ["values.toml", "values.json"] {
        let text = app.start_error(&["--variable", &format!("@{file}")]);
        assert!(text.contains(file) && !text.contains("1234567"), "{text}");
    }
    assert!(
        app.start_error(&["--runtime-config-file", "none.toml"]).contains("cannot read none.toml")
    );
}

#[test]
fn it_starts_without_a_writable_cache_directory() {
    let app = App::new(PROBE);
    let mut command = app.command(&["--log-dir", ""]);
    command.env("XDG_CACHE_HOME", "/proc/nowhere").env("HOME", "/proc/nowhere");
    let runtime = Runtime::start(command);
    assert_eq!(runtime.get("/echo").status, 200);
    assert!(runtime.log().contains("compiled components are not cached"), "{}", runtime.log());
}

//! Which source a variable's value comes from.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test they are the failure")]
mod runtime;

use std::fs;

use runtime::App;

const APP: &str = r#"
[variables]
given = { default = "default", description = "d" }
password = { required = true, secret = true }
other_one = { required = true }

[[trigger.http]]
route = "/..."
component = "probe"

[component.probe]
source = "PROBE_WASM"
environment = { FIXED = "manifest", CHANGED = "manifest" }

[component.probe.variables]
given = "{{ given }}"
both = "{{given}}/{{ password }}"
plain = "plain"
"#;

const REQUIRED: [&str; 4] = ["--variable", "password=p", "--variable", "other_one=o"];

#[test]
fn the_first_source_counts() {
    let app = App::new(APP);
    let given = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = app.command(&[&REQUIRED, arguments].concat());
        command.envs(environment.iter().copied());
        runtime::Runtime::start(command).text("/variable?given")
    };
    let file = |name: &str, text: &str| fs::write(app.dir.path().join(name), text).unwrap();
    let config = ["--runtime-config-file", "config.toml"];
    assert_eq!(given(&[], &[]), "Ok(\"default\")");

    file(".env", "SPIN_VARIABLE_GIVEN=dotenv\nMINE_GIVEN=mine-from-file\n");
    assert_eq!(given(&[], &[]), "Ok(\"dotenv\")");
    let environment = [("SPIN_VARIABLE_GIVEN", "environment")];
    assert_eq!(given(&[], &environment), "Ok(\"environment\")");

    file(
        "config.toml",
        "[[variables_provider]]\ntype = \"static\"\nvalues = { given = \"static\" }\n",
    );
    assert_eq!(given(&config, &environment), "Ok(\"static\")");

    let table =
        "[[variables_provider]]\ntype = \"env\"\nprefix = \"MINE\"\ndotenv_path = \".env\"\n";
    file(
        "first.toml",
        &(table.to_owned() + &fs::read_to_string(app.dir.path().join("config.toml")).unwrap()),
    );
    let first = ["--runtime-config-file", "first.toml"];
    assert_eq!(given(&first, &environment), "Ok(\"mine-from-file\")");
    assert_eq!(given(&first, &[("MINE_GIVEN", "mine")]), "Ok(\"mine\")");

    let line = ["--variable", "given=line"];
    assert_eq!(given(&[&first[..], &line].concat(), &environment), "Ok(\"line\")");
    file("value.txt", "from a file\n");
    assert_eq!(given(&["--variable", "given=@value.txt"], &[]), "Ok(\"from a file\\n\")");
    file("values.json", r#"{"given": "json"}"#);
    assert_eq!(given(&["--variable", "@values.json"], &[]), "Ok(\"json\")");
    file("values.toml", "given = \"toml\"");
    assert_eq!(given(&["--variable", "@values.toml"], &[]), "Ok(\"toml\")");
    assert_eq!(given(&[&line[..], &["--variable", "given=last"]].concat(), &[]), "Ok(\"last\")");
}

#[test]
fn a_component_sees_its_own_names_only() {
    let runtime = App::new(APP).start(&REQUIRED);
    assert_eq!(runtime.text("/variable?both"), "Ok(\"default/p\")");
    assert_eq!(runtime.text("/variable?plain"), "Ok(\"plain\")");
    for name in ["password", "unknown"] {
        let answer = runtime.text(&format!("/variable?{name}"));
        assert!(answer.starts_with("Err(Error::Undefined("), "{answer}");
    }
    for name in ["Given", "a__b", "a_", "1a", ""] {
        let answer = runtime.text(&format!("/variable?{name}"));
        assert!(answer.starts_with("Err(Error::InvalidName("), "{name}: {answer}");
    }
}

#[test]
fn all_missing_values_are_named_at_once() {
    let text = App::new(APP).refusal(&[]);
    assert!(text.contains("required variables other_one, password:"), "{text}");
    let text = App::new(APP).refusal(&["--variable", "password=hunter2"]);
    assert!(text.contains("required variable other_one:"), "{text}");
    assert!(text.contains("SPIN_VARIABLE_OTHER_ONE") && !text.contains("hunter2"), "{text}");
}

#[test]
fn environment_variables_come_from_the_manifest_and_the_command_line() {
    let runtime =
        App::new(APP).start(&[&REQUIRED[..], &["-e", "CHANGED=line", "--env", "NEW=a=b"]].concat());
    assert_eq!(runtime.text("/environment?FIXED"), "Ok(\"manifest\")");
    assert_eq!(runtime.text("/environment?CHANGED"), "Ok(\"line\")");
    assert_eq!(runtime.text("/environment?NEW"), "Ok(\"a=b\")");
    assert_eq!(runtime.text("/environment?PATH"), "Err(NotPresent)");
}

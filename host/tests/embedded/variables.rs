//! The order of variable providers and what components see.

use std::fs;

use crate::runtime::{App, Runtime};

const APP: &str = r#"
[variables]
setting = { default = "default", description = "d" }
password = { required = true, secret = true }
other_one = { required = true }

[[trigger.http]]
route = "/..."
component = "probe"

[component.probe]
source = "PROBE_WASM"
environment = { FIXED = "manifest", CHANGED = "manifest" }

[component.probe.variables]
setting = "{{ setting }}"
both = "{{setting}}/{{ password }}"
plain = "plain"
"#;

const REQUIRED: [&str; 4] = ["--variable", "password=p", "--variable", "other_one=o"];

#[test]
fn the_first_provider_with_a_value_wins() {
    let app = App::new(APP);
    let value = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = app.command(&[&REQUIRED, arguments].concat());
        command.envs(environment.iter().copied());
        Runtime::start(command).text("/variable?setting")
    };
    let file = |name: &str, text: &str| fs::write(app.dir.path().join(name), text).unwrap();
    let config = ["--runtime-config-file", "config.toml"];
    assert_eq!(value(&[], &[]), "Ok(\"default\")");

    file(".env", "SPIN_VARIABLE_SETTING=dotenv\nMINE_SETTING=mine-from-file\n");
    assert_eq!(value(&[], &[]), "Ok(\"dotenv\")");
    let environment = [("SPIN_VARIABLE_SETTING", "environment")];
    assert_eq!(value(&[], &environment), "Ok(\"environment\")");

    file(
        "config.toml",
        "[[variables_provider]]\ntype = \"static\"\nvalues = { setting = \"static\" }\n",
    );
    assert_eq!(value(&config, &environment), "Ok(\"static\")");

    let table =
        "[[variables_provider]]\ntype = \"env\"\nprefix = \"MINE\"\ndotenv_path = \".env\"\n";
    file(
        "first.toml",
        &(table.to_owned() + &fs::read_to_string(app.dir.path().join("config.toml")).unwrap()),
    );
    let first = ["--runtime-config-file", "first.toml"];
    assert_eq!(value(&first, &environment), "Ok(\"mine-from-file\")");
    assert_eq!(value(&first, &[("MINE_SETTING", "mine")]), "Ok(\"mine\")");

    let line = ["--variable", "setting=line"];
    assert_eq!(value(&[&first[..], &line].concat(), &environment), "Ok(\"line\")");
    file("value.txt", "from a file\n");
    assert_eq!(value(&["--variable", "setting=@value.txt"], &[]), "Ok(\"from a file\\n\")");
    file("values.json", r#"{"setting": "json"}"#);
    assert_eq!(value(&["--variable", "@values.json"], &[]), "Ok(\"json\")");
    file("values.toml", "setting = \"toml\"");
    assert_eq!(value(&["--variable", "@values.toml"], &[]), "Ok(\"toml\")");
    assert_eq!(value(&[&line[..], &["--variable", "setting=last"]].concat(), &[]), "Ok(\"last\")");
}

#[test]
fn a_dotenv_file_is_read_or_refused_by_name() {
    let app = App::new(APP);
    let path = app.dir.path().join(".env");
    fs::write(&path, "\u{feff}SPIN_VARIABLE_SETTING=marked\r\n").unwrap();
    assert_eq!(app.start(&REQUIRED).text("/variable?setting"), "Ok(\"marked\")");
    for text in [&b"\xff\xfeA\0=\0b\0"[..], b"A=caf\xe9\n", b"hunter2\n"] {
        fs::write(&path, text).unwrap();
        let error = app.start_error(&REQUIRED);
        assert!(error.contains(".env has a line that is not NAME=value"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = app.start_error(&REQUIRED);
    assert!(error.contains("cannot read .env: ") && error.contains("or remove it"), "{error}");
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink(".env", &path).unwrap();
    assert!(app.start_error(&REQUIRED).contains("cannot read .env: "), "it leads to itself");
}

#[test]
fn a_component_sees_only_its_own_variables() {
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
fn all_required_variables_without_value_are_named() {
    let text = App::new(APP).start_error(&[]);
    assert!(text.contains("required variables other_one, password:"), "{text}");
    let text = App::new(APP).start_error(&["--variable", "password=hunter2"]);
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

//! A failing start names the cause and the remedy, without a password.

use std::{fs, net::TcpListener, path::Path};

use tests::{TestDatabase, free_port, run_xtask};

#[test]
fn a_port_in_use_is_named_and_another_one_suggested() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = refused_up(&["--listen", &address.to_string(), "--data", path(folder.path())]);
    let message = format!("port {} of 127.0.0.1 is already in use", address.port());
    assert!(output.contains(&message), "{output}");
    assert!(output.contains("--listen 127.0.0.1:"), "{output}");
}

#[test]
fn a_wrong_password_is_reported_and_not_shown() {
    let (host, port) = TestDatabase::empty().address();
    let output = refused_up_with(&format!("mysql://root:hunter2@{host}:{port}/"));
    assert!(
        output.contains("refused the login") && output.contains("Check user and password"),
        "{output}"
    );
}

#[test]
fn a_database_that_does_not_respond_is_named() {
    let port = free_port();
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let output = refused_up_with(&format!("mysql://root:hunter2@{host}:{port}/"));
        assert!(output.contains(&format!("{host}:{port}")), "{output}");
        assert!(output.contains("running") && !output.contains("lookup"), "{output}");
    }
}

#[test]
fn an_invalid_database_url_is_reported_with_its_form() {
    for url in [
        "postgres://root:hunter2@127.0.0.1/",
        "hunter2",
        "",
        "mysql://root:hunter2@127.0.0.1:99999/",
        "mysql://root:hunter2@[::1/",
    ] {
        let output = refused_up_with(url);
        assert!(output.contains("mysql://user:password@host:port/"), "{url}: {output}");
    }
}

#[test]
fn an_unsupported_option_in_the_database_url_is_named() {
    for option in ["ssl-mode", "require_ssl", "charset", "x"] {
        let output =
            refused_up_with(&format!("mysql://root:hunter2@127.0.0.1:3306/?{option}=true"));
        assert!(output.contains(&format!("`{option}`")), "{output}");
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for data in [file.join("library"), file, "/proc/library".into()] {
        let output = refused_up(&["--data", path(&data)]);
        let message = format!("cannot write to the data folder {}", data.display());
        assert!(output.contains(&message) && output.contains("--data"), "{output}");
    }
}

#[test]
fn a_folder_with_other_files_is_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let output = refused_up(&["--data", path(folder.path())]);
    assert!(output.contains("not a data folder of the library"), "{output}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_record_in_the_data_folder_is_named() {
    for (name, text) in [
        ("secrets.toml", "admin = \"hunter2"),
        ("secrets.toml", "admin = 7"),
        ("server.toml", "kind = \"oracle\""),
        ("app.toml", "\u{0}"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = path(folder.path());
        // Create the folder's passwords.
        assert!(run_xtask(&["db", "status", "--data", data]).0);
        fs::write(folder.path().join(name), text).unwrap();
        let output = refused_up(&["--data", data]);
        assert!(output.contains(&format!("{name} is damaged")), "{output}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn refused_up_with(url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    refused_up(&["--database-url", url, "--data", path(folder.path())])
}

/// The output of an `up` that fails.
fn refused_up(arguments: &[&str]) -> String {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut command = vec!["up", "--no-build", "--runtime", "embedded"];
    if !arguments.contains(&"--listen") {
        command.extend(["--listen", &listen]);
    }
    command.extend(arguments);
    let (succeeded, output) = run_xtask(&command);
    assert!(!succeeded, "{output}");
    assert!(output.contains("error: ") && !output.contains("ready:"), "{output}");
    assert!(!output.contains("hunter2") && !output.contains("panicked"), "{output}");
    output
}

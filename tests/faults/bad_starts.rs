//! Every start that can't work says why, and what to do next. Without a word of a password.

use std::{fs, net::TcpListener};

use tests::{TestDatabase, free_port, run_xtask};

#[test]
fn a_taken_port_is_named_with_a_free_one_to_try() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let printed = refused_up(&["--listen", &address, "--data", folder.path().to_str().unwrap()]);
    let port = taken.local_addr().unwrap().port();
    assert!(printed.contains(&format!("port {port} of 127.0.0.1 is taken")), "{printed}");
    assert!(printed.contains("--listen"), "{printed}");
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let (host, port) = TestDatabase::empty().address();
    let printed = refused_up_with(&format!("mysql://root:hunter2@{host}:{port}/"));
    assert!(
        printed.contains("refused the login") && printed.contains("Check user and password"),
        "{printed}"
    );
}

#[test]
fn a_database_that_is_not_there_is_named() {
    let port = free_port();
    let printed = refused_up_with(&format!("mysql://root:hunter2@127.0.0.1:{port}/"));
    assert!(printed.contains(&format!("no database answers at 127.0.0.1:{port}")), "{printed}");
    assert!(printed.contains("Is it running"), "{printed}");
}

#[test]
fn a_url_that_is_none_is_said_so() {
    for url in
        ["postgres://root:hunter2@127.0.0.1/", "hunter2", "mysql://root:hunter2@127.0.0.1:99999/"]
    {
        let printed = refused_up_with(url);
        assert!(printed.contains("mysql://user:password@host:port/"), "{url}: {printed}");
    }
}

#[test]
fn a_data_folder_that_can_t_be_written_to_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let data = file.join("library");
    let printed = refused_up(&["--data", data.to_str().unwrap()]);
    assert!(
        printed.contains("can't write to the data folder") && printed.contains("--data"),
        "{printed}"
    );
}

#[test]
fn a_folder_with_other_people_s_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let printed = refused_up(&["--data", folder.path().to_str().unwrap()]);
    assert!(printed.contains("no data folder of the library"), "{printed}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_image_is_not_pushed_without_a_tag_of_its_own_or_without_spin() {
    for (reference, said) in [
        ("registry.invalid/library", "it has no tag"),
        ("registry.invalid/library:latest", "give a version"),
        ("registry.invalid/library:1", "spin"),
    ] {
        let (succeeded, printed) = run_xtask(&["push", reference]);
        assert!(!succeeded && printed.contains(said), "{reference}: {printed}");
    }
}

fn refused_up_with(url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    refused_up(&["--database-url", url, "--data", folder.path().to_str().unwrap()])
}

fn refused_up(arguments: &[&str]) -> String {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut command = vec!["up", "--no-build", "--runtime", "embedded"];
    if !arguments.contains(&"--listen") {
        command.extend(["--listen", &listen]);
    }
    command.extend(arguments);
    let (succeeded, printed) = run_xtask(&command);
    assert!(!succeeded, "{printed}");
    assert!(printed.contains("error: ") && !printed.contains("ready:"), "{printed}");
    assert!(!printed.contains("hunter2") && !printed.contains("panicked"), "{printed}");
    printed
}

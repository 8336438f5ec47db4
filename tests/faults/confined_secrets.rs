//! Secrets stay with the programs that need them: not in the database's environment, on command lines, or in logs.

use std::{fs, path::Path};

use nix::{
    sys::signal::Signal,
    unistd::{Uid, User},
};
use tests::{Up, database_pid, free_port, processes_with};

const TOKEN: &str = "a-token-that-nobody-else-may-see";

#[test]
fn the_database_gets_no_secret_and_runs_as_its_own_user() {
    let folder = tempfile::tempdir().unwrap();
    let up = start(folder.path());
    let pid = database_pid(folder.path());
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment).replace('\0', "\n");
    for secret in secrets(folder.path()) {
        assert!(!environment.contains(&secret), "{environment}");
    }
    for name in ["SPIN_VARIABLE_", "LIBRARY_", "MYSQL_", "CARGO", "TMPDIR"] {
        assert!(!environment.lines().any(|line| line.starts_with(name)), "{name}: {environment}");
    }
    if Uid::effective().is_root() {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        let uid = uid.split_whitespace().next().unwrap().parse().unwrap();
        let user = User::from_uid(Uid::from_raw(uid)).unwrap().unwrap();
        assert!(!["root", "nobody"].contains(&user.name.as_str()), "{}", user.name);
        let groups = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap();
        assert_eq!(groups.trim(), "", "no groups beside its own");
    }
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn no_secret_is_on_a_command_line_or_in_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = start(folder.path());
    let app = up.client().with("authorization", format!("Bearer {TOKEN}"));
    assert_eq!(app.get("/catdb/7").status, 200, "the app has the token");
    assert_eq!(up.client().get("/catdb/7").status, 401);
    let lines = processes_with(folder.path()).join("\n");
    let mut logs = up.log();
    for log in fs::read_dir(folder.path().join("logs")).unwrap() {
        logs += &String::from_utf8_lossy(&fs::read(log.unwrap().path()).unwrap());
    }
    logs += &String::from_utf8_lossy(&fs::read(folder.path().join("server.log")).unwrap());
    for secret in secrets(folder.path()) {
        assert!(!lines.contains(&secret), "{lines}");
        assert!(!logs.contains(&secret), "{logs}");
    }
    assert!(!folder.path().join("init.sql").exists(), "it has the administrator's password");
    assert!(up.end(Signal::SIGTERM));
}

fn start(data: &Path) -> Up {
    let listen = format!("127.0.0.1:{}", free_port());
    Up::start_with(data, &listen, |up| {
        up.env("SPIN_VARIABLE_API_TOKEN", TOKEN).env("MYSQL_PWD", TOKEN);
        up.env("RUST_LOG", "trace");
    })
}

/// The token, and the passwords in the data folder. `up` shows the librarian's PIN on purpose.
fn secrets(data: &Path) -> Vec<String> {
    let secrets: toml::Table =
        fs::read_to_string(data.join("secrets.toml")).unwrap().parse().unwrap();
    let passwords = ["admin", "catalog", "patrons", "borrowing"];
    let passwords = passwords.map(|name| secrets[name].as_str().unwrap().to_owned());
    passwords.into_iter().chain([TOKEN.to_owned()]).collect()
}

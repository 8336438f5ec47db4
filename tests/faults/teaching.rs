//! The lessons in docs/TEACHING.md, as a teacher gives them: every command, from the first to the last.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use nix::sys::signal::Signal;
use tempfile::TempDir;
use tests::{Example, Up, examples, free_port, from_xtask, project, run_to_end, run_xtask};

/// Stands for `cargo xtask` on the class's own data folder. The data folder comes before the arguments of another program.
const CARGO: &str = r#"#!/bin/sh
set -e
[ "$1" = xtask ]
task=$2
shift 2
case "$task" in
  db) action=$1; shift; exec "$LIBRARY_TEST_XTASK" db "$action" --data .library "$@" ;;
  lab) exec "$LIBRARY_TEST_XTASK" lab "$@" --no-build --runtime "$LIBRARY_TEST_RUNTIME" ;;
  *) exec "$LIBRARY_TEST_XTASK" "$task" --data .library "$@" ;;
esac
"#;

#[test]
fn every_command_of_the_lessons_does_what_they_say() {
    let guide = fs::read_to_string(project().join("docs/TEACHING.md")).unwrap();
    let examples = examples(&guide);
    assert!(examples.len() > 30, "only {} commands", examples.len());
    let mut class = Class::new();
    examples.iter().for_each(|example| class.follow(example));
    class.end();
}

/// A folder with a data folder in it, and the library that runs on it.
struct Class {
    folder: TempDir,
    listen: String,
    up: Option<Up>,
}

impl Class {
    fn new() -> Class {
        let folder = tempfile::tempdir().unwrap();
        let cargo = folder.path().join("cargo");
        fs::write(&cargo, CARGO).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        Class { folder, listen: format!("127.0.0.1:{}", free_port()), up: None }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join(".library")
    }

    fn follow(&mut self, example: &Example) {
        if let Some(options) = example.command.strip_prefix("cargo xtask up") {
            self.start(options);
            return;
        }
        let command = example.command.replace("localhost:3000", &self.listen);
        let output = run_to_end(&mut self.shell(&command)).1;
        assert!(
            example.fits(&output),
            "{command}\nprinted\n{output}\nbut not\n{}",
            example.expected
        );
    }

    /// Stops the library, as Ctrl-C does, and starts it with these options. It waits for the line with its address.
    fn start(&mut self, options: &str) {
        if let Some(up) = self.up.take() {
            assert!(up.end(Signal::SIGINT));
        }
        let options = options.split_whitespace();
        self.up = Some(Up::start_with(&self.data(), &self.listen, |command| {
            command.args(options);
        }));
    }

    fn shell(&self, command: &str) -> Command {
        let programs = env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{programs}", self.folder.path().display()))
            .env("LIBRARY_TEST_XTASK", from_xtask("LIBRARY_TEST_XTASK"))
            .env_remove("LIBRARY_DATABASE_URL")
            .stdin(Stdio::null());
        shell
    }

    /// Stops the library, and the database that a lesson started.
    fn end(self) {
        let data = self.data();
        assert!(self.up.is_some_and(|up| up.end(Signal::SIGINT)));
        let (stopped, printed) =
            run_xtask(&["db".as_ref(), "stop".as_ref(), "--data".as_ref(), Path::as_os_str(&data)]);
        assert!(stopped, "{printed}");
    }
}

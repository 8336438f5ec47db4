//! The user's environment: unusual folders, cargo settings, TMPDIR, other programs called spin. It does not affect the
//! build or the app, or an error names the cause.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, Permissions},
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
};

use nix::sys::signal::Signal;
use tests::{Up, free_port, project, run_to_end, run_xtask, xtask};

#[test]
fn a_data_folder_may_have_any_name() {
    let parent = tempfile::tempdir().unwrap();
    let names: [&[u8]; 7] = [
        b"a b",
        b"a:b",
        b"it's \"quoted\"",
        b"$HOME `x` %s",
        "ä漢".as_bytes(),
        b"not utf-8 \xff",
        b"-dash, comma=",
    ];
    std::thread::scope(|scope| {
        for name in names {
            let data = parent.path().join(OsStr::from_bytes(name));
            scope.spawn(move || {
                let (started, printed) = run_xtask(&db("start", &data));
                assert!(started, "{printed}");
                // The user can copy the command from the hint.
                let hint = printed.lines().find_map(|line| line.split_once(": cp ")).unwrap().1;
                let copied = hint.split(" .env && ").next().unwrap();
                let list =
                    Command::new("sh").args(["-c", &format!("test -f {copied}")]).status().unwrap();
                let is_text = std::str::from_utf8(name).is_ok();
                assert!(list.success() || !is_text, "{printed}");
                let (_, status) = run_xtask(&db("status", &data));
                assert!(status.starts_with("running: "), "{status}");
                let (stopped, printed) = run_xtask(&db("stop", &data));
                assert!(stopped, "{printed}");
            });
        }
    });
}

#[test]
fn the_library_runs_on_a_data_folder_with_spaces_and_colons() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("My Projects: library");
    let up = Up::start(&data);
    assert_eq!(up.client().get("/catdb/7").status, 200);
    assert!(up.end(Signal::SIGINT));
}

#[test]
fn an_unusable_tmpdir_has_no_effect_or_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for tmpdir in [Path::new("/nonexistent"), &file, Path::new("/proc")] {
        let mut lab = xtask(&["lab", "persistence", "--no-build", "--runtime", "embedded"]);
        let (succeeded, printed) = run_to_end(lab.env("TMPDIR", tmpdir));
        let named = format!("temporary folders in {}; set TMPDIR", tmpdir.display());
        assert!(!succeeded && printed.contains(&named), "{printed}");
    }
    let data = parent.path().join("data");
    let listen = format!("127.0.0.1:{}", free_port());
    let up = Up::start_with(&data, &listen, |up| {
        up.env("TMPDIR", "/nonexistent");
    });
    let backup = parent.path().join("b.gz");
    let mut command = xtask(&["backup"]);
    let (succeeded, printed) =
        run_to_end(command.arg(&backup).arg("--data").arg(&data).env("TMPDIR", "/nonexistent"));
    assert!(succeeded && backup.is_file(), "{printed}");
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn settings_of_cargo_and_secrets_do_not_reach_a_build() {
    let folder = tempfile::tempdir().unwrap();
    let cargo = program(folder.path(), "cargo", "env >> \"$0.env\"; echo \"$@\" >> \"$0.args\"");
    let settings = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_PROFILE_RELEASE_LTO",
        "CARGO_PROFILE_DEV_OPT_LEVEL",
        "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
        "CARGO_TARGET_WASM32_WASIP2_LINKER",
        "SPIN_VARIABLE_API_TOKEN",
        "SPIN_VARIABLE_CATALOG_DB_PASSWORD",
        "LIBRARY_DATABASE_URL",
        "MYSQL_PWD",
    ];
    // Only probed.
    program(folder.path(), "rustup", "env >> \"$0.env\"; echo wasm32-wasip2");
    let mut path = OsString::from(folder.path());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut build = xtask(&["build"]);
    build.env("CARGO", &cargo).env("CARGO_TARGET_DIR", "/elsewhere/hunter2").env("PATH", &path);
    build.env("CARGO_ENCODED_RUSTFLAGS", "hunter2").env("RUSTC_WRAPPER", "sccache");
    build.envs(settings.map(|name| (name, "hunter2")));
    let (succeeded, printed) = run_to_end(&mut build);
    assert!(succeeded, "{printed}");
    let environment = fs::read_to_string(folder.path().join("cargo.env")).unwrap();
    assert!(!environment.contains("hunter2"), "{environment}");
    let probed = fs::read_to_string(folder.path().join("rustup.env")).unwrap();
    let is_secret =
        |line: &&str| line.starts_with("SPIN_VARIABLE_") || line.starts_with("MYSQL_PWD");
    assert_eq!(probed.lines().find(is_secret), None);
    let target = format!("CARGO_TARGET_DIR={}", project().join("target").display());
    assert!(environment.lines().any(|line| same_path(line, &target)), "{environment}");
    assert!(environment.contains("RUSTC_WRAPPER=sccache"), "a cache stays: {environment}");
    let arguments = fs::read_to_string(folder.path().join("cargo.args")).unwrap();
    assert!(arguments.contains("--target wasm32-wasip2"), "{arguments}");
}

#[test]
fn spin_build_puts_the_components_where_spin_toml_looks_for_them() {
    let manifest: toml::Table =
        fs::read_to_string(project().join("spin.toml")).unwrap().parse().unwrap();
    for (id, component) in manifest["component"].as_table().unwrap() {
        let command = component["build"]["command"].as_str().unwrap();
        // Options of the command line override CARGO_TARGET_DIR, CARGO_BUILD_TARGET and cargo's configuration.
        for option in ["--target wasm32-wasip2", "--target-dir target", "--release"] {
            assert!(command.contains(option), "{id}: {command}");
        }
        assert_eq!(
            component["source"].as_str().unwrap(),
            format!("target/wasm32-wasip2/release/{id}.wasm")
        );
    }
}

#[test]
fn the_runtime_is_chosen_by_spins_version() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    for (runtime, version, message) in [
        ("auto", "spin 2.7.0 (abc 2024-01-01)", "needs Spin 3.6 or newer and PATH has Spin 2.7.0"),
        ("auto", "spin 3.5.1", "runtime: embedded"),
        ("auto", "Spin Version 6.5.2 -- 6 December 2019", "Spin is not on PATH"),
        ("auto", "spin 3.6.3 (abc 2026-04-09)", "runtime: Spin 3.6.3"),
        ("auto", "spin 4.1.0-pre0 (abc)", "runtime: Spin 4.1.0-pre0"),
        ("spin", "spin 2.7.0", "PATH has Spin 2.7.0; install a newer one"),
        ("spin", "something else", "`spin` is not on PATH"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "spin", &format!("env >> \"$0.env\"; echo '{version}'"));
        let mut path = OsString::from(folder.path());
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        // The port in use makes it fail before it starts anything.
        let mut up =
            xtask(&["up", "--no-build", "--runtime", runtime, "--listen", &listen, "--data"]);
        up.arg(folder.path().join("data")).env("PATH", path);
        let (_, printed) = run_to_end(up.env("SPIN_VARIABLE_API_TOKEN", "hunter2"));
        assert!(printed.contains(message), "{version}: {printed}");
        let probed = fs::read_to_string(folder.path().join("spin.env")).unwrap();
        assert!(!probed.contains("hunter2"), "{version}: {probed}");
    }
}

fn db(action: &str, data: &Path) -> [OsString; 4] {
    ["db".into(), action.into(), "--data".into(), data.into()]
}

/// A shell script in `folder`.
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

/// Whether two `NAME=path` lines name the same folder.
fn same_path(one: &str, other: &str) -> bool {
    let canonical = |line: &str| {
        let (name, path) = line.split_once('=')?;
        Some((name.to_owned(), fs::canonicalize(path).ok()?))
    };
    one.starts_with("CARGO_TARGET_DIR=") && canonical(one) == canonical(other)
}

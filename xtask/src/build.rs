//! Builds the programs: the components for wasm32-wasip2, and the embedded runtime for this machine.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    progress::say,
    project::project,
    system::{
        environment,
        process::{self, Program, run},
        signals,
    },
};

/// The compilation target of the components.
pub const WASM_TARGET: &str = "wasm32-wasip2";

/// The profile in `Cargo.toml` for the embedded runtime, and for programs that are compared with it.
pub const HOST_PROFILE: &str = "runtime";

/// Builds every component in `spin.toml`.
///
/// # Errors
/// If the target cannot be added or the build fails.
pub fn components() -> Result<()> {
    add_wasm_target()?;
    say("building the components");
    run(&mut wasm(cargo_command(), &component_packages()?))
}

/// Builds the components again as a simulated next version of the library, whose answers have one more key, and one more
/// element in a row. Uses the dev profile, which builds quickly and into its own folder.
///
/// # Errors
/// If the build fails.
pub fn next_version() -> Result<()> {
    say("building the components of a simulated next version, for the test of rolling upgrades");
    let mut args = vec!["build".to_owned(), format!("--target={WASM_TARGET}")];
    let packages = component_packages()?.into_iter().chain(["contract".to_owned()]);
    args.extend(packages.map(|name| format!("--package={name}")));
    args.push("--features=contract/next-version".to_owned());
    run(cargo_command().args(args))
}

/// Builds the small components that test the embedded runtime.
///
/// # Errors
/// If the build fails.
pub fn fixtures() -> Result<()> {
    let mut packages = Vec::new();
    for entry in fs::read_dir(project().join("host/fixtures"))? {
        packages.push(format!("fixture-{}", entry?.file_name().to_string_lossy()));
    }
    run(&mut wasm(cargo_command(), &packages))
}

/// Builds the components and the embedded runtime at the same time. Each has a folder of its own below the target folder,
/// so cargo builds both at once. The components use the processors that the runtime, which takes longer, leaves idle.
///
/// # Errors
/// If a build fails.
pub fn components_and_host() -> Result<()> {
    add_wasm_target()?;
    let components = component_packages()?;
    say(
        "building the embedded runtime and the components (the first build takes five to seven minutes)",
    );
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        let second_sender = sender.clone();
        scope.spawn(move || {
            // Quiet, because only one of the two can draw its progress.
            let built = run(wasm(background_cargo(), &components).arg("--quiet"));
            second_sender.send(built.map(|()| "the components are built"))
        });
        scope.spawn(move || sender.send(host().map(|()| "the embedded runtime is built")));
        for built in results {
            // The first error is the cause; the other build is not finished for nothing.
            say(built.inspect_err(|_| process::end_all())?);
        }
        Ok(())
    })
}

fn host() -> Result<()> {
    let profile = format!("--profile={HOST_PROFILE}");
    native(&[&profile, "--package=host", "--bin=library-host"], &host_path())
}

/// Builds the database tool, `library-db`, and returns its path.
///
/// # Errors
/// If the build fails.
pub fn library_db() -> Result<PathBuf> {
    say("building library-db");
    let path = target_folder().join("debug/library-db");
    // With the features of the whole workspace, like the tests, so that both share compiled dependencies.
    native(&["--workspace", "--bin=library-db"], &path)?;
    Ok(path)
}

/// The path of the embedded runtime, once it is built.
pub fn host_path() -> PathBuf {
    target_folder().join(HOST_PROFILE).join("library-host")
}

/// Runs cargo in the project and shows its progress.
///
/// # Errors
/// If cargo cannot be started or fails.
pub fn cargo(args: &[&str]) -> Result<()> {
    run(cargo_command().args(args))
}

/// Settings of cargo and rustc in the user's environment that would change the programs or their location. They are not
/// passed on, so that a build produces the same programs everywhere. Wrappers such as sccache are passed on.
const BUILD_SETTINGS: [&str; 10] = [
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_ENCODED_RUSTDOCFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_RUSTDOCFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_PROFILE_",
    "CARGO_TARGET_WASM32_",
    "CARGO_UNSTABLE_",
];

/// Cargo, in the project and with the project's target folder, without the user's build settings.
pub fn cargo_command() -> Command {
    in_the_project(environment::command(cargo_program()))
}

/// The same at a lower priority, through POSIX's `nice`.
fn background_cargo() -> Command {
    let mut nice = environment::command("nice");
    nice.arg("-n10").arg(cargo_program());
    in_the_project(nice)
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn in_the_project(mut cargo: Command) -> Command {
    environment::remove(&mut cargo, |name| environment::begins_with(name, &BUILD_SETTINGS));
    cargo
        .current_dir(project())
        .env("CARGO_TARGET_DIR", target_folder())
        // Empty, it also overrides the flags in cargo's configuration files.
        .env("CARGO_ENCODED_RUSTFLAGS", "");
    cargo
}

/// The target folder. `spin.toml` names the component files below `target/`, so no setting may move it.
pub fn target_folder() -> PathBuf {
    project().join("target")
}

/// Builds the program that `selection` selects, for this machine, and puts it at `path`.
fn native(selection: &[&str], path: &Path) -> Result<()> {
    let mut command = cargo_command();
    command
        .arg("build")
        .args(selection)
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let program = path.file_name().context("the program has no name")?.to_string_lossy();
    let mut cargo = Program::start(&mut command).context("cannot start cargo")?;
    let messages = cargo.child.stdout.take().context("cargo has no output")?;
    let built = executable(BufReader::new(messages), &program);
    let status = cargo.wait()?;
    if signals::is_stop_requested() {
        bail!("stopped during the build of {program}");
    }
    if !status.success() {
        bail!("the build of {program} failed ({status}); see its output above");
    }
    let built = built.with_context(|| format!("the build did not produce {program}"))?;
    if built != path {
        // A `build.target` in cargo's configuration puts it into another folder.
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::copy(&built, path)
            .with_context(|| format!("cannot copy {} to {}", built.display(), path.display()))?;
    }
    Ok(())
}

/// The path of `program`, from cargo's messages.
fn executable(messages: impl BufRead, program: &str) -> Option<PathBuf> {
    let messages = messages.lines().map_while(Result::ok);
    let built: Vec<PathBuf> = messages
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(|message| message["target"]["name"] == program)
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect();
    built.into_iter().last()
}

fn wasm(mut cargo: Command, packages: &[String]) -> Command {
    cargo.args(["build", "--release", "--target", WASM_TARGET]);
    cargo.args(packages.iter().map(|package| format!("--package={package}")));
    cargo
}

/// The names of the components, which are also the names of their packages.
///
/// # Errors
/// If `spin.toml` cannot be read.
pub fn component_packages() -> Result<Vec<String>> {
    let path = project().join("spin.toml");
    let manifest: toml::Table = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .parse()?;
    let components = manifest.get("component").and_then(toml::Value::as_table);
    components
        .map(|table| table.keys().cloned().collect())
        .context("spin.toml defines no component")
}

/// Adds the components' target to the Rust toolchain.
///
/// A `rust-toolchain.toml` is no substitute: rustup ignores its targets if automatic installation is off, and otherwise
/// updates the whole toolchain to add one.
///
/// # Errors
/// If rustup fails.
pub fn add_wasm_target() -> Result<()> {
    let rustup = || {
        let mut rustup = environment::command("rustup");
        // rustup can select the toolchain by folder.
        rustup.current_dir(project()).arg("target");
        rustup
    };
    let installed = rustup().args(["list", "--installed"]).output();
    match installed {
        Ok(output) if output.status.success() => {
            let targets = String::from_utf8_lossy(&output.stdout);
            if targets.lines().any(|target| target == WASM_TARGET) {
                return Ok(());
            }
            say(&format!("adding the Rust target {WASM_TARGET}"));
            run(rustup().args(["add", WASM_TARGET]))
        }
        // Without rustup, the distribution's Rust has the target, or the build reports it missing.
        _ => Ok(()),
    }
}

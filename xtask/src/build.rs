//! Builds what runs: the components for wasm32-wasip2, and natively the embedded runtime.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{progress::say, project};

/// What the components are compiled for.
pub const WASM_TARGET: &str = "wasm32-wasip2";

/// Builds every component that `spin.toml` names.
///
/// # Errors
/// When the target can't be added or the build fails.
pub fn components() -> Result<()> {
    add_wasm_target()?;
    say("building the components");
    wasm(&component_packages()?)
}

/// Builds the small guests that the embedded runtime is tested with.
///
/// # Errors
/// When the build fails.
pub fn fixtures() -> Result<()> {
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(project().join("host/fixtures"))? {
        packages.push(format!("fixture-{}", entry?.file_name().to_string_lossy()));
    }
    wasm(&packages)
}

/// Builds the embedded runtime and returns where it is.
///
/// # Errors
/// When the build fails.
pub fn host() -> Result<PathBuf> {
    say("building the embedded runtime (the first time this takes some minutes)");
    native("library-host")
}

/// Builds the loader as a program and returns where it is.
///
/// # Errors
/// When the build fails.
pub fn loader() -> Result<PathBuf> {
    say("building the loader");
    native("library-loader")
}

/// `cargo test`'s names of the integration tests of the package in `folder`.
///
/// # Errors
/// When the folder can't be read.
pub fn integration_tests(folder: &str) -> Result<Vec<String>> {
    let mut tests = Vec::new();
    for entry in std::fs::read_dir(project().join(folder).join("tests"))? {
        let path = entry?.path();
        if let (Some("rs"), Some(name)) =
            (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|s| s.to_str()))
        {
            tests.push(format!("--test={name}"));
        }
    }
    tests.sort();
    Ok(tests)
}

/// Where [`host`] puts the embedded runtime.
pub fn host_path() -> PathBuf {
    native_path("library-host")
}

/// Runs cargo in the project, with its own progress shown.
///
/// # Errors
/// When cargo can't be started or fails.
pub fn cargo(args: &[&str]) -> Result<()> {
    run(cargo_command().args(args))
}

/// Cargo, in the project and with the project's target folder.
pub fn cargo_command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(project()).env("CARGO_TARGET_DIR", target_folder());
    command
}

/// Runs `command` to its end.
///
/// # Errors
/// When it can't be started or fails; the message holds the command line.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = || {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    };
    let line = shown();
    let status = command.status().with_context(|| format!("can't start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}); what it said stands above");
    }
    Ok(())
}

/// spin.toml names the components' files below `target/`, wherever the environment would put them.
pub fn target_folder() -> PathBuf {
    project().join("target")
}

fn native(program: &str) -> Result<PathBuf> {
    // With the whole workspace's features, as the tests are built: so that they share what is compiled.
    cargo(&["build", "--workspace", "--bin", program])?;
    let path = native_path(program);
    if !path.is_file() {
        bail!("the build made no {}", path.display());
    }
    Ok(path)
}

fn native_path(program: &str) -> PathBuf {
    target_folder().join("debug").join(program)
}

fn wasm(packages: &[String]) -> Result<()> {
    let mut args = vec!["build", "--release", "--target", WASM_TARGET];
    for package in packages {
        args.extend(["--package", package]);
    }
    cargo(&args)
}

/// The components' names, which are their packages' names too.
///
/// # Errors
/// When `spin.toml` can't be read.
pub fn component_packages() -> Result<Vec<String>> {
    let path = project().join("spin.toml");
    let manifest: toml::Table = std::fs::read_to_string(&path)
        .with_context(|| format!("can't read {}", path.display()))?
        .parse()?;
    let components = manifest.get("component").and_then(toml::Value::as_table);
    components.map(|table| table.keys().cloned().collect()).context("spin.toml names no component")
}

/// Adds the components' target to the Rust toolchain.
///
/// # Errors
/// When rustup can't.
pub fn add_wasm_target() -> Result<()> {
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    match installed {
        Ok(output) if output.status.success() => {
            let targets = String::from_utf8_lossy(&output.stdout);
            if targets.lines().any(|target| target == WASM_TARGET) {
                return Ok(());
            }
            say(&format!("adding the Rust target {WASM_TARGET}"));
            run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
        }
        // Without rustup the distribution's Rust has the target, or the build says what is missing.
        _ => Ok(()),
    }
}

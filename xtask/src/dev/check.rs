//! `cargo xtask check`: formatting, dependencies, words, the REST contract, lints, workflows, documentation.

use anyhow::Result;

use super::{audit, openapi, text, unused, workflows};
use crate::{
    build::{self, WASM_TARGET, cargo, cargo_command},
    progress::say,
    system::process::run,
};

/// Runs every check and stops at the first failure.
///
/// # Errors
/// If a check fails; its output names the problem.
pub fn check() -> Result<()> {
    say("check: formatting");
    cargo(&["fmt", "--all", "--check"])?;
    say("check: dependencies");
    audit::audit()?;
    unused::check()?;
    say("check: words, links and spelling");
    text::check()?;
    say("check: docs/openapi.yaml");
    openapi::check()?;
    say("check: lints");
    build::add_wasm_target()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    let mut components =
        vec!["clippy".to_owned(), "--quiet".to_owned(), format!("--target={WASM_TARGET}")];
    components
        .extend(build::component_packages()?.into_iter().map(|name| format!("--package={name}")));
    components.extend(["--".to_owned(), "--deny=warnings".to_owned()]);
    run(cargo_command().args(components))?;
    say("check: workflows");
    workflows::lint()?;
    say("check: documentation");
    run(cargo_command()
        .args(["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"])
        .env("RUSTDOCFLAGS", "--deny warnings"))
}

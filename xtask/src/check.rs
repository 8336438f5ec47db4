//! `cargo xtask check`: formatting, lints, documentation, dependencies.

use anyhow::Result;

use crate::{
    audit,
    build::{self, WASM_TARGET, cargo, cargo_command, run},
    progress::say,
};

/// Runs every check; the first that fails ends it.
///
/// # Errors
/// When a check fails; what is wrong stands above.
pub fn check() -> Result<()> {
    say("check: formatting");
    cargo(&["fmt", "--all", "--check"])?;
    say("check: dependencies");
    audit::audit()?;
    say("check: lints");
    build::add_wasm_target()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    let mut components =
        vec!["clippy".to_owned(), "--quiet".to_owned(), format!("--target={WASM_TARGET}")];
    components
        .extend(build::component_packages()?.into_iter().map(|name| format!("--package={name}")));
    components.extend(["--".to_owned(), "--deny=warnings".to_owned()]);
    run(cargo_command().args(components))?;
    say("check: documentation");
    run(cargo_command()
        .args(["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"])
        .env("RUSTDOCFLAGS", "--deny warnings"))
}

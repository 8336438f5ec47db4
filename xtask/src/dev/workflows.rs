//! Lints the workflows in .github/: actionlint for their syntax and scripts, zizmor for their security.

use std::env;

use anyhow::{Context, Result};

use super::python;
use crate::{
    project::project,
    system::{environment, process::run},
};

/// Runs both linters.
///
/// # Errors
/// If one of them has a finding, or cannot be installed.
pub fn lint() -> Result<()> {
    let why = "the workflows are checked with actionlint and zizmor, Python packages";
    let programs = python::install_requirements(".github/requirements.txt", why)?;
    let path = env::var_os("PATH").unwrap_or_default();
    // actionlint runs shellcheck from PATH.
    let path = env::join_paths([programs.clone()].into_iter().chain(env::split_paths(&path)))
        .context("PATH")?;
    run(environment::command(programs.join("actionlint"))
        .env("PATH", path)
        .current_dir(project()))?;
    run(environment::command(programs.join("zizmor"))
        .args(["--quiet", "--offline", "--no-progress", "--persona=pedantic", ".github"])
        .current_dir(project()))
}

//! Installs missing programs from Debian packages if possible.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use super::{environment, process::run, programs};
use crate::progress::say;

/// Whether [`install`] can work: as root on a system with apt-get.
pub fn is_possible() -> bool {
    geteuid().is_root() && programs::find("apt-get").is_some()
}

/// Installs `packages` after printing their names and `why` they are needed.
///
/// # Errors
/// If apt-get fails.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let names = packages.join(" and ");
    say(&format!("{why}: installing {names} with apt-get"));
    let apt = || {
        let mut command = environment::command("apt-get");
        // stdout is for a task's result, not for apt-get's progress.
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q").stdout(std::io::stderr());
        command
    };
    let advice = || format!("{names} could not be installed; install it yourself");
    run(apt().arg("update")).with_context(advice)?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))
        .with_context(advice)
}

/// The path of the first of `programs` that exists; if none does, installs `package` first.
///
/// # Errors
/// If there is none and it cannot be installed; the message says `why` it is needed.
pub fn find_or_install(programs: &[&str], package: &str, why: &str) -> Result<PathBuf> {
    let find = || programs.iter().find_map(|program| programs::find(program));
    if let Some(path) = find() {
        return Ok(path);
    }
    if !is_possible() {
        bail!("{why}, which is not on PATH; install it (Debian, Ubuntu: package {package})");
    }
    install(&[package], why)?;
    find().with_context(|| format!("{package} is installed but did not provide {}", programs[0]))
}

//! Installs programs from Debian's packages, where they are missing and we may.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use crate::{build::run, programs, progress::say};

/// Whether [`install`] can work here: as root on a system with apt-get.
pub fn possible() -> bool {
    geteuid().is_root() && programs::find("apt-get").is_some()
}

/// Installs `packages`, having said so and `why`.
///
/// # Errors
/// When apt-get fails.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let names = packages.join(" and ");
    say(&format!("{why}: installing {names} with apt-get"));
    let apt = || {
        let mut command = Command::new("apt-get");
        // Its progress is no answer of ours: those alone are for stdout.
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q").stdout(std::io::stderr());
        command
    };
    let advice = || format!("{names} could not be installed; install it by hand");
    run(apt().arg("update")).with_context(advice)?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))
        .with_context(advice)
}

/// Where the first of `programs` that is found is; when there is none, after having installed `package`.
///
/// # Errors
/// When there is none and it can't be installed; says `why` it is needed.
pub fn find_or_install(programs: &[&str], package: &str, why: &str) -> Result<PathBuf> {
    let find = || programs.iter().find_map(|program| programs::find(program));
    if let Some(path) = find() {
        return Ok(path);
    }
    if !possible() {
        bail!("{why}, which is not on PATH; install it");
    }
    install(&[package], why)?;
    find().with_context(|| format!("{package} is installed, but there is no {}", programs[0]))
}

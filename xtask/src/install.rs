//! Installs programs from Debian's packages, where they are missing and we may.

use std::process::Command;

use anyhow::{Context, Result};
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

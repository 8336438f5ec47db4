//! Installs MariaDB from Debian's packages, where nothing else serves and we may.

use std::process::Command;

use anyhow::{Context, Result};
use nix::unistd::geteuid;

use crate::{build::run, programs, progress::say};

/// Debian's package of the server program, without the system service that `mariadb-server` adds: what we
/// start is our own, and nothing else is to run afterwards. `mariadb-server-core` needs the client's programs.
const PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];

/// Whether [`install`] can work here: as root on a system with apt-get.
pub fn possible() -> bool {
    geteuid().is_root() && programs::find("apt-get").is_some()
}

/// Installs the server program. Nothing is started.
///
/// # Errors
/// When apt-get fails.
pub fn install() -> Result<()> {
    say(&format!("no database server found: installing {} with apt-get", PACKAGES.join(" and ")));
    let apt = || {
        let mut command = Command::new("apt-get");
        // Its progress is no answer of ours: those alone are for stdout.
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q").stdout(std::io::stderr());
        command
    };
    let advice =
        "MariaDB could not be installed; install it by hand, or name a server with --database-url";
    run(apt().arg("update")).context(advice)?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(PACKAGES)).context(advice)
}

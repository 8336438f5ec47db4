//! What the browser ring needs that is not ours: Chromium, and what tests/browser/package.json takes from npm.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{build::run, install::find_or_install, progress::say, project};

/// Has everything installed and the folder for [`artefacts`] emptied; returns where Chromium is.
///
/// # Errors
/// When something is missing and can't be installed.
pub fn prepare() -> Result<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let chromium =
        find_or_install(&names, "chromium", "the pages are tested in the browser Chromium")?;
    install_npm_packages()?;
    let artefacts = artefacts();
    if artefacts.exists() {
        fs::remove_dir_all(&artefacts)?;
    }
    fs::create_dir_all(&artefacts)?;
    Ok(chromium)
}

/// Where the ring leaves pictures of the pages, and of what a failed test saw last.
pub fn artefacts() -> PathBuf {
    project().join("target/test-artefacts/browser")
}

/// Installs what package-lock.json says, unless it is what was installed last.
fn install_npm_packages() -> Result<()> {
    let why = "the pages are checked with axe-core and html-validate, which npm brings";
    let npm = find_or_install(&["npm"], "npm", why)?;
    let folder = project().join("tests/browser");
    let lock = fs::read(folder.join("package-lock.json")).context("package-lock.json")?;
    let installed = folder.join("node_modules/installed-package-lock.json");
    if fs::read(&installed).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    say("installing axe-core and html-validate with npm");
    let mut command = Command::new(npm);
    // Nothing of theirs is run to install them; and what npm says is no answer of ours.
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(command.current_dir(folder).stdout(std::io::stderr()))?;
    fs::write(installed, lock).context("what is installed")
}

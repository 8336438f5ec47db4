//! The external programs of the browser suite: Chromium, and the npm packages in tests/browser/package.json.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{
    progress::say,
    project::project,
    system::{environment, install::find_or_install, process::run},
};

/// Installs what is missing, empties the folder of [`artifacts`], and returns the path of Chromium.
///
/// # Errors
/// If something is missing and cannot be installed.
pub fn prepare() -> Result<PathBuf> {
    // The shell is Chromium without its windows and menus, which take half of the suite's time.
    let shell = "chromium-headless-shell";
    let names = [shell, "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome"];
    let chromium = find_or_install(&names, shell, "the browser suite needs Chromium")?;
    install_npm_packages()?;
    let artifacts = artifacts();
    if artifacts.exists() {
        fs::remove_dir_all(&artifacts)?;
    }
    fs::create_dir_all(&artifacts)?;
    Ok(chromium)
}

/// The folder for screenshots of the pages, and of the last page in a failed test.
pub fn artifacts() -> PathBuf {
    project().join("target/test-artifacts/browser")
}

/// Installs the packages in package-lock.json, unless that was the last installation.
fn install_npm_packages() -> Result<()> {
    let why = "the browser suite needs axe-core and html-validate from npm";
    let npm = find_or_install(&["npm"], "npm", why)?;
    let folder = project().join("tests/browser");
    let lock = fs::read(folder.join("package-lock.json")).context("package-lock.json")?;
    let installed = folder.join("node_modules/installed-package-lock.json");
    if fs::read(&installed).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    say("installing axe-core and html-validate with npm");
    let mut command = environment::command(npm);
    // stdout is for a task's result, not for npm's output.
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(command.current_dir(folder).stdout(std::io::stderr()))?;
    fs::write(installed, lock).context("cannot record the installed packages")
}

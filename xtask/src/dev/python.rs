//! Python programs from PyPI, in virtual environments below `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};

use crate::{
    build::target_folder,
    progress::say,
    project::project,
    system::{
        environment,
        install::{self, find_or_install},
        process::run,
    },
};

/// Installs the packages of a requirements file of the project, unless that was the last installation, and returns the folder
/// with their programs. `why` is the reason, for messages.
///
/// # Errors
/// If Python or a package cannot be installed.
pub fn install_requirements(file: &str, why: &str) -> Result<PathBuf> {
    let requirements = project().join(file);
    let wanted = fs::read(&requirements).with_context(|| file.to_owned())?;
    let folder = target_folder().join("python").join(file.replace('/', "-"));
    let installed = folder.join("installed-requirements.txt");
    if fs::read(&installed).is_ok_and(|last| last == wanted) {
        return Ok(folder.join("bin"));
    }
    let python = find_or_install(&["python3"], "python3", why)?;
    if !has_venv(&python) {
        // Debian has this part of the standard library in a separate package.
        if !install::is_possible() {
            bail!("{why}; install Python's module venv (Debian, Ubuntu: python3-venv)");
        }
        install::install(&["python3-venv"], why)?;
    }
    say(&format!("{why}: installing {file} with pip"));
    run(environment::command(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(environment::command(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        // stdout is for a task's result.
        .stdout(std::io::stderr()))?;
    fs::write(installed, wanted).context("cannot record the installed packages")?;
    Ok(folder.join("bin"))
}

fn has_venv(python: &Path) -> bool {
    environment::command(python)
        .args(["-c", "import ensurepip"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

//! Finds the programs of others that a local run uses.

use std::{path::PathBuf, process::Command};

/// Where `name` is, on PATH or in the folders where systems keep servers.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin"];
    std::env::split_paths(&path)
        .chain(system.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// What `program --version` prints, `None` when it can't be run.
pub fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `spin` on PATH is Spin; a model checker has the same name.
pub fn has_spin() -> bool {
    version("spin").is_some_and(|version| {
        let number = version.strip_prefix("spin ").unwrap_or_default();
        number.starts_with(|c: char| c.is_ascii_digit())
    })
}

//! Finds other programs on this machine.

use std::path::PathBuf;

use super::environment;

/// The path of the program `name`, on PATH or in the usual folders for servers.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin"];
    std::env::split_paths(&path)
        .chain(system.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// The output of `program --version`; `None` if it cannot be run.
pub fn version(program: &str) -> Option<String> {
    let output = environment::command(program).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

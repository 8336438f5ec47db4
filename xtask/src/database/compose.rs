//! The database in a container: `docker compose` with mysql/compose.yaml.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process::{Command, Stdio},
};

use crate::{
    data_folder::DataFolder,
    project::project,
    system::{environment, programs},
};

/// Whether a container engine with the compose plugin is running.
pub fn is_available() -> bool {
    let succeeds = |arguments: &[&str]| {
        let mut docker = environment::command("docker");
        docker
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    programs::find("docker").is_some() && succeeds(&["compose", "version"]) && succeeds(&["info"])
}

/// `docker compose` for the project's compose file, with a container and a volume that belong to `data`.
pub fn command(data: &DataFolder, port: u16, password: &str) -> Command {
    let mut hasher = DefaultHasher::new();
    data.path().hash(&mut hasher);
    let mut docker = environment::command("docker");
    docker
        .args(["compose", "--file"])
        .arg(project().join("mysql/compose.yaml"))
        .arg(format!("--project-name=library-{:x}", hasher.finish()))
        .env("LIBRARY_DB_PORT", port.to_string())
        .env("LIBRARY_DB_ADMIN_PASSWORD", password);
    docker
}

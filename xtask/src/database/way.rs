//! The ways to a database server, tried in a fixed order.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use super::server::{Flavour, Owner, Program, Server};
use crate::{data::DataFolder, install, programs, progress::step, project};

/// Debian's packages of the server program, without the system service that `mariadb-server` adds: what we start
/// is our own, and nothing else is to run afterwards. The server's set-up needs programs of the client's package.
const SERVER_PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];

/// How a server can be had on this machine.
pub enum Way {
    /// A server program that is installed
    Program(Program),
    /// A container of mysql/compose.yaml
    Compose,
    /// A server program that apt-get has to bring first
    Install,
}

impl Way {
    /// The first way that can work here. Data that a server of one kind made stay with that kind.
    ///
    /// # Errors
    /// When there is none; the message lists what would help.
    pub fn find_local(data: &DataFolder) -> Result<Way> {
        let made_by = Server::flavour_of(data)?;
        if made_by == Some(Flavour::Compose) {
            return Ok(Way::Compose);
        }
        let installed = ["mysqld", "mariadbd"].into_iter().filter_map(Program::find);
        for program in installed {
            if made_by.is_none_or(|flavour| flavour == program.flavour) {
                return Ok(Way::Program(program));
            }
        }
        if let Some(flavour) = made_by {
            bail!(
                "the data in {} were made by {flavour}, which is not on this machine any more; install it, or give \
                 another --data DIR",
                data.path().display()
            );
        }
        if compose_answers() {
            return Ok(Way::Compose);
        }
        if install::possible() {
            return Ok(Way::Install);
        }
        bail!(
            "there is no MySQL-compatible server here. One of these helps:\n  \
             - install MariaDB or MySQL (Debian, Ubuntu: sudo apt-get install mariadb-server; macOS: brew install mariadb)\n  \
             - start Docker, with its compose plugin\n  \
             - name a server that runs elsewhere: --database-url mysql://user:password@host:3306/"
        )
    }

    /// Starts the server on `data`.
    ///
    /// # Errors
    /// When it does not start; the message holds the server's own last words.
    pub async fn start(self, data: &DataFolder, owner: Owner) -> Result<Server> {
        let program = match self {
            Way::Program(program) => program,
            Way::Compose => {
                return step(
                    "starting the database in a container",
                    Server::start_container(data, owner),
                )
                .await;
            }
            Way::Install => {
                install::install(&SERVER_PACKAGES, "no database server found")?;
                match Program::find("mariadbd") {
                    Some(program) => program,
                    None => bail!("apt-get brought no `mariadbd`; install a server by hand"),
                }
            }
        };
        let what = format!("starting {} on {}", program.flavour, data.path().display());
        step(&what, Server::start(program, data, owner)).await
    }
}

/// Whether a container engine with the compose plugin answers.
fn compose_answers() -> bool {
    let quiet = |arguments: &[&str]| {
        let mut docker = Command::new("docker");
        docker
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    programs::find("docker").is_some() && quiet(&["compose", "version"]) && quiet(&["info"])
}

/// `docker compose` for the project's compose file, with a container and a volume that belong to `data`.
pub fn compose(data: &DataFolder, port: u16, password: &str) -> Command {
    let mut hasher = DefaultHasher::new();
    data.path().hash(&mut hasher);
    let mut docker = Command::new("docker");
    docker
        .args(["compose", "--file"])
        .arg(project().join("mysql/compose.yaml"))
        .arg(format!("--project-name=library-{:x}", hasher.finish()))
        .env("LIBRARY_DB_PORT", port.to_string())
        .env("LIBRARY_DB_ADMIN_PASSWORD", password);
    docker
}

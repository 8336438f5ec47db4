//! The sources of a database server, tried in a fixed order.

use anyhow::{Result, bail};

use super::{
    compose,
    kind::{Program, ServerKind},
    record::Owner,
    server::Server,
};
use crate::{
    data_folder::DataFolder,
    progress::step,
    system::{install, programs},
};

/// Debian packages of the server program, without the system service of `mariadb-server`: we start our own server,
/// and nothing else should keep running. The server's setup needs programs from the client package.
const SERVER_PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];

/// Installs MariaDB's server unless it and the programs of its setup are there.
///
/// # Errors
/// If they are missing and cannot be installed; the message says `why` they are needed.
pub fn find_or_install_mariadb(why: &str) -> Result<()> {
    let needed = ["mariadbd", "mariadb-install-db", "my_print_defaults"];
    if needed.into_iter().all(|program| programs::find(program).is_some()) {
        return Ok(());
    }
    if !install::is_possible() {
        bail!(
            "{why}; install MariaDB (Debian, Ubuntu: packages {})",
            SERVER_PACKAGES.join(" and ")
        );
    }
    install::install(&SERVER_PACKAGES, why)
}

/// The source of a server on this machine.
pub enum ServerSource {
    /// An installed server program
    Program(Program),
    /// A container of mysql/compose.yaml
    Compose,
    /// A server program that apt-get has to install first
    Install,
}

impl ServerSource {
    /// The first source that works here. Data stays with the kind of server that created it.
    ///
    /// # Errors
    /// If there is none; the message lists the remedies.
    pub fn find_local(data: &DataFolder) -> Result<ServerSource> {
        let created_by = Server::kind_of(data)?;
        if created_by == Some(ServerKind::Compose) {
            return Ok(ServerSource::Compose);
        }
        let installed = ["mysqld", "mariadbd"].into_iter().filter_map(Program::find);
        for program in installed {
            if created_by.is_none_or(|kind| kind == program.kind) {
                return Ok(ServerSource::Program(program));
            }
        }
        if let Some(kind) = created_by {
            bail!(
                "the data in {} was created by {kind}, which is no longer installed; install it, or choose another \
                 folder with --data DIR",
                data.path().display()
            );
        }
        if compose::is_available() {
            return Ok(ServerSource::Compose);
        }
        if install::is_possible() {
            return Ok(ServerSource::Install);
        }
        bail!(
            "no MySQL-compatible server found. Do one of these:\n  \
             - install MariaDB or MySQL (Debian, Ubuntu: sudo apt-get install mariadb-server; macOS: brew install mariadb)\n  \
             - start Docker with its compose plugin\n  \
             - name a server that runs elsewhere: --database-url mysql://user:password@host:3306/"
        )
    }

    /// Starts the server on `data`, or returns the one that another process started in the meantime.
    ///
    /// # Errors
    /// If it does not start; the message includes the end of the server's log.
    pub async fn start(self, data: &DataFolder, owner: Owner) -> Result<Server> {
        let _lock = data.lock_server().await?;
        if let Some(server) = Server::running(data).await? {
            return Ok(server);
        }
        let program = match self {
            ServerSource::Program(program) => program,
            ServerSource::Compose => {
                return step(
                    "starting the database in a container",
                    Server::start_container(data, owner),
                )
                .await;
            }
            ServerSource::Install => {
                install::install(&SERVER_PACKAGES, "no database server found")?;
                match Program::find("mariadbd") {
                    Some(program) => program,
                    None => {
                        bail!("apt-get did not install `mariadbd`; install a server yourself")
                    }
                }
            }
        };
        let what = format!("starting {} on {}", program.kind, data.path().display());
        step(&what, Server::start(program, data, owner)).await
    }
}

//! The client programs of MariaDB and MySQL, told where the server is and who asks.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};

use crate::{install, programs};

/// A server, and the account that administers it.
pub struct Account {
    opts: Opts,
}

impl Account {
    /// The account in `mysql://user:password@host:port/`.
    ///
    /// # Errors
    /// When the URL is none, without a word of the password in it.
    pub fn from_url(admin_url: &str) -> Result<Account> {
        let opts = Opts::from_url(admin_url)
            .ok()
            .context("the database URL is not of the form mysql://user:password@host:port/")?;
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false).db_name(None::<String>);
        Ok(Account { opts: opts.into() })
    }

    /// A session.
    ///
    /// # Errors
    /// When the server does not answer, or not us.
    pub async fn session(&self) -> Result<Conn> {
        let server = format!("{}:{}", self.opts.ip_or_hostname(), self.opts.tcp_port());
        let session = Conn::new(self.opts.clone()).await;
        session.with_context(|| format!("the database at {server} can't be used"))
    }

    /// The client, installed where it is missing and we may.
    ///
    /// # Errors
    /// When there is none.
    pub fn client(&self) -> Result<Command> {
        let why = "statements are sent to the database by the client `mariadb` or `mysql`";
        let program = install::find_or_install(&["mariadb", "mysql"], "mariadb-client-core", why)?;
        Ok(self.command(&program))
    }

    /// The program that writes schemas as SQL: the one that came with the server's kind, where both are here.
    ///
    /// # Errors
    /// When there is none, or the server can't be asked what it is.
    pub async fn dump(&self) -> Result<Command> {
        let version: Option<String> = self.session().await?.query_first("SELECT VERSION()").await?;
        let is_mariadb = version.is_some_and(|version| version.contains("MariaDB"));
        let names =
            if is_mariadb { ["mariadb-dump", "mysqldump"] } else { ["mysqldump", "mariadb-dump"] };
        let why = "a backup is written by `mariadb-dump` or `mysqldump`";
        let program = install::find_or_install(&names, "mariadb-client", why)?;
        let mut command = self.command(&program);
        let is_mysqls =
            programs::version(&program.to_string_lossy()).is_some_and(|v| !v.contains("MariaDB"));
        if is_mysqls {
            // A server's place in a replication is nothing to restore.
            command.arg("--set-gtid-purged=OFF");
        }
        Ok(command)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .args(["--no-defaults", "--protocol=tcp", "--default-character-set=utf8mb4"])
            .arg(format!("--host={}", self.opts.ip_or_hostname()))
            .arg(format!("--port={}", self.opts.tcp_port()))
            .arg(format!("--user={}", self.opts.user().unwrap_or_default()))
            // Not on the command line, where every user of the machine could read it.
            .env("MYSQL_PWD", self.opts.pass().unwrap_or_default());
        command
    }
}

//! The client programs of MariaDB and MySQL, configured for a server and an account.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};
use mysql_async::{Opts, OptsBuilder};

use crate::system::{environment, install};

/// An account on a server.
pub struct Account {
    opts: Opts,
}

impl Account {
    /// The administrator's account in `mysql://user:password@host:port/`.
    ///
    /// # Errors
    /// If the URL is invalid; the message does not contain the password.
    pub fn from_url(admin_url: &str) -> Result<Account> {
        let opts = Opts::from_url(admin_url)
            .ok()
            .context("the database URL is not of the form mysql://user:password@host:port/")?;
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false).db_name(None::<String>);
        Ok(Account { opts: opts.into() })
    }

    /// The account of this user on the same server.
    pub fn of_user(self, user: String, password: String) -> Account {
        let opts = OptsBuilder::from_opts(self.opts).user(Some(user)).pass(Some(password));
        Account { opts: opts.into() }
    }

    /// The client program, which is installed if it is missing and installation is possible.
    ///
    /// # Errors
    /// If it is missing and cannot be installed.
    pub fn client(&self) -> Result<Command> {
        let why = "SQL is sent with the client `mariadb` or `mysql`";
        let program = install::find_or_install(&["mariadb", "mysql"], "mariadb-client-core", why)?;
        Ok(self.command(&program))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = environment::command(program);
        command
            .args(["--no-defaults", "--protocol=tcp", "--default-character-set=utf8mb4"])
            .arg(format!("--host={}", self.opts.ip_or_hostname()))
            .arg(format!("--port={}", self.opts.tcp_port()))
            .arg(format!("--user={}", self.opts.user().unwrap_or_default()))
            // Not on the command line, which every user of the machine can read.
            .env("MYSQL_PWD", self.opts.pass().unwrap_or_default());
        command
    }
}

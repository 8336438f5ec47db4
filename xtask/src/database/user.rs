//! Who a database server runs as: never root.

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};
use nix::unistd::{Uid, User, geteuid};

/// The account a server runs as: our own, or, where that is root, one that may do nothing else.
pub struct ServerUser {
    unprivileged: Option<User>,
    /// Whether that account can walk down to the data folder.
    reaches_data: bool,
}

impl ServerUser {
    /// The account for the server whose data are, or will be, in `files`: who owns them already, else `mysql` or
    /// `nobody`.
    ///
    /// # Errors
    /// When we are root and the machine has no lesser account.
    pub fn choose(files: &Path) -> Result<ServerUser> {
        if !geteuid().is_root() {
            return Ok(ServerUser { unprivileged: None, reaches_data: true });
        }
        let user = match fs::metadata(files) {
            Ok(made_before) => User::from_uid(Uid::from_raw(made_before.uid()))?,
            Err(_) => User::from_name("mysql")?.or(User::from_name("nobody")?),
        };
        let user = user.filter(|user| !user.uid.is_root()).context(
            "root must not run a database server, and there is no user `mysql` or `nobody` to run it",
        )?;
        let all_may_pass = |folder: &Path| {
            fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0)
        };
        let reaches_data = files.ancestors().skip(1).all(all_may_pass);
        Ok(ServerUser { unprivileged: Some(user), reaches_data })
    }

    /// A command for `program` that runs as this account.
    pub fn command(&self, program: &Path) -> Command {
        let Some(user) = &self.unprivileged else { return Command::new(program) };
        if self.reaches_data {
            let mut command = Command::new(program);
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
            return command;
        }
        // The project lies in a folder closed to others, as /root is: the account gets the one extra right to
        // walk through such folders.
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", user.uid))
            .arg(format!("--regid={}", user.gid))
            .args([
                "--clear-groups",
                "--inh-caps=+dac_read_search",
                "--ambient-caps=+dac_read_search",
            ])
            .arg(program);
        command
    }

    /// Makes the folder `path` if need be, for this account alone.
    ///
    /// # Errors
    /// When the folder can't be made or handed over.
    pub fn own_folder(&self, path: &Path) -> Result<()> {
        fs::create_dir_all(path).with_context(|| format!("can't make {}", path.display()))?;
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
        self.own(path)
    }

    /// Hands `path` to this account.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn own(&self, path: &Path) -> Result<()> {
        if let Some(user) = &self.unprivileged {
            std::os::unix::fs::chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .with_context(|| format!("can't hand {} to {}", path.display(), user.name))?;
        }
        Ok(())
    }
}

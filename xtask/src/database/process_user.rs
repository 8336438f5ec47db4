//! The user that a database server runs as: never root.

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

use crate::{
    progress::say,
    system::{environment, process::run, programs},
};

/// The user that we create for database servers if we can. It owns nothing else, so that a server can't reach other
/// programs' files, nor they the server's.
const DEDICATED: &str = "library-db";

/// The user that a server runs as: our own, or, if that is root, one with no other privileges.
pub struct ProcessUser {
    unprivileged: Option<User>,
    /// Whether the user can enter all folders above the data.
    reaches_data: bool,
}

impl ProcessUser {
    /// The user for the server whose data is, or will be, in `files`. For root that is the owner of existing files,
    /// otherwise the dedicated user `library-db`, which is created if possible, otherwise `mysql` or `nobody`.
    ///
    /// # Errors
    /// If we are root and the machine has no unprivileged user.
    pub fn choose(files: &Path) -> Result<ProcessUser> {
        if !geteuid().is_root() {
            return Ok(ProcessUser { unprivileged: None, reaches_data: true });
        }
        let owner = match fs::metadata(files) {
            Ok(existing) => User::from_uid(Uid::from_raw(existing.uid()))?,
            Err(_) => None,
        };
        // Data folders of version 0.1 may belong to `nobody`, which other programs use too.
        let user = match owner.filter(|owner| !owner.uid.is_root() && owner.name != "nobody") {
            Some(owner) => Some(owner),
            None => dedicated_user()?.or(User::from_name("mysql")?).or(User::from_name("nobody")?),
        };
        let user = user.filter(|user| !user.uid.is_root()).context(
            "root must not run a database server, and there is no user `mysql` or `nobody`; create one of them, or run \
             this as another user",
        )?;
        let is_open_to_all = |folder: &Path| {
            fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0)
        };
        let reaches_data = files.ancestors().skip(1).all(is_open_to_all);
        Ok(ProcessUser { unprivileged: Some(user), reaches_data })
    }

    /// A command that runs `program` as this user.
    pub fn command(&self, program: &Path) -> Command {
        let Some(user) = &self.unprivileged else { return environment::command(program) };
        if self.reaches_data {
            let mut command = environment::command(program);
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
            return command;
        }
        // The project is in a folder that other users can't enter, such as /root. Grant the one capability that allows
        // it.
        let mut command = environment::command("setpriv");
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

    /// Creates the folder `path` if it is missing, accessible to this user alone.
    ///
    /// # Errors
    /// If the folder cannot be created or its owner cannot be changed.
    pub fn own_folder(&self, path: &Path) -> Result<()> {
        fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
        self.own(path)
    }

    /// Makes this user the owner of `path`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn own(&self, path: &Path) -> Result<()> {
        if let Some(user) = &self.unprivileged {
            std::os::unix::fs::chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .with_context(|| {
                    format!("cannot make {1} the owner of {0}", path.display(), user.name)
                })?;
        }
        Ok(())
    }

    /// Makes this user the owner of `folder` and everything in it, unless it is already.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn own_all(&self, folder: &Path) -> Result<()> {
        let Some(user) = &self.unprivileged else { return Ok(()) };
        if fs::metadata(folder)?.uid() == user.uid.as_raw() {
            return Ok(());
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                self.own_all(&path)?;
            } else {
                std::os::unix::fs::lchown(&path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                    .with_context(|| {
                        format!("cannot make {} the owner of {}", user.name, path.display())
                    })?;
            }
        }
        // The folder last: if this is interrupted, the next start continues.
        self.own(folder)
    }
}

/// The user `library-db`, created if it is missing; `None` if it cannot be created.
fn dedicated_user() -> Result<Option<User>> {
    if let Some(user) = User::from_name(DEDICATED)? {
        return Ok(Some(user));
    }
    let Some(useradd) = programs::find("useradd") else { return Ok(None) };
    say(&format!("creating the system user {DEDICATED} to run the database"));
    let mut command = environment::command(useradd);
    command.args(["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]);
    command.args(["--shell", "/usr/sbin/nologin", DEDICATED]);
    // Another `up` may create it at the same time.
    run(&mut command).ok();
    Ok(User::from_name(DEDICATED)?)
}

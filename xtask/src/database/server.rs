//! A database server of our own on the data folder: starts it, finds it again, stops it.
//!
//! A server is known by its answering on the recorded port to the password in the data folder, never by a
//! process id alone: ids are given out again, passwords are not.

use std::{
    fmt,
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use loader::LoadError;
use nix::{errno::Errno, sys::signal::kill, unistd::Pid};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::{account, user::ServerUser, way::compose};
use crate::{build::run, data::DataFolder, programs};

/// How long a start or a stop may take: recovery after a crash reads the log of every change since the last
/// checkpoint.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a server may answer no more and still be there: one that was killed takes a moment to be gone.
const KILLED_PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// What kind of server made a data folder. One kind can't read another's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// `mariadbd`
    MariaDb,
    /// `mysqld` of MySQL
    MySql,
    /// The container of mysql/compose.yaml
    Compose,
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flavour::MariaDb => "MariaDB",
            Flavour::MySql => "MySQL",
            Flavour::Compose => "the MySQL container",
        })
    }
}

/// Who started a server: `up` stops what an `up` started, and leaves what `db start` started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// `cargo xtask up`
    Up,
    /// `cargo xtask db start`
    DbStart,
}

/// A server program on this machine.
pub struct Program {
    path: PathBuf,
    /// Its kind
    pub flavour: Flavour,
}

impl Program {
    /// The program called `name`, if it is here.
    pub fn find(name: &str) -> Option<Program> {
        let path = programs::find(name)?;
        let version = programs::version(&path.to_string_lossy())?;
        let flavour = if version.contains("MariaDB") { Flavour::MariaDb } else { Flavour::MySql };
        Some(Program { path, flavour })
    }
}

/// What `server.toml` keeps.
#[derive(Serialize, Deserialize)]
struct Record {
    flavour: Flavour,
    port: u16,
    pid: Option<u32>,
    owner: Owner,
}

const RECORD: &str = "server.toml";

/// The server's own files. The rest of the data folder is ours.
const FILES: &str = "mysql";

/// Where the server puts temporary tables. It has to be its own: MariaDB clears out such files when it
/// starts, those of other servers too.
const TEMPORARY: &str = "tmp";

/// A server that runs.
pub struct Server {
    record: Record,
    password: String,
    /// Set when this very process started it.
    child: Option<Child>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { flavour, port, owner, .. } = &self.record;
        write!(f, "{flavour} on 127.0.0.1:{port}")?;
        if let Some(pid) = self.record.pid {
            write!(f, ", pid {pid}")?;
        }
        f.write_str(match owner {
            Owner::Up => ", started by `up`",
            Owner::DbStart => ", started by `db start`",
        })
    }
}

impl Server {
    /// What kind of server made these data; `None` for a fresh folder.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn flavour_of(data: &DataFolder) -> Result<Option<Flavour>> {
        Ok(data.read::<Record>(RECORD)?.map(|record| record.flavour))
    }

    /// The server of this data folder, if it runs.
    ///
    /// # Errors
    /// When a record in the folder is damaged.
    pub async fn running(data: &DataFolder) -> Result<Option<Server>> {
        let Some(record) = data.read::<Record>(RECORD)? else { return Ok(None) };
        let server = Server { record, password: data.secrets()?.admin, child: None };
        Ok(loader::reach(&server.admin_url()).await.is_ok().then_some(server))
    }

    /// Starts `program` on the data folder; fills the folder when it is fresh.
    ///
    /// # Errors
    /// When the server does not come up; the message holds its last words.
    pub async fn start(program: Program, data: &DataFolder, owner: Owner) -> Result<Server> {
        let files = data.path().join(FILES);
        let user = ServerUser::choose(&files)?;
        let log = data.path().join("server.log");
        user.own_folder(&data.path().join(TEMPORARY))?;
        if !files.is_dir() {
            initialise(&program, &user, data, &files, &log)?;
        }
        let password = data.secrets()?.admin;
        let init = data.path().join("init.sql");
        data.write_text(
            "init.sql",
            &account::init_file(&password, program.flavour == Flavour::MySql),
        )?;
        user.own(&init)?;

        let port = free_port(data)?;
        let child = user
            .command(&program.path)
            .args(server_options(data, &files, port))
            .arg(format!("--init-file={}", init.display()))
            .stdin(Stdio::null())
            .stdout(append(&log)?)
            .stderr(append(&log)?)
            // Ctrl-C on the terminal is for `up`, which stops the app before its database.
            .process_group(0)
            .spawn()
            .with_context(|| format!("can't start {}", program.path.display()))?;
        let record = Record { flavour: program.flavour, port, pid: Some(child.id()), owner };
        data.write(RECORD, &record)?;
        let mut server = Server { record, password, child: Some(child) };
        let answers = server.wait_until_it_answers(&log).await;
        fs::remove_file(&init).ok();
        if answers.is_err()
            && let Some(mut child) = server.child.take()
        {
            // What does not answer can't be asked to stop either.
            child.kill().and_then(|()| child.wait()).ok();
        }
        answers.map(|()| server)
    }

    /// Starts the container of mysql/compose.yaml, whose volume keeps the data.
    ///
    /// # Errors
    /// When the engine fails or the server in it does not come up.
    pub async fn start_container(data: &DataFolder, owner: Owner) -> Result<Server> {
        let password = data.secrets()?.admin;
        let port = free_port(data)?;
        let status = compose(data, port, &password).args(["up", "--detach", "--wait"]).status()?;
        if !status.success() {
            bail!("`docker compose up` failed ({status}); what it said stands above");
        }
        let record = Record { flavour: Flavour::Compose, port, pid: None, owner };
        data.write(RECORD, &record)?;
        let mut server = Server { record, password, child: None };
        server.wait_until_it_answers(Path::new("`docker compose logs`")).await?;
        Ok(server)
    }

    /// The URL of the administrator's account, with its password.
    pub fn admin_url(&self) -> String {
        format!("mysql://{}:{}@127.0.0.1:{}/", self.admin(), self.password, self.record.port)
    }

    /// The administrator's name: the container's image knows only root.
    fn admin(&self) -> &'static str {
        if self.record.flavour == Flavour::Compose { "root" } else { account::ADMIN }
    }

    /// Whether an `up` started it, this one or one that was killed, and no `db start` has put another in its
    /// place since.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn is_up_s_own(&self, data: &DataFolder) -> Result<bool> {
        Ok(data
            .read::<Record>(RECORD)?
            .is_some_and(|current| current.owner == Owner::Up && current.pid == self.record.pid))
    }

    /// Stops it as a server is to be stopped, and waits until it is gone. One that was killed is gone already.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(mut self, data: &DataFolder) -> Result<()> {
        if self.record.flavour == Flavour::Compose {
            let status = compose(data, self.record.port, &self.password).arg("stop").status()?;
            return if status.success() {
                Ok(())
            } else {
                bail!("`docker compose stop` failed ({status})")
            };
        }
        let asked = Instant::now();
        let mut refused = loader::shut_down(&self.admin_url()).await.err();
        while !self.is_gone()? {
            if asked.elapsed() > KILLED_PATIENCE
                && let Some(error) = refused.take()
            {
                return Err(error.into());
            }
            if asked.elapsed() > PATIENCE {
                bail!(
                    "the database did not stop within {PATIENCE:?}; see {}",
                    data.path().join("server.log").display()
                );
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Ends it as a power cut would: it writes nothing any more.
    ///
    /// # Errors
    /// When the system refuses, or another process started it.
    pub fn kill(mut self, data: &DataFolder) -> Result<()> {
        if self.record.flavour == Flavour::Compose {
            return run(compose(data, self.record.port, &self.password).arg("kill"));
        }
        let child = self.child.as_mut().context("another process started the database")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Kills it, and deletes all its files.
    ///
    /// # Errors
    /// As [`kill`](Self::kill), and when the files can't be deleted.
    pub fn lose(self, data: &DataFolder) -> Result<()> {
        if self.record.flavour == Flavour::Compose {
            let mut down = compose(data, self.record.port, &self.password);
            return run(down.args(["down", "--volumes"]));
        }
        self.kill(data)?;
        let files = data.path().join(FILES);
        fs::remove_dir_all(&files).with_context(|| format!("can't remove {}", files.display()))
    }

    fn is_gone(&mut self) -> Result<bool> {
        if let Some(child) = &mut self.child {
            return Ok(child.try_wait()?.is_some());
        }
        let pid = self.record.pid.and_then(|pid| i32::try_from(pid).ok());
        Ok(pid.is_none_or(|pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)))
    }

    async fn wait_until_it_answers(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        loop {
            let error = match loader::reach(&self.admin_url()).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                bail!(
                    "the database server ended at once ({status}). Its last words, from {}:\n{}",
                    log.display(),
                    last_words(log)
                );
            }
            // The account is made while the server already listens.
            let still_starting =
                matches!(error, LoadError::Unreachable { .. } | LoadError::Refused { .. });
            if !still_starting || started.elapsed() > PATIENCE {
                return Err(error).with_context(|| {
                    format!("the database did not come up; see {}", log.display())
                });
            }
            sleep(POLL).await;
        }
    }
}

/// Everything a server is told; no option file of the machine is read. Durability is MySQL's own default and
/// stands here because MariaDB's, and a machine's, may differ: a commit is on the disk before it is answered.
fn server_options(data: &DataFolder, files: &Path, port: u16) -> Vec<String> {
    let mut options: Vec<String> = [
        "--no-defaults",
        "--bind-address=127.0.0.1",
        // Relative to the data: a socket's path may have 107 characters only.
        "--socket=server.sock",
        "--pid-file=server.pid",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_ci",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-doublewrite=ON",
        "--sync-binlog=1",
        "--max-connections=500",
    ]
    .map(str::to_owned)
    .to_vec();
    options.push(format!("--datadir={}", files.display()));
    options.push(temporary_option(data));
    options.push(format!("--port={port}"));
    options
}

fn temporary_option(data: &DataFolder) -> String {
    format!("--tmpdir={}", data.path().join(TEMPORARY).display())
}

/// Makes the system tables in a folder beside, which gets its name when it is whole.
fn initialise(
    program: &Program,
    user: &ServerUser,
    data: &DataFolder,
    files: &Path,
    log: &Path,
) -> Result<()> {
    let part = data.path().join("mysql.part");
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    user.own_folder(&part)?;
    let mut command = match program.flavour {
        Flavour::MariaDb => {
            let tool = programs::find("mariadb-install-db")
                .or_else(|| programs::find("mysql_install_db"))
                .context("`mariadb-install-db` is missing beside the server; install the whole server package")?;
            let mut command = user.command(&tool);
            // Nobody gets in with a password, or without one; the start lets the administrator in.
            command.args([
                "--no-defaults",
                "--auth-root-authentication-method=socket",
                "--skip-test-db",
            ]);
            command
        }
        _ => {
            let mut command = user.command(&program.path);
            command.args(["--no-defaults", "--initialize-insecure"]);
            command
        }
    };
    let status = command
        .arg(format!("--datadir={}", part.display()))
        .arg(temporary_option(data))
        .stdin(Stdio::null())
        .stdout(append(log)?)
        .stderr(append(log)?)
        .status()
        .context("can't start the server's set-up")?;
    if !status.success() {
        bail!(
            "the server's set-up failed ({status}). Its last words, from {}:\n{}",
            log.display(),
            last_words(log)
        );
    }
    fs::rename(&part, files)?;
    Ok(())
}

/// The port used last time if it is free, else any free one.
fn free_port(data: &DataFolder) -> Result<u16> {
    let last = data.read::<Record>(RECORD)?.map_or(0, |record| record.port);
    let listener =
        TcpListener::bind(("127.0.0.1", last)).or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
    Ok(listener.local_addr()?.port())
}

fn append(log: &Path) -> Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("can't write {}", log.display()))
}

/// The errors at the end of a server's log; all that it said last where it calls nothing an error.
fn last_words(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last: Vec<&str> = text.lines().rev().take(60).collect();
    let errors: Vec<&str> = last.iter().copied().filter(|line| line.contains("[ERROR]")).collect();
    let mut words = if errors.is_empty() { last } else { errors };
    words.truncate(12);
    words.reverse();
    words.join("\n")
}

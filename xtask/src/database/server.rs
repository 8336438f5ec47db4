//! The database server on the data folder: starts it, finds it again, stops it.
//!
//! A running server is recognized because it accepts the data folder's password on the recorded port. One that does not
//! is found by its lock on the data files, so that no second server is ever started on them.

use std::{
    fmt, fs,
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use library_db::Error;
use nix::{sys::signal::Signal, unistd::Pid};
use tokio::time::sleep;

use super::{
    account, compose, files,
    kind::{Program, ServerKind},
    process,
    process_user::ProcessUser,
    record::{Owner, Record},
};
use crate::{
    data_folder::DataFolder,
    system::{environment, process::run, signals},
};

/// The timeout of a start or a stop. It is long, because crash recovery replays all changes since the last checkpoint.
const TIMEOUT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(50);

/// A running server.
pub struct Server {
    record: Record,
    password: String,
    /// Present if this process started it.
    child: Option<Child>,
}

/// The state of a data folder's server.
pub enum ServerState {
    /// It is not running.
    Stopped,
    /// It accepts our login.
    Running(Server),
    /// Its process is running, but it refuses our login or does not respond.
    Unavailable {
        /// The server
        server: Server,
        /// Its process
        pid: Pid,
        /// The reason, as a clause: "it is …"
        reason: String,
    },
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { kind, port, owner, .. } = &self.record;
        write!(f, "{kind} on 127.0.0.1:{port}")?;
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
    /// The kind of server that created this data; `None` for a new folder.
    ///
    /// # Errors
    /// If the record is damaged.
    pub fn kind_of(data: &DataFolder) -> Result<Option<ServerKind>> {
        Ok(Record::read(data)?.map(|record| record.kind))
    }

    /// Finds the server of this data folder.
    ///
    /// # Errors
    /// If a record in the folder is damaged, or an unknown process uses the data files.
    pub async fn state(data: &DataFolder) -> Result<ServerState> {
        let Some(record) = Record::read(data)? else {
            return match process::using(&files::data_files(data), None) {
                None => Ok(ServerState::Stopped),
                Some(pid) => bail!(
                    "process {pid} uses the database files in {}, but server.toml is missing there; stop it with \
                     `kill {pid}`, then try again",
                    data.path().display()
                ),
            };
        };
        let server = Server { record, password: data.secrets()?.admin, child: None };
        let pid = server.pid(data);
        if let Some(pid) = pid.filter(|pid| process::is_frozen(*pid)) {
            let reason = "it is frozen; `cargo xtask db start` lets it continue".to_owned();
            return Ok(ServerState::Unavailable { server, pid, reason });
        }
        let reason = match library_db::check_connection(&server.admin_url()).await {
            Ok(()) => return Ok(ServerState::Running(server)),
            Err(error) => format!("it refuses our login: {error}"),
        };
        Ok(match server.pid_unless_ending(data, pid).await {
            Some(pid) => ServerState::Unavailable { server, pid, reason },
            None => ServerState::Stopped,
        })
    }

    /// The server of this data folder, if it is running.
    ///
    /// # Errors
    /// See [`state`](Self::state). Also if the server is running but unavailable.
    pub async fn running(data: &DataFolder) -> Result<Option<Server>> {
        match Server::state(data).await? {
            ServerState::Running(server) => Ok(Some(server)),
            ServerState::Stopped => Ok(None),
            ServerState::Unavailable { pid, reason, .. } => bail!(
                "the database (pid {pid}) is running, but {reason}. Try again later, or stop it with \
                 `cargo xtask db stop`"
            ),
        }
    }

    /// Starts `program` on the data folder; initializes a new folder.
    ///
    /// # Errors
    /// If the server does not start, or a request to stop arrives first; then its process has ended.
    pub async fn start(program: Program, data: &DataFolder, owner: Owner) -> Result<Server> {
        let (files, log) = (files::data_files(data), files::log(data));
        let user = ProcessUser::choose(&files)?;
        files::initialize(&program, &user, data)?;
        let password = data.secrets()?.admin;
        let init = data.path().join("init.sql");
        data.write_text(
            "init.sql",
            &account::init_file(&password, program.kind == ServerKind::MySql),
        )?;
        user.own(&init)?;

        let port = free_port(data)?;
        let mut command = user.command(&program.path);
        command
            .args(files::options(&files, port))
            .arg(files::option("--init-file=", &init))
            .stdin(Stdio::null())
            .stdout(files::append(&log)?)
            .stderr(files::append(&log)?)
            // Ctrl-C in the terminal must reach only `up`, which stops the app before the database.
            .process_group(0);
        environment::restrict(&mut command, &[]);
        command.env_remove("TMPDIR");
        let child =
            command.spawn().with_context(|| format!("cannot start {}", program.path.display()))?;
        let record = Record { kind: program.kind, port, pid: Some(child.id()), owner };
        let mut starting = Starting(Some(Server { record, password, child: Some(child) }));
        let started = match &mut starting.0 {
            Some(server) => match server.record.write(data) {
                Ok(()) => server.wait_until_ready(data).await,
                Err(error) => Err(error),
            },
            None => Ok(()),
        };
        fs::remove_file(&init).ok();
        started?;
        starting.0.take().context("the server has ended")
    }

    /// Starts the container of mysql/compose.yaml, whose volume keeps the data.
    ///
    /// # Errors
    /// If the engine fails or the server in the container does not start.
    pub async fn start_container(data: &DataFolder, owner: Owner) -> Result<Server> {
        let password = data.secrets()?.admin;
        let port = free_port(data)?;
        run(compose::command(data, port, &password).args(["up", "--detach", "--wait"]))?;
        let record = Record { kind: ServerKind::Compose, port, pid: None, owner };
        record.write(data)?;
        let mut server = Server { record, password, child: None };
        server.wait_until_ready(data).await?;
        Ok(server)
    }

    /// The URL of the administrator's account, with its password.
    pub fn admin_url(&self) -> String {
        format!("mysql://{}:{}@127.0.0.1:{}/", self.admin(), self.password, self.record.port)
    }

    /// The administrator's name. The container's image has only root.
    fn admin(&self) -> &'static str {
        if self.record.kind == ServerKind::Compose { "root" } else { account::ADMIN }
    }

    /// Whether an `up` started the server (this one, or one that was killed), and no `db start` has taken it over.
    ///
    /// # Errors
    /// If the record is damaged.
    pub fn was_started_by_up(&self, data: &DataFolder) -> Result<bool> {
        Ok(Record::read(data)?
            .is_some_and(|current| current.owner == Owner::Up && current.pid == self.record.pid))
    }

    /// Shuts the server down and waits until its process has ended. Also works if it is unavailable.
    ///
    /// # Errors
    /// If it does not stop.
    pub async fn stop(mut self, data: &DataFolder) -> Result<()> {
        if self.record.kind == ServerKind::Compose {
            return run(self.compose(data).arg("stop"));
        }
        let Some(pid) = self.pid(data) else { return Ok(()) };
        process::send(pid, Signal::SIGTERM)?;
        // A frozen process gets the signal only when it continues.
        process::send(pid, Signal::SIGCONT)?;
        let asked = Instant::now();
        while !self.has_ended(pid)? {
            if asked.elapsed() > TIMEOUT {
                bail!(
                    "the database did not stop within {TIMEOUT:?}; see {}, or kill it with `cargo xtask db kill`",
                    files::log(data).display()
                );
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Kills the server without letting it write anything, like a power failure, and waits until it is gone.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn kill(mut self, data: &DataFolder) -> Result<()> {
        if self.record.kind == ServerKind::Compose {
            return run(self.compose(data).arg("kill"));
        }
        let pid = self.pid(data).context("the database is not running")?;
        process::send(pid, Signal::SIGKILL)?;
        while !self.has_ended(pid)? {
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Freezes the server, like a hanging machine: its connections stay open and nothing responds.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn freeze(&self, data: &DataFolder) -> Result<()> {
        if self.record.kind == ServerKind::Compose {
            return run(self.compose(data).arg("pause"));
        }
        process::send(self.pid(data).context("the database is not running")?, Signal::SIGSTOP)
    }

    /// Lets a frozen server continue, and waits until it responds.
    ///
    /// # Errors
    /// If the system refuses, or the server does not respond.
    pub async fn thaw(&mut self, data: &DataFolder) -> Result<()> {
        let pid = self.pid(data).context("the database is not running")?;
        process::send(pid, Signal::SIGCONT)?;
        self.wait_until_ready(data).await
    }

    /// Kills the server and deletes its files.
    ///
    /// # Errors
    /// See [`kill`](Self::kill); also if the files cannot be deleted.
    pub async fn destroy(self, data: &DataFolder) -> Result<()> {
        if self.record.kind == ServerKind::Compose {
            return run(self.compose(data).args(["down", "--volumes"]));
        }
        self.kill(data).await?;
        let files = files::data_files(data);
        fs::remove_dir_all(&files).with_context(|| format!("cannot delete {}", files.display()))
    }

    fn compose(&self, data: &DataFolder) -> std::process::Command {
        compose::command(data, self.record.port, &self.password)
    }

    /// `pid`, unless the process was killed. Then waits until the system has closed its files, a moment after its main
    /// thread ended, and returns `None`.
    async fn pid_unless_ending(&self, data: &DataFolder, pid: Option<Pid>) -> Option<Pid> {
        let started = Instant::now();
        let mut pid = pid;
        while pid.is_some_and(|pid| !process::is_alive(pid)) && started.elapsed() < TIMEOUT {
            sleep(POLL).await;
            pid = self.pid(data);
        }
        pid
    }

    /// The server's process, if it is running on this machine and not in a container.
    fn pid(&self, data: &DataFolder) -> Option<Pid> {
        if self.record.kind == ServerKind::Compose {
            return None;
        }
        process::using(&files::data_files(data), self.record.pid)
    }

    fn has_ended(&mut self, pid: Pid) -> Result<bool> {
        if let Some(child) = &mut self.child {
            return Ok(child.try_wait()?.is_some());
        }
        Ok(!process::is_alive(pid))
    }

    async fn wait_until_ready(&mut self, data: &DataFolder) -> Result<()> {
        let log = match self.record.kind {
            ServerKind::Compose => "`docker compose logs`".into(),
            _ => files::log(data),
        };
        let (started, admin_url) = (Instant::now(), self.admin_url());
        loop {
            let error = tokio::select! {
                reached = library_db::check_connection(&admin_url) => match reached {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                },
                () = signals::stop_requested() => bail!("stopped while the database was starting"),
            };
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                bail!(
                    "the database server ended immediately ({status}). The end of its log, {}:\n{}",
                    log.display(),
                    files::log_end(&log)
                );
            }
            // The account is created after the server starts to listen.
            let still_starting = matches!(error, Error::Unreachable { .. } | Error::Refused { .. });
            if !still_starting || started.elapsed() > TIMEOUT {
                return Err(error)
                    .with_context(|| format!("the database did not start; see {}", log.display()));
            }
            sleep(POLL).await;
        }
    }
}

/// A server that is starting. Dropping this kills it, for example if a signal interrupts the start, because a server
/// that does not respond yet can't be told to stop, and it recovers from being killed.
struct Starting(Option<Server>);

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = self.0.as_mut().and_then(|server| server.child.as_mut()) {
            child.kill().and_then(|()| child.wait()).ok();
        }
    }
}

/// The port of the last run if it is free, otherwise another one. Not one of those that the system gives to outgoing
/// connections (32768 to 60999 on Linux): a connection could take it before the server listens.
fn free_port(data: &DataFolder) -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    let last = Record::read(data)?.map(|record| record.port);
    // Two commands that start at once begin their search at different ports.
    let begin = u16::try_from(std::process::id() % u32::from(COUNT))?;
    let others = (0..COUNT).map(|number| FIRST + (begin + number) % COUNT);
    let mut ports = last.into_iter().chain(others);
    ports
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .with_context(|| format!("no port from {FIRST} to {} is free", FIRST + COUNT - 1))
}

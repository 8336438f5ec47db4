//! `cargo xtask up`: from a clean clone to a running library.

use std::{
    fs,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process,
    time::Duration,
};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::{
    DataArgs, build,
    data::DataFolder,
    database::{self, Owner, Server, Way},
    progress::{say, step},
    project,
    runtime::{App, Runtime, RuntimeChoice},
    signals::StopSignal,
};

/// Options of `cargo xtask up`.
#[derive(Args)]
pub struct UpArgs {
    /// Address and port of the library
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// What runs the components
    #[arg(long, value_enum, default_value = "auto")]
    runtime: RuntimeChoice,
    #[command(flatten)]
    data: DataArgs,
    /// Use this server instead of one of our own: an administrator's URL, mysql://user:password@host:3306/;
    /// schemas and users are made there
    #[arg(long, value_name = "URL", env = "LIBRARY_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Run what was built before
    #[arg(long)]
    no_build: bool,
    /// Leave empty tables empty
    #[arg(long)]
    no_demo_data: bool,
}

/// Some of the demo's patrons, from mysql/patrons_demo.csv.
const DEMO_PATRONS: &str = "demo patrons, with their ids and card numbers:
  1 Pete Dymond BUFFALOBILL1   2 Laine Scheidegger DEADBEEF2222   3 Reid Koffler BUMBLEBEE333";

/// What the demo's librarian logs in with, from the same file; the PIN is each library's own.
const DEMO_LIBRARIAN: &str = "the demo's librarian: Marian Quillfeather INKANDPAPER7, PIN ";

/// Runs the library until SIGINT or SIGTERM.
///
/// # Errors
/// When something on the way fails; what was started before is stopped first.
pub async fn up(args: &UpArgs) -> Result<()> {
    // What can fail at once comes before what takes minutes.
    let runtime = args.runtime.decide()?;
    let data = DataFolder::open(&args.data.path())?;
    let mut lock = data.lock()?;
    end_orphan(&data)?;
    let listen = free_address(args.listen).await?;
    lock.note(&format!("pid {}, http://{listen}", process::id()))?;
    let database = Database::choose(args.database_url.as_deref(), &data).await?;
    if !args.no_build {
        build::components()?;
        if runtime == Runtime::Embedded {
            build::host()?;
        }
    }

    let database = database.open(&data).await?;
    let stop = StopSignal::install()?;
    let outcome = run(args, runtime, listen, &data, &database.admin_url(), stop).await;
    let closed = database.close(&data).await;
    outcome.and(closed)
}

/// Loads the database, starts the app, and stops it on a signal.
async fn run(
    args: &UpArgs,
    runtime: Runtime,
    listen: SocketAddr,
    data: &DataFolder,
    admin_url: &str,
    mut stop: StopSignal,
) -> Result<()> {
    tokio::select! {
        loaded = database::load(admin_url, data, !args.no_demo_data) => loaded?,
        () = stop.wait() => return Ok(()),
    }
    let variables = database::spin_variables(admin_url, data)?;
    let mut app = App::spawn(runtime, listen, variables, data.path().join("logs"))?;
    data.write(ORPHAN, &Orphan { pid: app.pid() })?;
    tokio::select! {
        answered = app.answers(listen) => answered?,
        () = stop.wait() => return app.stop().await,
    }
    println!("ready: http://{listen}");
    if !args.no_demo_data {
        say(DEMO_PATRONS);
        say(&format!("{DEMO_LIBRARIAN}{}", data.secrets()?.librarian_pin_in_words()));
    }
    say("Ctrl-C stops the library; its data stay");
    tokio::select! {
        status = app.ended() => bail!("the app ended by itself ({}); why stands above", status?),
        () = stop.wait() => step("stopping the app", app.stop()).await,
    }
}

/// The database of one `up`.
enum Database {
    /// Somebody else's server, by its administrator's URL
    Named(String),
    /// One of ours that runs
    Running(Server),
    /// One that has to be started
    ToStart(Way),
}

impl Database {
    async fn choose(url: Option<&str>, data: &DataFolder) -> Result<Database> {
        if let Some(url) = url {
            loader::reach(url).await?;
            return Ok(Database::Named(url.to_owned()));
        }
        match Server::running(data).await? {
            Some(server) => Ok(Database::Running(server)),
            None => Ok(Database::ToStart(Way::find_local(data)?)),
        }
    }

    async fn open(self, data: &DataFolder) -> Result<Database> {
        match self {
            Database::ToStart(way) => Ok(Database::Running(way.start(data, Owner::Up).await?)),
            ready => Ok(ready),
        }
    }

    fn admin_url(&self) -> String {
        match self {
            Database::Named(url) => url.clone(),
            Database::Running(server) => server.admin_url(),
            Database::ToStart(_) => String::new(),
        }
    }

    /// Stops a server that an `up` started, this one or one that was killed.
    async fn close(self, data: &DataFolder) -> Result<()> {
        match self {
            Database::Running(server) if server.is_up_s_own(data)? => {
                step("stopping the database", server.stop(data)).await
            }
            _ => Ok(()),
        }
    }
}

/// Where the running app's process id is kept, for the case that `up` is killed and can't stop it.
const ORPHAN: &str = "app.toml";

#[derive(Serialize, Deserialize)]
struct Orphan {
    pid: Option<u32>,
}

/// Ends the app that a killed `up` left behind. We hold the lock, so no other `up` owns it.
fn end_orphan(data: &DataFolder) -> Result<()> {
    let Some(Orphan { pid: Some(pid) }) = data.read(ORPHAN)? else { return Ok(()) };
    // Process ids are given out again: it is ours only if it runs our manifest in our folder.
    let entry = PathBuf::from(format!("/proc/{pid}"));
    let runs_here = fs::read_link(entry.join("cwd")).is_ok_and(|folder| folder == project());
    let arguments = fs::read(entry.join("cmdline")).unwrap_or_default();
    let runs_the_app = String::from_utf8_lossy(&arguments).split('\0').any(|a| a == "spin.toml");
    if runs_here && runs_the_app {
        say(&format!("ending the app that an earlier `up` left behind (pid {pid})"));
        kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGKILL).ok();
    }
    Ok(())
}

/// The address to listen on, refused early where it would fail after a long build. Port 0 becomes a free one; the
/// port of a process that was just killed gets a moment.
pub async fn free_address(listen: SocketAddr) -> Result<SocketAddr> {
    let mut bound = TcpListener::bind(listen);
    for _ in 0..20 {
        match bound {
            Err(ref error) if error.kind() == ErrorKind::AddrInUse => {
                sleep(Duration::from_millis(50)).await;
                bound = TcpListener::bind(listen);
            }
            _ => break,
        }
    }
    let bound = bound.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {} of {} is taken by another program; stop that one, or choose another port: --listen {}",
            listen.port(),
            listen.ip(),
            SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or(3000))
        ),
        _ => anyhow!("can't listen on {listen}: {error}; choose another address with --listen"),
    })?;
    Ok(bound.local_addr()?)
}

//! `cargo xtask up`: from a clean clone to a running library.

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process,
};

use anyhow::{Result, bail};
use clap::Args;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};

use super::{
    dotenv,
    listen::free_address,
    log::LogFormat,
    replicas::Replicas,
    runtime::{Runtime, RuntimeChoice},
    viewer,
};
use crate::{
    data_folder::{DataArgs, DataFolder},
    database::{self, Owner, Server, ServerSource},
    progress::{say, step},
    project::project,
    system::signals,
};

/// Options of `cargo xtask up`.
#[derive(Args)]
pub struct UpArgs {
    /// Address and port of the library
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The runtime for the components
    #[arg(long, value_enum, default_value = "auto")]
    runtime: RuntimeChoice,
    #[command(flatten)]
    data: DataArgs,
    /// Use this server instead of starting one: the URL of an administrator, mysql://user:password@host:3306/;
    /// `up` creates schemas and users there
    #[arg(long, value_name = "URL", env = "LIBRARY_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Run the last build instead of building
    #[arg(long)]
    no_build: bool,
    /// The number of processes that run the app behind a round-robin proxy; they share the database and so every login
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=8))]
    replicas: u8,
    /// Show traces: run otel-desktop-viewer or Jaeger, if one is installed, and export to it
    #[arg(long)]
    otel: bool,
    /// The format of the app's output
    #[arg(long, value_enum, default_value = "pretty")]
    log: LogFormat,
    /// Do not load the demo books and patrons
    #[arg(long)]
    no_demo_data: bool,
}

/// Some demo patrons, from mysql/patrons_demo.csv.
const DEMO_PATRONS: &str = "demo patrons, with their ids and card numbers:
  1 Pete Dymond BUFFALOBILL1   2 Laine Scheidegger DEADBEEF2222   3 Reid Koffler BUMBLEBEE333";

/// The login of the demo librarian, from the same file; each library has its own PIN.
const DEMO_LIBRARIAN: &str = "demo librarian: Marian Quillfeather INKANDPAPER7, PIN ";

/// Runs the library until it is asked to stop.
///
/// # Errors
/// If a step fails. Everything that was started is stopped first.
pub async fn up(args: &UpArgs) -> Result<()> {
    // Checks that fail at once come before the build, which takes minutes.
    let runtime = args.runtime.decide()?;
    dotenv::check(&project().join(".env"))?;
    let viewer = args.otel.then(viewer::Installed::find).transpose()?;
    let data = DataFolder::open(&args.data.path())?;
    let mut lock = data.lock()?;
    stop_orphaned_app(&data)?;
    let listen = free_address(args.listen).await?;
    lock.set_holder(&format!("pid {}, http://{listen}", process::id()))?;
    let database = Database::choose(args.database_url.as_deref(), &data).await?;
    if !args.no_build {
        runtime.build()?;
    }

    let database = database.open(&data).await?;
    let outcome = observe(viewer, args, runtime, listen, &data, &database.admin_url()).await;
    let closed = database.close(&data).await;
    outcome.and(closed)
}

/// The variable for the login page with demo cards. `up` sets it for the demo data, unless the environment does.
const DEMO_MODE: &str = "SPIN_VARIABLE_DEMO_MODE";

/// The variable for pages that show how they were made. `up` sets it, unless the environment does or there is a token,
/// with which the services refuse it.
const SHOW_WORK: &str = "SPIN_VARIABLE_SHOW_WORK";
const API_TOKEN: &str = "SPIN_VARIABLE_API_TOKEN";

/// Runs the app with its viewer, if it has one.
async fn observe(
    viewer: Option<viewer::Installed>,
    args: &UpArgs,
    runtime: Runtime,
    listen: SocketAddr,
    data: &DataFolder,
    admin_url: &str,
) -> Result<()> {
    let Some(viewer) = viewer else {
        return run(args, runtime, listen, data, admin_url, Vec::new()).await;
    };
    let logs = data.path().join("logs");
    let viewer = tokio::select! {
        started = viewer.start(&logs) => started?,
        () = signals::stop_requested() => return Ok(()),
    };
    let outcome = run(args, runtime, listen, data, admin_url, viewer.variables()).await;
    outcome.and(viewer.stop().await)
}

/// Loads the database, starts the app with `telemetry` in its environment, and stops it on a signal.
async fn run(
    args: &UpArgs,
    runtime: Runtime,
    listen: SocketAddr,
    data: &DataFolder,
    admin_url: &str,
    telemetry: Vec<(String, String)>,
) -> Result<()> {
    tokio::select! {
        loaded = database::load(admin_url, data, !args.no_demo_data) => loaded?,
        () = signals::stop_requested() => return Ok(()),
    }
    let mut variables = database::spin_variables(admin_url, data)?;
    variables.extend(telemetry);
    if !args.no_demo_data && std::env::var_os(DEMO_MODE).is_none() {
        variables.push((DEMO_MODE.to_owned(), "true".to_owned()));
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set(SHOW_WORK) && !is_set(API_TOKEN) && !dotenv::sets(&project().join(".env"), API_TOKEN)
    {
        variables.push((SHOW_WORK.to_owned(), "true".to_owned()));
    }
    let logs = data.path().join("logs");
    let app = Replicas::spawn(args.replicas, runtime, listen, &variables, &logs, args.log);
    let mut app = app.await?;
    data.write(ORPHAN, &OrphanRecord { pids: app.pids() })?;
    tokio::select! {
        ready = app.wait_until_ready() => ready?,
        () = signals::stop_requested() => return app.stop().await,
    }
    // A closed stdout must not end the library.
    writeln!(io::stdout(), "ready: http://{listen}").ok();
    if !args.no_demo_data {
        say(DEMO_PATRONS);
        say(&format!("{DEMO_LIBRARIAN}{}", data.secrets()?.librarian_pin_text()));
    }
    say("Ctrl-C stops the library and keeps its data");
    tokio::select! {
        status = app.wait_until_one_ended() => bail!("the app ended unexpectedly ({}); see the output above", status?),
        () = signals::stop_requested() => step("stopping the app", app.stop()).await,
    }
}

/// The database of one `up`.
enum Database {
    /// A server that this project did not start, by its administrator's URL
    External(String),
    /// The data folder's server, which is running
    Running(Server),
    /// A server that has to be started
    ToStart(ServerSource),
}

impl Database {
    async fn choose(url: Option<&str>, data: &DataFolder) -> Result<Database> {
        if let Some(url) = url {
            library_db::check_connection(url).await?;
            return Ok(Database::External(url.to_owned()));
        }
        match Server::running(data).await? {
            Some(server) => Ok(Database::Running(server)),
            None => Ok(Database::ToStart(ServerSource::find_local(data)?)),
        }
    }

    async fn open(self, data: &DataFolder) -> Result<Database> {
        match self {
            Database::ToStart(source) => {
                Ok(Database::Running(source.start(data, Owner::Up).await?))
            }
            ready => Ok(ready),
        }
    }

    fn admin_url(&self) -> String {
        match self {
            Database::External(url) => url.clone(),
            Database::Running(server) => server.admin_url(),
            Database::ToStart(_) => String::new(),
        }
    }

    /// Stops the server if an `up` started it: this one, or one that was killed.
    async fn close(self, data: &DataFolder) -> Result<()> {
        match self {
            Database::Running(server) if server.was_started_by_up(data)? => {
                step("stopping the database", server.stop(data)).await
            }
            _ => Ok(()),
        }
    }
}

/// The record of the running app's process ids, in case `up` is killed and cannot stop the app.
const ORPHAN: &str = "app.toml";

#[derive(Serialize, Deserialize)]
struct OrphanRecord {
    #[serde(default)]
    pids: Vec<u32>,
}

/// Kills app processes that a killed `up` left running. We hold the lock, so no other `up` owns them.
fn stop_orphaned_app(data: &DataFolder) -> Result<()> {
    let Some(OrphanRecord { pids }) = data.read(ORPHAN)? else { return Ok(()) };
    for pid in pids {
        // Process ids are reused, so check that it runs our manifest in our folder.
        let entry = PathBuf::from(format!("/proc/{pid}"));
        let runs_here = fs::read_link(entry.join("cwd")).is_ok_and(|folder| folder == project());
        let arguments = fs::read(entry.join("cmdline")).unwrap_or_default();
        let runs_the_app =
            String::from_utf8_lossy(&arguments).split('\0').any(|a| a == "spin.toml");
        if runs_here && runs_the_app {
            say(&format!("stopping the app that an earlier `up` left running (pid {pid})"));
            kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGKILL).ok();
        }
    }
    Ok(())
}

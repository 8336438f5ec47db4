//! `cargo xtask db …`: manages the local database server.

use std::{io::IsTerminal, os::unix::process::CommandExt};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use library_db::{Names, Store};
use tokio::sync::oneshot;

use super::{
    client::Account,
    library::{load, spin_variables},
    process,
    record::Owner,
    server::{Server, ServerState},
    source::ServerSource,
};
use crate::{
    data_folder::{DataArgs, DataFolder},
    progress::{say, step},
    system::{environment, shell, signals},
};

/// The actions of `cargo xtask db`.
#[derive(Subcommand)]
pub enum Action {
    /// Start the server on the data folder, and load schema and demo data
    Start(DataArgs),
    /// Stop the server; the data is kept
    Stop {
        #[command(flatten)]
        data: DataArgs,
        /// Stop it even while the app is using it, to see how the app behaves
        #[arg(long)]
        anyway: bool,
    },
    /// Kill the server, like a power failure; `db start` recovers it
    Kill(DataArgs),
    /// Freeze the server, like a machine that hangs; `db start` lets it continue
    Freeze(DataArgs),
    /// Show whether the server is running, where, and what started it
    Status(DataArgs),
    /// Delete all data of the library and load the demo data again
    Reset(DataArgs),
    /// Open the MariaDB or MySQL client on the server, as its administrator or as a service
    Shell {
        #[command(flatten)]
        data: DataArgs,
        /// Log in as this service, with its rights only: catalog, patrons or borrowing
        #[arg(long = "as", value_name = "SERVICE", value_parser = parse_store)]
        service: Option<Store>,
        /// Arguments for the client, e.g. `-- -e "SELECT * FROM catalogdb.books"`
        #[arg(last = true)]
        client: Vec<String>,
    },
    /// Print the URL of the server's administrator account
    Url(DataArgs),
}

/// Performs `action`.
///
/// # Errors
/// If it fails; the message says what to do next.
pub async fn run(action: Action) -> Result<()> {
    match action {
        Action::Start(args) => start(&DataFolder::open(&args.path())?).await,
        Action::Stop { data, anyway } => {
            stop(&DataFolder::open_existing(&data.path())?, anyway).await
        }
        Action::Kill(args) => kill(&DataFolder::open_existing(&args.path())?).await,
        Action::Freeze(args) => freeze(&DataFolder::open_existing(&args.path())?).await,
        Action::Status(args) => status(&DataFolder::open_existing(&args.path())?).await,
        Action::Reset(args) => reset(&DataFolder::open_existing(&args.path())?).await,
        Action::Shell { data, service, client } => {
            open_shell(&DataFolder::open_existing(&data.path())?, service, &client).await
        }
        Action::Url(args) => {
            println!("{}", running(&DataFolder::open_existing(&args.path())?).await?.admin_url());
            Ok(())
        }
    }
}

async fn start(data: &DataFolder) -> Result<()> {
    let (server, was_running) = match Server::state(data).await? {
        ServerState::Running(server) => (server, true),
        ServerState::Unavailable { mut server, pid, .. } if process::is_frozen(pid) => {
            step("letting the database continue", server.thaw(data)).await?;
            (server, true)
        }
        ServerState::Unavailable { server, reason, .. } => bail!(
            "{server} is running, but {reason}. Try again later, or stop it with `cargo xtask db stop`"
        ),
        ServerState::Stopped => {
            (ServerSource::find_local(data)?.start(data, Owner::DbStart).await?, false)
        }
    };
    let admin_url = server.admin_url();
    let loaded = tokio::select! {
        loaded = load(&admin_url, data, true) => loaded,
        () = signals::stop_requested() => {
            if !was_running {
                step("stopping the database", server.stop(data)).await?;
            }
            bail!("stopped before the data was loaded; `cargo xtask db start` continues");
        }
    };
    loaded?;
    let env: String = spin_variables(&admin_url, data)?
        .into_iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    data.write_text("app.env", &env)?;
    say(&format!("the database is running: {server}; `cargo xtask db stop` stops it"));
    say(&format!(
        "to run the app with Spin itself: cp {} .env && spin up --build --runtime-config-file runtime-config.toml",
        shell::quoted(data.path().join("app.env"))
    ));
    Ok(())
}

async fn stop(data: &DataFolder, anyway: bool) -> Result<()> {
    if let Some(holder) = data.lock_holder().filter(|_| !anyway) {
        bail!(
            "the app is running on this data ({holder}); stop it first with Ctrl-C in its terminal, or stop the database \
             under it with --anyway"
        );
    }
    match Server::state(data).await? {
        ServerState::Running(server) | ServerState::Unavailable { server, .. } => {
            until_stopped(
                step("stopping the database", server.stop(data)),
                "stopped waiting; the database ends when it has written its data",
            )
            .await
        }
        ServerState::Stopped => {
            say("the database is not running; its data is unchanged");
            Ok(())
        }
    }
}

async fn kill(data: &DataFolder) -> Result<()> {
    let server = running_or_unavailable(data).await?;
    say(&format!("killing {server}"));
    server.kill(data).await?;
    say("killed, like a power failure; `cargo xtask db start` recovers it");
    Ok(())
}

async fn freeze(data: &DataFolder) -> Result<()> {
    let server = running_or_unavailable(data).await?;
    server.freeze(data)?;
    say(&format!("frozen: {server}; `cargo xtask db start` lets it continue"));
    Ok(())
}

/// The data folder's server, even if it refuses our login.
async fn running_or_unavailable(data: &DataFolder) -> Result<Server> {
    match Server::state(data).await? {
        ServerState::Running(server) | ServerState::Unavailable { server, .. } => Ok(server),
        ServerState::Stopped => {
            bail!("the database is not running; start it with `cargo xtask db start`")
        }
    }
}

async fn status(data: &DataFolder) -> Result<()> {
    match Server::state(data).await? {
        ServerState::Running(server) => println!("running: {server}"),
        ServerState::Unavailable { server, reason, .. } => {
            println!("running, but unavailable: {server}: {reason}");
        }
        ServerState::Stopped => println!("stopped: data folder {}", data.path().display()),
    }
    Ok(())
}

async fn reset(data: &DataFolder) -> Result<()> {
    refuse_while_up_runs(data)?;
    let question = format!("Delete every book, patron and loan in {}?", data.path().display());
    if std::io::stdin().is_terminal() && !until_stopped(confirm(&question), UNCHANGED).await? {
        bail!(UNCHANGED);
    }
    let found = Server::running(data).await?;
    let was_running = found.is_some();
    let server = match found {
        Some(server) => server,
        None => ServerSource::find_local(data)?.start(data, Owner::DbStart).await?,
    };
    let admin_url = server.admin_url();
    let reset = async {
        library_db::remove(&admin_url, &Names::default()).await?;
        load(&admin_url, data, true).await
    };
    let outcome = until_stopped(
        reset,
        "stopped before the demo data was loaded; `cargo xtask db reset` begins again",
    )
    .await;
    if !was_running {
        step("stopping the database", server.stop(data)).await?;
    }
    outcome
}

/// The answer to a question that was not confirmed.
const UNCHANGED: &str = "nothing was changed";

/// The outcome of `task`, or `message` if a signal arrives before.
async fn until_stopped<T>(task: impl Future<Output = Result<T>>, message: &str) -> Result<T> {
    tokio::select! {
        outcome = task => outcome,
        () = signals::stop_requested() => bail!("{message}"),
    }
}

/// Replaces this process with the client, so that the client alone gets Ctrl-C and the other signals.
async fn open_shell(data: &DataFolder, service: Option<Store>, arguments: &[String]) -> Result<()> {
    let mut account = Account::from_url(&running(data).await?.admin_url())?;
    if let Some(store) = service {
        let password = data.secrets()?.services().of(store).to_owned();
        account = account.of_user(Names::default().user(store), password);
    }
    let mut client = account.client()?;
    environment::remove_secrets(&mut client);
    let error = client.args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", client.get_program().display()))
}

/// The service with this name.
fn parse_store(name: &str) -> Result<Store, &'static str> {
    let store = Store::ALL.into_iter().find(|store| store.service() == name);
    store.ok_or("the services with a database are catalog, patrons and borrowing")
}

/// The data folder's server.
///
/// # Errors
/// If it is not running.
pub async fn running(data: &DataFolder) -> Result<Server> {
    Server::running(data).await?.context(
        "the database is not running; start it with `cargo xtask db start` or `cargo xtask up`",
    )
}

fn refuse_while_up_runs(data: &DataFolder) -> Result<()> {
    match data.lock_holder() {
        Some(holder) => {
            bail!(
                "the app is running on this data ({holder}); stop it first with Ctrl-C in its terminal"
            )
        }
        None => Ok(()),
    }
}

/// Asks on the terminal. The thread that waits for the answer ends with this process.
async fn confirm(question: &str) -> Result<bool> {
    eprint!("{question} [y/N] ");
    let (sender, line) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        sender.send(std::io::stdin().read_line(&mut line).map(|_| line)).ok();
    });
    let answer = line.await.context("the question was not answered")??;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

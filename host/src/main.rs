//! The command `library-host`: loads an app, serves it, and stops it in good order.
use std::{
    io::{ErrorKind, IsTerminal},
    net::SocketAddr,
    process,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow};
use clap::Parser;
use host::{app::App, http::server, options::Options};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// What running requests are given to end when the app is to stop.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> process::ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // It would complain about a closed stderr on stderr, and panic.
        .log_internal_errors(false)
        .init();
    match run(options) {
        Ok(()) => process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            process::ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: Options) -> anyhow::Result<()> {
    let address = options.listen;
    let app = App::load(&options.settings()?)?;
    let listener = listen(address).await?;
    let address = listener.local_addr()?;
    app.served_at(address);
    announce(&app, address);
    let stop = stop_signal()?;
    server::serve(app.clone(), listener, stop, GRACE).await;
    app.close().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "{address} is already in use: stop what listens there, or choose another address with --listen"
        ),
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

fn announce(app: &Arc<App>, address: SocketAddr) {
    for line in &app.unreached {
        eprintln!("Warning: this route is never reached: {line}");
    }
    for (route, component) in app.router.list() {
        eprintln!("  {component}: http://{address}{route}");
    }
    eprintln!("Serving http://{address}");
}

/// Ready at the first SIGINT or SIGTERM. The second ends the process at once.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("cannot listen to signals");
    let (mut interrupt, mut terminate) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        any(&mut interrupt, &mut terminate).await;
        tokio::spawn(async move {
            any(&mut interrupt, &mut terminate).await;
            process::exit(130);
        });
    })
}

async fn any(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

//! The command `library-host`: loads an app, serves it and shuts it down gracefully.
use std::{
    fs,
    io::{ErrorKind, IsTerminal},
    net::SocketAddr,
    process,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow};
use clap::Parser;
use futures::future::select_all;
use host::{app::App, file_limit, http::server, loader, options::Options};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// The time that running requests have to finish at shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> process::ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Reporting a closed stderr on stderr would panic.
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
    let max_connections = file_limit::raise_for_connections(options.max_connections);
    let app = loader::load(&options.settings()?)?;
    let listener = listen(address).await?;
    let address = listener.local_addr()?;
    app.set_own_address(address);
    print_routes(&app, address);
    let stop = stop_signal()?;
    server::serve(app.clone(), listener, max_connections, stop, SHUTDOWN_TIMEOUT).await;
    app.close().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "{address} is already in use; stop the program that listens there or choose another address with --listen"
        ),
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

fn print_routes(app: &Arc<App>, address: SocketAddr) {
    for line in &app.unreachable {
        eprintln!("Warning: this route is unreachable: {line}");
    }
    for (route, component) in app.router.list() {
        eprintln!("  {component}: http://{address}{route}");
    }
    eprintln!("Serving http://{address}");
}

/// Completes at the first SIGINT, SIGTERM, SIGQUIT or SIGHUP. A second signal ends the process at once.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate(), SignalKind::quit()];
    // Started with `nohup`, the process outlives its terminal.
    if !is_hangup_ignored() {
        kinds.push(SignalKind::hangup());
    }
    let signals = kinds.into_iter().map(signal).collect::<Result<Vec<_>, _>>();
    let mut signals = signals.context("cannot handle signals")?;
    Ok(async move {
        any(&mut signals).await;
        tokio::spawn(async move {
            any(&mut signals).await;
            process::exit(130);
        });
    })
}

async fn any(signals: &mut [Signal]) {
    select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
}

/// Whether this process ignores SIGHUP. Always false where there is no /proc.
fn is_hangup_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Bit 0 is signal 1, SIGHUP.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|m| m & 1 == 1)
}

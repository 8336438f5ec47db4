//! `library-db`: loads, backs up and restores the library's database, from a container or a shell.

mod cli;
mod commands;
mod stop;

use std::process::ExitCode;

use clap::Parser;
use library_db::Progress;

use cli::Cli;
use stop::StopSignal;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // First, because process 1 of a container ignores SIGTERM without a handler.
    let mut stop = match StopSignal::install() {
        Ok(stop) => stop,
        Err(error) => return fail(&format!("can't handle signals: {error}")),
    };
    let progress = Progress::new(|line| println!("{line}"));
    let mut work = Box::pin(commands::run(&cli.command, &progress));
    let signal = tokio::select! {
        outcome = &mut work => return match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        signal = stop.wait() => signal,
    };
    // An exchange of tables is brief and can't be undone, so wait for its outcome.
    tokio::select! {
        _ = &mut work => {}
        () = stop::until_exchanged(&progress) => {}
    }
    drop(work);
    eprintln!("stopped by {signal}: {}", commands::left_behind(&cli.command, &progress));
    ExitCode::from(128 + signal.number())
}

fn fail(error: &str) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

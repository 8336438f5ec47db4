//! `cargo xtask restore`: restores a backup, even while the app runs. `library_db::restore` does the work.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use library_db::{Library, Progress};

use crate::{
    data_folder::{DataArgs, DataFolder},
    database::{self, Owner, Server, ServerSource},
    progress::{say, step},
    system::signals,
};

/// Options of `cargo xtask restore`.
#[derive(Args)]
pub struct RestoreArgs {
    /// A file that `cargo xtask backup` or `library-db backup` wrote
    file: PathBuf,
    /// Replace the current data, which is lost
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    data: DataArgs,
    /// Restore into this server instead of the local one: the URL of an administrator, mysql://user:password@host:3306/
    #[arg(long, value_name = "URL", env = "LIBRARY_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Restores the backup. Starts the local server for it if it is not running.
///
/// # Errors
/// If it fails; the message says what has changed.
pub async fn restore(args: &RestoreArgs) -> Result<()> {
    // Verify it before starting a server.
    step(&format!("checking {}", args.file.display()), async {
        Ok(library_db::backup::verify(&args.file).await?)
    })
    .await?;
    let data = DataFolder::open(&args.data.path())?;
    let library = database::library(&data, false)?;
    if let Some(url) = &args.database_url {
        return into(url, &library, &args.file, args.replace).await;
    }
    if let Some(server) = Server::running(&data).await? {
        return into(&server.admin_url(), &library, &args.file, args.replace).await;
    }
    let server = ServerSource::find_local(&data)?.start(&data, Owner::DbStart).await?;
    let outcome = into(&server.admin_url(), &library, &args.file, args.replace).await;
    let stopped = step("stopping the database", server.stop(&data)).await;
    outcome.and(stopped)
}

/// Restores `file` into the server at `admin_url`, with the users of `library`.
///
/// # Errors
/// See [`restore`].
pub async fn into(admin_url: &str, library: &Library, file: &Path, replace: bool) -> Result<()> {
    let progress = Progress::silent();
    step("restoring the backup", async {
        tokio::select! {
            restored = library_db::restore(admin_url, library, file, replace, &progress) => {
                restored.with_context(|| progress.stage().to_string())
            }
            () = signals::stop_requested() => bail!("stopped: {}", progress.stage()),
        }
    })
    .await?;
    progress.changes().iter().for_each(|line| say(&format!("  {line}")));
    Ok(())
}

//! `cargo xtask backup`: writes all data of the library to a file while it runs. `library_db::backup` does the work.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use library_db::{Names, backup::Written};

use crate::{
    data_folder::{DataArgs, DataFolder},
    database,
    progress::{say, step},
    system::shell,
};

/// Options of `cargo xtask backup`.
#[derive(Args)]
pub struct BackupArgs {
    /// The file to write, for example library.jsonl.gz; it must not exist
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// Back up this server instead of the local one: the URL of an administrator, mysql://user:password@host:3306/
    #[arg(long, value_name = "URL", env = "LIBRARY_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Writes the backup.
///
/// # Errors
/// If it fails; then there is no file.
pub async fn backup(args: &BackupArgs) -> Result<()> {
    let admin_url = match &args.database_url {
        Some(url) => url.clone(),
        None => {
            database::running(&DataFolder::open_existing(&args.data.path())?).await?.admin_url()
        }
    };
    write(&admin_url, &args.file).await
}

/// Writes a backup of the server at `admin_url` to `file`, completely or not at all.
///
/// # Errors
/// See [`backup`].
pub async fn write(admin_url: &str, file: &Path) -> Result<()> {
    let Written { bytes, manifest, .. } =
        step(&format!("writing the backup {}", file.display()), async {
            Ok(library_db::backup::write_file(admin_url, &Names::default(), file).await?)
        })
        .await?;
    let rows: u64 = manifest.tables.values().map(|table| table.rows).sum();
    say(&format!(
        "  {rows} rows, {} KiB; `cargo xtask restore {}` restores it",
        bytes.div_ceil(1024),
        shell::quoted(file)
    ));
    Ok(())
}

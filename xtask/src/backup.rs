//! `cargo xtask backup`: all that the library knows in one file, taken while it runs.
//!
//! One transaction reads all three schemas, so the file has them as they were at one moment, whatever is lent
//! meanwhile. It is the SQL that mariadb-dump or mysqldump writes, with the history of the migrations; compressed,
//! because the checksum that comes with it tells a damaged file from a whole one.

mod file;

use std::{
    io::{self, Seek},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::{Compression, write::GzEncoder};
use loader::Store;
use tempfile::NamedTempFile;

pub use file::{BackupFile, schema_used};

use crate::{
    DataArgs,
    data::DataFolder,
    database::{self, Account},
    progress::{say, step},
};

/// Options of `cargo xtask backup`.
#[derive(Args)]
pub struct BackupArgs {
    /// Where to write it, e.g. library.sql.gz; a file that is there already is left alone
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// Take it from this server instead of our own: an administrator's URL, mysql://user:password@host:3306/
    #[arg(long, value_name = "URL", env = "LIBRARY_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Writes the backup.
///
/// # Errors
/// When it can't; there is no file then.
pub async fn backup(args: &BackupArgs) -> Result<()> {
    let admin_url = match &args.database_url {
        Some(url) => url.clone(),
        None => {
            database::running(&DataFolder::open_existing(&args.data.path())?).await?.admin_url()
        }
    };
    loader::reach(&admin_url).await?;
    write(&admin_url, &args.file).await
}

/// Writes a backup of the server at `admin_url` to `path`, whole or not at all.
///
/// # Errors
/// As [`backup`].
pub async fn write(admin_url: &str, path: &Path) -> Result<()> {
    if path.exists() {
        bail!("{} is there already; give the backup another name", path.display());
    }
    let size = step(&format!("writing the backup {}", path.display()), async {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let cannot = || format!("can't write {}; choose another file", path.display());
        // Readable by its owner alone, and without its name before it is whole.
        let part = NamedTempFile::new_in(folder).with_context(cannot)?;
        dump(admin_url, &part).await?;
        part.as_file().sync_all().with_context(cannot)?;
        let size = part.as_file().metadata()?.len();
        part.persist_noclobber(path).with_context(cannot)?;
        Ok(size)
    })
    .await?;
    say(&format!(
        "  {} KiB; `cargo xtask restore {}` brings it back",
        size.div_ceil(1024),
        path.display()
    ));
    Ok(())
}

async fn dump(admin_url: &str, part: &NamedTempFile) -> Result<()> {
    let mut command = Account::from_url(admin_url)?.dump().await?;
    command
        .args(["--single-transaction", "--no-tablespaces", "--hex-blob", "--databases"])
        .args(Store::ALL.map(Store::schema));
    let program = command.get_program().to_string_lossy().into_owned();
    let mut complaints = tempfile::tempfile()?;
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(complaints.try_clone()?)
        .spawn()
        .with_context(|| format!("can't start {program}"))?;
    if let Some(mut output) = process.stdout.take() {
        let mut compressed = GzEncoder::new(part.as_file(), Compression::default());
        io::copy(&mut output, &mut compressed).context("the backup can't be written")?;
        compressed.finish().context("the backup can't be written")?;
    }
    let status = process.wait()?;
    if !status.success() {
        complaints.rewind()?;
        let said = io::read_to_string(complaints)?;
        bail!("{program} failed ({status}), and no backup was written. It said: {}", said.trim());
    }
    // What was never read is no backup.
    BackupFile::check(part.path())
}

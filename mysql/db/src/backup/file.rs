//! Backup files: a file gets its name only when it is complete, and a folder holds dated files.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::NamedTempFile;

use super::{
    format::{Manifest, TableSummary},
    reader::verify,
    snapshot::{self, SnapshotError},
};
use crate::{Error, Names, load::lock, server};

/// The names of dated backups: `library-2026-01-02T03-04-05Z.jsonl.gz`. They sort by time.
const PREFIX: &str = "library-";
const SUFFIX: &str = ".jsonl.gz";

/// The names of unfinished files. A killed backup leaves one behind.
const UNFINISHED_PREFIX: &str = ".library-backup-";

/// The age at which a later backup removes an unfinished file.
const UNFINISHED_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A finished backup.
#[derive(Debug)]
pub struct Written {
    /// Its path
    pub file: PathBuf,
    /// Its size in bytes
    pub bytes: u64,
    /// Its manifest
    pub manifest: Manifest,
    /// Older backups that were deleted
    pub deleted: Vec<PathBuf>,
}

/// Writes a backup of the library called `names` on the server at `admin_url` to `file`, while the library runs. Only
/// the file's owner can read it. Never overwrites a file.
///
/// # Errors
/// See [`Error`]. No file is left behind.
pub async fn write_file(admin_url: &str, names: &Names, file: &Path) -> Result<Written, Error> {
    if file.exists() {
        return Err(cannot_write(file, "the file exists; choose another name"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let (unfinished, manifest) =
        write_unfinished(admin_url, names, folder.unwrap_or(Path::new("."))).await?;
    finish(unfinished, file, manifest)
}

/// Like [`write_file`], to a file in `folder` named by the time of the snapshot. Then deletes the backups in `folder`
/// that are older than `keep`.
///
/// # Errors
/// See [`Error`]. No new file is left behind, and none was deleted.
pub async fn write_to_folder(
    admin_url: &str,
    names: &Names,
    folder: &Path,
    keep: Option<Duration>,
) -> Result<Written, Error> {
    let (unfinished, manifest) = write_unfinished(admin_url, names, folder).await?;
    let name = format!("{PREFIX}{}{SUFFIX}", manifest.header.taken_at.replace(':', "-"));
    let mut written = finish(unfinished, &folder.join(name), manifest)?;
    if let Some(keep) = keep {
        written.deleted = delete_old(folder, &written.file, keep)
            .map_err(|error| cannot_write(folder, &error.to_string()))?;
    }
    Ok(written)
}

/// The number of rows and the checksum of each table, as in a backup taken now. They depend only on the rows, unlike
/// `CHECKSUM TABLE`, which on MariaDB may change without a change of the rows.
///
/// # Errors
/// See [`Error`].
pub async fn summarize(
    admin_url: &str,
    names: &Names,
) -> Result<BTreeMap<String, TableSummary>, Error> {
    let mut conn = server::connect(admin_url).await?;
    let summary = snapshot::write(&mut conn, names, &mut io::sink()).await;
    conn.disconnect().await?;
    match summary {
        Ok(manifest) => Ok(manifest.tables),
        Err(SnapshotError::Database(error)) => Err(error),
        Err(SnapshotError::Io(error)) => Err(Error::Database(error.to_string())),
    }
}

/// The newest dated backup in `folder`.
///
/// # Errors
/// Fails if there is none, or the folder is unreadable.
pub fn newest(folder: &Path) -> Result<PathBuf, Error> {
    let unreadable = |reason: String| Error::BackupIo {
        action: "read a backup in",
        file: folder.to_owned(),
        reason,
    };
    let files = dated_files(folder).map_err(|error| unreadable(error.to_string()))?;
    files.into_iter().max().ok_or_else(|| unreadable(format!("it has no file {PREFIX}…{SUFFIX}")))
}

/// Writes the backup under a temporary name, readable only by its owner.
async fn write_unfinished(
    admin_url: &str,
    names: &Names,
    folder: &Path,
) -> Result<(NamedTempFile, Manifest), Error> {
    let io_error = |error: io::Error| cannot_write(folder, &error.to_string());
    let mut conn = server::connect(admin_url).await?;
    lock(&mut conn, names).await?;
    let unfinished =
        tempfile::Builder::new().prefix(UNFINISHED_PREFIX).tempfile_in(folder).map_err(io_error)?;
    let mut output = GzEncoder::new(BufWriter::new(unfinished.as_file()), Compression::default());
    let written = snapshot::write(&mut conn, names, &mut output).await;
    let manifest = match written {
        Ok(manifest) => manifest,
        Err(SnapshotError::Database(error)) => return Err(error),
        Err(SnapshotError::Io(error)) => return Err(io_error(error)),
    };
    let mut output = output.finish().map_err(io_error)?;
    output.flush().map_err(io_error)?;
    drop(output);
    unfinished.as_file().sync_all().map_err(io_error)?;
    conn.disconnect().await?;
    // A backup is only good if it can be read.
    if verify(unfinished.path()).await? != manifest {
        return Err(cannot_write(folder, "the file differs from the data written"));
    }
    Ok((unfinished, manifest))
}

fn finish(unfinished: NamedTempFile, file: &Path, manifest: Manifest) -> Result<Written, Error> {
    let io_error = |error: io::Error| cannot_write(file, &error.to_string());
    let bytes = unfinished.as_file().metadata().map_err(io_error)?.len();
    unfinished.persist_noclobber(file).map_err(|error| io_error(error.error))?;
    // Sync the folder, so that the name is on disk too.
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error)?;
    }
    Ok(Written { file: file.to_owned(), bytes, manifest, deleted: Vec::new() })
}

/// Deletes dated backups older than `keep`, and the unfinished files of killed backups.
fn delete_old(folder: &Path, newest: &Path, keep: Duration) -> io::Result<Vec<PathBuf>> {
    let is_older = |file: &Path, age: Duration| -> io::Result<bool> {
        let written = fs::metadata(file)?.modified()?;
        Ok(SystemTime::now().duration_since(written).is_ok_and(|found| found > age))
    };
    let mut deleted = Vec::new();
    for file in dated_files(folder)? {
        if file != newest && is_older(&file, keep)? {
            fs::remove_file(&file)?;
            deleted.push(file);
        }
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED_PREFIX);
        if is_unfinished && is_older(&entry.path(), UNFINISHED_AGE)? {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(deleted)
}

fn dated_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            files.push(entry.path());
        }
    }
    Ok(files)
}

fn cannot_write(file: &Path, reason: &str) -> Error {
    Error::BackupIo { action: "write", file: file.to_owned(), reason: reason.to_owned() }
}

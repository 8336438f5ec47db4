//! Temporary folders, with errors that name the place.

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Creates a temporary folder, which is deleted when dropped.
///
/// # Errors
/// If it cannot be created; the message names the folder.
pub fn folder() -> Result<TempDir> {
    tempfile::tempdir().with_context(advice)
}

fn advice() -> String {
    format!(
        "cannot create temporary folders in {}; set TMPDIR to a folder that exists and is writable",
        std::env::temp_dir().display()
    )
}

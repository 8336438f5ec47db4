//! The project's location.

use std::path::PathBuf;

/// The project's folder, which contains `spin.toml`.
pub fn project() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or(xtask.clone(), PathBuf::from)
}

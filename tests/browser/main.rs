//! The pages in a browser, as a patron, a librarian and a stranger use them.

mod chromium;
mod inspection;
mod keyboard;
mod librarian;
mod looks;
mod patron;
mod stranger;
mod visitor;

use std::{fs, path::PathBuf};

use tests::project;

/// Where pictures and what helps after a failure go; `cargo xtask test` empties it first.
fn artefacts() -> PathBuf {
    let folder = project().join("target/test-artefacts/browser");
    fs::create_dir_all(&folder).expect("a folder for artefacts");
    folder
}

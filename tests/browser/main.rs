//! The pages in a browser: a patron, a librarian, and an anonymous visitor.

mod chromium;
mod inspection;
mod keyboard;
mod librarian;
mod librarian_books;
mod librarian_patrons;
mod looks;
mod media;
mod patron;
mod pictures;
mod stranger;
mod visitor;
mod work;

use std::{fs, path::PathBuf};

use tests::project;

/// The folder for pictures and for the last page of a failed test. `cargo xtask test` empties it first.
fn artifacts() -> PathBuf {
    let folder = project().join("target/test-artifacts/browser");
    fs::create_dir_all(&folder).expect("a folder for artifacts");
    folder
}

//! Backups: a consistent snapshot of all of the library's schemas, in one compressed file with checksums.

mod file;
mod format;
mod reader;
mod snapshot;

pub use file::{Written, newest, summarize, write_file, write_to_folder};
pub use format::{Header, Manifest, TableSummary};
pub use reader::verify;

pub(crate) use format::Table;
pub(crate) use reader::{Item, Reader};

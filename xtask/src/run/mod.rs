//! Runs the app: `cargo xtask up`, and the runtimes behind it.

mod dotenv;
mod listen;
mod log;
mod replicas;
mod runtime;
mod up;
mod viewer;

pub use listen::free_address;
pub use log::LogFormat;
pub use runtime::{App, Runtime, RuntimeChoice};
pub use up::{UpArgs, up};

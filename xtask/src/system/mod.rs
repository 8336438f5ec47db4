//! Other programs on this machine: finding, installing and running them, and signals.

pub mod environment;
pub mod install;
pub mod process;
pub mod programs;
pub mod shell;
pub mod signals;
pub mod spin;
pub mod temporary;

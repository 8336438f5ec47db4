//! Runs other programs to their end, and ends them when this process is asked to stop.

use std::{
    collections::BTreeSet,
    io,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use super::{environment, signals};

/// The process groups of the programs that are running now.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `command`, without input, and waits for it.
///
/// # Errors
/// If the program cannot be started or fails; the message contains the command line.
pub fn run(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let status = Program::start(command.stdin(Stdio::null()))
        .with_context(|| format!("cannot start `{line}`"))?
        .wait()?;
    if signals::is_stop_requested() {
        bail!("stopped while `{line}` was running");
    }
    if !status.success() {
        bail!("`{line}` failed ({status}); see its output above");
    }
    Ok(())
}

/// A running program in a process group of its own. Dropping this ends the group; so does a request to stop.
pub struct Program {
    /// The process
    pub child: Child,
    group: i32,
}

impl Program {
    /// Starts `command` without the secrets in our environment.
    ///
    /// # Errors
    /// If it cannot be started, or this process was asked to stop.
    pub fn start(command: &mut Command) -> io::Result<Program> {
        // Held during the start, so that a signal either finds the group or comes before it.
        let mut running = running();
        if signals::is_stop_requested() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped by a signal"));
        }
        environment::remove_secrets(command);
        let child = command.process_group(0).spawn()?;
        let group = child.id().cast_signed();
        running.insert(group);
        Ok(Program { child, group })
    }

    /// Waits for the program to end.
    ///
    /// # Errors
    /// If the system cannot report it.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            end(self.group);
            self.child.wait().ok();
        }
        running().remove(&self.group);
    }
}

/// Ends all programs that are running.
pub fn end_all() {
    running().iter().copied().for_each(end);
}

fn end(group: i32) {
    killpg(Pid::from_raw(group), Signal::SIGTERM).ok();
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

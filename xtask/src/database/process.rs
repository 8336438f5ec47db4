//! Finds the process that uses a server's data files, and sends signals to it.

use std::{
    fs::{self, File},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use anyhow::{Context, Result};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
    libc,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// The process that uses the data `files`, if there is one: the one that holds InnoDB's lock, or, while it is starting,
/// the `recorded` one. Unlike a recorded process id, which the system may reuse, the lock can't belong to another
/// program.
pub fn using(files: &Path, recorded: Option<u32>) -> Option<Pid> {
    lock_holder(&files.join("ibdata1")).or_else(|| {
        let pid = Pid::from_raw(i32::try_from(recorded?).ok()?);
        (is_alive(pid) && names_folder(pid, files)).then_some(pid)
    })
}

/// Whether the process is running. A zombie is not.
pub fn is_alive(pid: Pid) -> bool {
    let is_zombie = state(pid) == Some('Z');
    kill(pid, None) != Err(Errno::ESRCH) && !is_zombie
}

/// Whether the process is stopped by SIGSTOP. Always false where there is no /proc.
pub fn is_frozen(pid: Pid) -> bool {
    state(pid) == Some('T')
}

/// Sends `signal` to the process.
///
/// # Errors
/// If the system refuses.
pub fn send(pid: Pid, signal: Signal) -> Result<()> {
    kill(pid, signal).with_context(|| format!("cannot send {signal} to the database (pid {pid})"))
}

/// The state letter in `/proc/<pid>/stat`.
fn state(pid: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether the command line of the process contains the folder. True where there is no /proc.
fn names_folder(pid: Pid, folder: &Path) -> bool {
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return true };
    let folder = folder.as_os_str().as_bytes();
    line.split(|byte| *byte == 0).any(|word| word.ends_with(folder))
}

fn lock_holder(file: &Path) -> Option<Pid> {
    let file = File::open(file).ok()?;
    let mut lock = libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).ok()?,
        l_whence: i16::try_from(libc::SEEK_SET).ok()?,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_GETLK(&mut lock)).ok()?;
    (i32::from(lock.l_type) != libc::F_UNLCK && lock.l_pid > 0).then(|| Pid::from_raw(lock.l_pid))
}

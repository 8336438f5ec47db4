//! The resources of a process, from /proc.

use std::{fmt, fs};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Memory and file descriptors at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    memory_kib: u64,
    files: usize,
}

impl Usage {
    /// Of the process now.
    pub fn of(pid: u32) -> Usage {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).expect("its files").count();
        Usage { memory_kib: kib(pid, "VmRSS:"), files }
    }

    /// Fails if memory grew by more than a quarter, or files by more than the pools may open.
    pub fn assert_no_more_than(&self, before: &Usage) {
        let memory = before.memory_kib + before.memory_kib / 4;
        assert!(self.memory_kib <= memory, "memory grows: {before}, then {self}");
        assert!(self.files <= before.files + 64, "files stay open: {before}, then {self}");
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB and {} files", self.memory_kib / 1024, self.files)
    }
}

/// The most memory that the process used since [`forget_peak`], in KiB.
pub fn peak_kib(pid: u32) -> u64 {
    kib(pid, "VmHWM:")
}

/// Begins to measure the peak of the memory again.
pub fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("a process of ours");
}

fn kib(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a running process");
    let value = status.lines().find_map(|line| line.strip_prefix(name));
    let value = value.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    value.expect("its memory")
}

/// Lets this process open as many files as the system allows: each client has a connection.
pub fn raise_file_limit() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit of open files");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("a higher limit of open files");
    assert!(most >= 4096, "the clients need 4096 open files, and the hard limit is {most}");
}

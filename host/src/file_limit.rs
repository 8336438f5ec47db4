//! The number of files the process may open, which limits its connections.
use nix::{
    errno::Errno,
    sys::resource::{Resource, getrlimit, setrlimit},
};

/// Files that are not client connections: MySQL sessions, calls to external servers, logs.
const RESERVED: u64 = 512;

/// The largest soft limit that macOS accepts, whatever the hard limit: `OPEN_MAX`.
const OPEN_MAX: u64 = 10_240;

/// Raises the soft limit to the hard limit. Returns the number of connections that fit, at most `wanted`.
pub fn raise_for_connections(wanted: usize) -> u32 {
    let set = |soft, hard| setrlimit(Resource::RLIMIT_NOFILE, soft, hard);
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map(|(soft, hard)| raise(soft, hard, set));
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    match limit {
        Ok(limit) => wanted.min(connections(limit)),
        Err(_) => wanted,
    }
}

/// Raises the limit from `soft` with `set`, and returns the one in force.
fn raise(soft: u64, hard: u64, set: impl Fn(u64, u64) -> nix::Result<()>) -> u64 {
    match set(hard, hard) {
        Ok(()) => hard,
        Err(Errno::EINVAL) if soft < hard.min(OPEN_MAX) => {
            let limit = hard.min(OPEN_MAX);
            set(limit, hard).map_or(soft, |()| limit)
        }
        Err(_) => soft,
    }
}

/// The number of connections that fit in `limit` files.
fn connections(limit: u64) -> u32 {
    let connections = limit.saturating_sub(RESERVED).max(limit / 2).max(1);
    u32::try_from(connections).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_with_a_lower_maximum_gets_that() {
        let mac = |soft, _| if soft > OPEN_MAX { Err(Errno::EINVAL) } else { Ok(()) };
        assert_eq!(raise(256, u64::MAX, mac), OPEN_MAX);
        assert_eq!(raise(256, 4096, mac), 4096);
        assert_eq!(raise(20_000, u64::MAX, mac), 20_000, "it is not lowered");
        assert_eq!(raise(1024, 1_048_576, |_, _| Ok(())), 1_048_576);
        assert_eq!(raise(1024, 4096, |_, _| Err(Errno::EPERM)), 1024);
        assert_eq!(raise(1024, 4096, |_, _| Err(Errno::EINVAL)), 1024);
    }

    #[test]
    fn connections_leave_files_for_other_purposes() {
        assert_eq!(connections(20_000), 19_488);
        assert_eq!(connections(1024), 512);
        assert_eq!(connections(256), 128);
        assert_eq!(connections(u64::MAX), u32::MAX);
    }
}

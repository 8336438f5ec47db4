//! The cost of requests: processor time and memory of processes, and statements in the database.

use std::{
    fs,
    io::{self, BufRead, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use mysql_async::{Conn, prelude::Queryable};
use tests::TestDatabase;

/// Linux counts processor time in ticks of 10 ms (`USER_HZ`, proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// The processor time of the process in seconds, including threads and children that have ended.
///
/// # Errors
/// If the process does not exist.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("can't read {path}"))?;
    // The second field is the program's name in parentheses, which may contain spaces.
    let fields = stat.rsplit_once(") ").context("an unknown format of /proc")?.1;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>();
    Ok(ticks? / TICKS_PER_SECOND)
}

/// `pid` and all its descendants.
pub fn with_descendants(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(parent) = found.get(at) {
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = fs::read_to_string(path).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        at += 1;
    }
    found
}

/// Resident memory of the process, in MiB.
///
/// # Errors
/// If the process does not exist.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("can't read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()).unwrap_or("0").parse()?;
    Ok(kib / 1024.0)
}

/// The files of a log with their present sizes in bytes.
///
/// # Errors
/// If the folder can't be read.
pub fn log_sizes(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let sizes = fs::read_dir(folder)?.map(|entry| {
        let entry = entry?;
        Ok((entry.path(), entry.metadata()?.len()))
    });
    sizes.collect()
}

/// The calls to other services that the components have logged since [`log_sizes`].
///
/// # Errors
/// If a file can't be read.
pub fn calls_since(sizes: &[(PathBuf, u64)]) -> Result<u64> {
    let mut calls = 0;
    for (path, size) in sizes {
        let mut file = fs::File::open(path)?;
        file.seek(SeekFrom::Start(*size))?;
        let lines = io::BufReader::new(file).lines();
        calls += lines
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok())
            .filter_map(|line| line["calls"].as_u64())
            .sum::<u64>();
    }
    Ok(calls)
}

/// The server's counters since its start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statements {
    /// Statements executed.
    pub executed: u64,
    /// Commands that the server answered: preparing, executing or running statements, and resetting or opening
    /// sessions.
    pub round_trips: u64,
    /// Sessions opened.
    pub sessions: u64,
}

impl Statements {
    /// Reads the server's counters. The session itself adds a few.
    ///
    /// # Errors
    /// If the server does not respond.
    pub async fn read(session: &mut Conn) -> Result<Statements> {
        let rows: Vec<(String, String)> = session
            .query(
                "SHOW GLOBAL STATUS WHERE Variable_name IN
                ('Com_stmt_prepare', 'Com_stmt_execute', 'Com_admin_commands', 'Connections', 'Questions')",
            )
            .await?;
        let count = |name: &str| {
            let found = rows.iter().find(|(row, _)| row.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.parse().ok()).unwrap_or(0_u64)
        };
        let sessions = count("Connections");
        // `Questions` counts executions and queries, but not preparations. A new session adds two commands.
        let round_trips = count("Questions") + count("Com_stmt_prepare") + 2 * sessions;
        Ok(Statements { executed: count("Com_stmt_execute"), round_trips, sessions })
    }

    /// The difference from `earlier`.
    pub fn since(self, earlier: Statements) -> Statements {
        Statements {
            executed: self.executed - earlier.executed,
            round_trips: self.round_trips - earlier.round_trips,
            sessions: self.sessions - earlier.sessions,
        }
    }
}

/// The process id of the database server, if it runs on this machine.
///
/// # Errors
/// If the server does not respond.
pub async fn server_pid(database: &TestDatabase) -> Result<Option<u32>> {
    let mut session = database.server().await;
    let path: Option<String> = session.query_first("SELECT @@pid_file").await?;
    let directory: Option<String> = session.query_first("SELECT @@datadir").await?;
    session.disconnect().await?;
    let (path, directory) = (path.unwrap_or_default(), directory.unwrap_or_default());
    let file = std::path::Path::new(&directory).join(path);
    Ok(fs::read_to_string(file).ok().and_then(|pid| pid.trim().parse().ok()))
}

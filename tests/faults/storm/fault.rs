//! The faults, and the ways in which they end.

use std::{
    thread,
    time::{Duration, Instant},
};

use mysql_async::{Conn, Opts, prelude::Queryable};
use nix::sys::signal::Signal;
use tests::{MariaDb, TestApp, wait_for};
use tokio::runtime::Handle;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9` of the database, which then starts again.
    DatabaseKilled,
    /// The database is frozen by SIGSTOP; its connections stay open.
    DatabaseStopped,
    /// The database runs for only a tenth of the time, so that each statement is slow.
    DatabaseSlow,
    /// The services' sessions end again and again.
    ConnectionsCut,
    /// The database accepts no changes, as during a failover.
    ReadOnly,
    /// The database has no space left.
    DiskFull,
    /// Another session holds locks on all loans.
    Locked,
    /// `kill -9` of the app, which then starts again.
    AppKilled,
    /// The app is frozen by SIGSTOP.
    AppStopped,
}

impl Fault {
    pub const ALL: [Fault; 9] = [
        Fault::DatabaseKilled,
        Fault::DatabaseStopped,
        Fault::DatabaseSlow,
        Fault::ConnectionsCut,
        Fault::ReadOnly,
        Fault::DiskFull,
        Fault::Locked,
        Fault::AppKilled,
        Fault::AppStopped,
    ];

    /// Makes it happen, waits until the clients have `met` it, and ends it. Gives the moment of its end.
    pub fn strike(self, server: &mut MariaDb, app: &mut TestApp, met: impl FnOnce()) -> Instant {
        let url = server.admin_url();
        match self {
            Fault::DatabaseKilled => {
                server.kill();
                met();
                assert_health(app, &["cannot be reached"]);
                server.restart();
            }
            Fault::DatabaseStopped => {
                server.signal(Signal::SIGSTOP);
                met();
                server.signal(Signal::SIGCONT);
            }
            Fault::DatabaseSlow => {
                for _ in 0..20 {
                    server.signal(Signal::SIGSTOP);
                    thread::sleep(Duration::from_millis(180));
                    server.signal(Signal::SIGCONT);
                    thread::sleep(Duration::from_millis(20));
                }
            }
            Fault::ConnectionsCut => {
                for _ in 0..20 {
                    run(&url, kill_sessions);
                    thread::sleep(Duration::from_millis(20));
                }
            }
            Fault::ReadOnly => {
                run(&url, async |session| session.query_drop("SET GLOBAL read_only = 1").await);
                met();
                assert_health(app, &["accepts no changes"]);
                run(&url, async |session| session.query_drop("SET GLOBAL read_only = 0").await);
            }
            Fault::DiskFull => {
                let more_space = more_space(&url);
                run(&url, fill);
                met();
                // MariaDB ends itself if a rollback finds no space.
                assert_health(app, &["no space left", "cannot be reached"]);
                // Deleting needs space too, so the database gets more.
                server.kill();
                server.restart_with(&more_space);
            }
            Fault::Locked => {
                let loans = app.database.library.names.schema(library_db::Store::Borrowing);
                run(&url, async |session| {
                    session.query_drop(format!("LOCK TABLES {loans}.loans WRITE")).await?;
                    met();
                    session.query_drop("UNLOCK TABLES").await
                });
            }
            Fault::AppKilled => app.kill_and_restart(),
            Fault::AppStopped => {
                for signal in [Signal::SIGSTOP, Signal::SIGCONT] {
                    for pid in app.pids() {
                        let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
                        nix::sys::signal::kill(pid, signal).expect("a signal");
                    }
                    thread::sleep(Duration::from_secs(2));
                }
            }
        }
        Instant::now()
    }
}

/// Waits until the app is not healthy for one of the causes.
fn assert_health(app: &TestApp, causes: &[&str]) {
    wait_for(&format!("a health check with {causes:?}"), || {
        let health = app.get("/borrowdb/healthz");
        let says_why = causes.iter().any(|cause| health.detail().contains(cause));
        health.status == 503 && says_why && app.get("/borrow/healthz").status == 503
    });
}

fn run(url: &str, work: impl AsyncFnOnce(&mut Conn) -> mysql_async::Result<()>) {
    Handle::current().block_on(async {
        let options = Opts::from_url(url).expect("its URL");
        let mut session = Conn::new(options).await.expect("an administrator's session");
        work(&mut session).await.expect("a statement");
        session.disconnect().await.ok();
    });
}

async fn kill_sessions(session: &mut Conn) -> mysql_async::Result<()> {
    let select = "SELECT id FROM information_schema.processlist WHERE user REGEXP '^(catalog|patrons|borrowing)_t'";
    for id in session.query::<u64, _>(select).await? {
        // It may have ended meanwhile.
        session.query_drop(format!("KILL {id}")).await.ok();
    }
    Ok(())
}

/// The option for a tablespace that may grow by 64 MiB more.
fn more_space(url: &str) -> String {
    let mut files = String::new();
    run(url, async |session| {
        let setting = session.query_first("SELECT @@innodb_data_file_path").await?;
        files = setting.expect("a setting");
        Ok(())
    });
    let (files, limit) = files.rsplit_once(':').expect("a limit");
    let limit: u32 = limit.trim_end_matches('M').parse().expect("MiB");
    format!("--innodb-data-file-path={files}:{}M", limit + 64)
}

/// Fills the tablespace.
async fn fill(session: &mut Conn) -> mysql_async::Result<()> {
    session.query_drop("CREATE DATABASE IF NOT EXISTS ballast").await?;
    let columns = "id INT AUTO_INCREMENT PRIMARY KEY, data LONGBLOB";
    session.query_drop(format!("CREATE TABLE IF NOT EXISTS ballast.rows ({columns})")).await?;
    for size in [1 << 20, 1 << 14, 1 << 10] {
        let insert = format!("INSERT INTO ballast.rows (data) VALUES (REPEAT('x', {size}))");
        // Until error 1114, the table is full.
        while session.query_drop(&insert).await.is_ok() {}
    }
    Ok(())
}

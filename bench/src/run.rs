//! Starts the programs, measures them, and stops them.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use mysql_async::Conn;
use serde_json::json;
use tests::{Client, TestApp, TestDatabase, free_port, project};

use crate::{
    data::{self, Size},
    meter::{self, Statements},
    report::{self, Empty, Figures, Native, RouteFigures},
    routes::{Route, routes},
    wrk::{self, Drive, Requests},
};

/// The size for the table: the demo catalog, with enough patrons for 16 connections.
const DEMO: Size = Size { books: 20, patrons: 10_000, loans: 0, copies: PLENTY };

/// Enough copies that a measured request is a loan and not a refusal.
const PLENTY: u32 = 9999;

/// Measures every route once with the demo catalog, and the native program and the empty component for comparison.
///
/// # Errors
/// If something cannot be started, or a request fails.
pub async fn once(drive: Drive) -> Result<Figures> {
    let database = filled(DEMO).await?;
    let mut figures = measure(&database, DEMO, drive).await?;
    let native = Process::start("library-floor", &floor_environment(&database))?;
    for route in &mut figures.routes {
        let all = routes("", DEMO.books, DEMO.patrons);
        let Some(known) = all.iter().find(|known| known.name == route.name && known.has_floor)
        else {
            continue;
        };
        eprintln!("native program: {}", route.name);
        route.native = Some(native.measure(known.target, &known.requests, drive).await?);
    }
    eprintln!("nothing");
    let without = native.measure("/", &Requests::get(), drive).await?;
    drop(native);
    let empty = Process::start_empty_component()?;
    let component = empty.measure("/", &Requests::get(), drive).await?;
    figures.empty = Some(Empty {
        component: component.rate,
        component_cpu: component.cpu,
        native: without.rate,
    });
    figures.print();
    Ok(figures)
}

/// Measures every route with one client at growing sizes.
///
/// # Errors
/// See [`once`].
pub async fn scale(most: u64, drive: Drive) -> Result<Vec<Figures>> {
    let drive = Drive { connections: 1, ..drive };
    let mut runs = Vec::new();
    for books in [20, 10_000, most] {
        let size = Size {
            books,
            patrons: 10_000,
            loans: if books == 20 { 0 } else { books },
            copies: PLENTY,
        };
        let started = Instant::now();
        let database = filled(size).await?;
        eprintln!("{books} books: filled in {:.0} s", started.elapsed().as_secs_f64());
        let figures = measure(&database, size, drive).await?;
        figures.print();
        runs.push(figures);
    }
    report::print_growth(&runs);
    Ok(runs)
}

/// A new library with this much in it.
///
/// # Errors
/// When the server refuses a statement.
pub async fn filled(size: Size) -> Result<Arc<TestDatabase>> {
    let database = TestDatabase::with_librarian().await;
    data::fill(&database, size).await?;
    Ok(Arc::new(database))
}

async fn measure(database: &Arc<TestDatabase>, size: Size, drive: Drive) -> Result<Figures> {
    let started = Instant::now();
    let app = TestApp::start_on(Arc::clone(database), &[]);
    let first = app.get("/catdb/7");
    ensure!(first.status == 200, "the first answer is {first:?}");
    let start_ms = started.elapsed().as_secs_f64() * 1e3;
    let pids: Vec<u32> = app.pids().into_iter().flat_map(meter::with_descendants).collect();
    let resident = || pids.iter().filter_map(|pid| meter::resident_mib(*pid).ok()).sum::<f64>();
    let idle_mib = resident();
    let database_pid = meter::server_pid(database).await?;
    let mut counters = database.server().await;
    let session = log_in(&app);

    let mut figures = Figures {
        data: size,
        start_ms,
        idle_mib,
        loaded_mib: 0.0,
        empty: None,
        components: component_sizes()?,
        routes: Vec::new(),
    };
    for route in routes(&session, size.books.min(9999), size.patrons) {
        // A list of all rows grows by contract, so it is not measured in a large library.
        if route.is_whole_list && size.books > 10_000 {
            continue;
        }
        eprintln!("{} books: {}", size.books, route.name);
        figures.routes.push(one(&app, &route, drive, &pids, database_pid, &mut counters).await?);
    }
    let many = Drive { connections: 64, seconds: 3 };
    let url = format!("{}/", app.origin());
    let load = tokio::spawn(async move { wrk::run(&url, &Requests::get(), many).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    figures.loaded_mib = resident();
    load.await??;
    Ok(figures)
}

async fn one(
    app: &TestApp,
    route: &Route,
    drive: Drive,
    pids: &[u32],
    database_pid: Option<u32>,
    counters: &mut Conn,
) -> Result<RouteFigures> {
    let url = format!("{}{}", app.origin(), route.target);
    // Warm up, so that one-time costs such as preparing statements and filling caches are not measured.
    let logged = meter::log_sizes(app.logs())?;
    let warm_up = wrk::run(&url, &route.requests, Drive { seconds: 1, ..drive }).await?;
    let calls = meter::calls_since(&logged)? as f64 / warm_up.requests.max(1) as f64;
    let cpu = |pids: &[u32]| pids.iter().map(|pid| meter::cpu_seconds(*pid)).sum::<Result<f64>>();
    let (app_before, counted_before) = (cpu(pids)?, Statements::read(counters).await?);
    let database_before = database_pid.map(meter::cpu_seconds).transpose()?;
    let measured = wrk::run(&url, &route.requests, drive).await?;
    let app_seconds = cpu(pids)? - app_before;
    let database_seconds = database_pid.map(meter::cpu_seconds).transpose()?.zip(database_before);
    let counted = Statements::read(counters).await?.since(counted_before);
    let database_seconds = database_seconds.map(|(after, before)| after - before);
    Ok(RouteFigures::new(route.name, measured, app_seconds, database_seconds, counted, calls))
}

/// A session of the demo patron Pete Dymond.
fn log_in(client: &Client) -> String {
    let body = json!({ "login": { "first_name": "Pete", "last_name": "Dymond", "number": "BUFFALOBILL1" } });
    let answer = client.send_json("POST", "/patdb/sessions", &body);
    answer.json()["session"].as_str().unwrap_or_default().to_owned()
}

fn component_sizes() -> Result<Vec<(String, u64)>> {
    let folder = project().join("target/wasm32-wasip2/release");
    let size = |name: &str| {
        let path = folder.join(format!("{name}.wasm"));
        let found =
            std::fs::metadata(&path).with_context(|| format!("can't read {}", path.display()))?;
        Ok((name.to_owned(), found.len()))
    };
    ["frontend", "catalog", "patrons", "borrowing", "lending"].into_iter().map(size).collect()
}

fn floor_environment(database: &TestDatabase) -> Vec<(String, String)> {
    let (host, port) = database.address();
    let url = |store: library_db::Store| {
        let library = &database.library;
        let mut url =
            url::Url::parse(&format!("mysql://{host}:{port}/{}", library.names.schema(store)))?;
        url.set_username(&library.names.user(store)).ok();
        url.set_password(Some(library.passwords.of(store))).ok();
        Ok::<_, url::ParseError>(url.to_string())
    };
    library_db::Store::ALL
        .into_iter()
        .filter_map(|store| {
            Some((format!("FLOOR_{}", store.service().to_uppercase()), url(store).ok()?))
        })
        .collect()
}

/// A program of this project that listens on a free port. It is stopped when this is dropped.
struct Process {
    child: Child,
    origin: String,
    _folder: Option<tempfile::TempDir>,
}

impl Process {
    fn start(name: &str, environment: &[(String, String)]) -> Result<Process> {
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(project().join("target/runtime").join(name));
        command.arg(&address).envs(environment.iter().map(|(name, value)| (name, value)));
        Process::spawn(command, &address, None)
    }

    fn start_empty_component() -> Result<Process> {
        let folder = tempfile::tempdir()?;
        let wasm = project().join("target/wasm32-wasip2/release/fixture_empty.wasm");
        let manifest = format!(
            "spin_manifest_version = 2\n[application]\nname = \"empty\"\nversion = \"1.0.0\"\n\
             [[trigger.http]]\nroute = \"/...\"\ncomponent = \"empty\"\n[component.empty]\nsource = {wasm:?}\n"
        );
        std::fs::write(folder.path().join("spin.toml"), manifest)?;
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = tests::runtime();
        command.current_dir(folder.path()).args(["--from", "spin.toml", "--listen", &address]);
        Process::spawn(command, &address, Some(folder))
    }

    /// Measures one route of the program.
    async fn measure(&self, target: &str, requests: &Requests, drive: Drive) -> Result<Native> {
        let url = format!("{}{target}", self.origin);
        wrk::run(&url, requests, Drive { seconds: 1, ..drive }).await?;
        let before = meter::cpu_seconds(self.child.id())?;
        let measured = wrk::run(&url, requests, drive).await?;
        let seconds = meter::cpu_seconds(self.child.id())? - before;
        Ok(Native { rate: measured.rate(), cpu: seconds * 1e6 / measured.requests.max(1) as f64 })
    }

    fn spawn(
        mut command: Command,
        address: &str,
        folder: Option<tempfile::TempDir>,
    ) -> Result<Process> {
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        // Without the environment, which has passwords.
        let child =
            child.with_context(|| format!("can't start {}", command.get_program().display()))?;
        let process = Process { child, origin: format!("http://{address}"), _folder: folder };
        let patience = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(address).is_err() {
            ensure!(Instant::now() < patience, "nothing listens on {address}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

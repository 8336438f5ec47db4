//! `cargo xtask test`: the rings, from the quickest to the widest, each on a database and ports of its own.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tempfile::TempDir;

use crate::{
    browser,
    build::{self, cargo_command, run},
    check,
    data::DataFolder,
    database::{Owner, Server, Way},
    install, kubernetes,
    progress::say,
    runtime::{Runtime, RuntimeChoice},
    signals::StopSignal,
};

/// Options of `cargo xtask test`.
#[derive(Args)]
pub struct TestArgs {
    /// Which rings; all of them when none is named
    #[arg(value_enum)]
    rings: Vec<Ring>,
    /// What runs the components: `embedded` or `spin`
    #[arg(long, value_enum, default_value = "embedded")]
    runtime: RuntimeChoice,
    /// Test against this server instead of one of our own: an administrator's URL; the tests make schemas
    /// and users there, with names of their own, and drop them
    #[arg(long, value_name = "URL", env = "LIBRARY_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// A ring of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ring {
    /// Formatting, lints, documentation, dependencies
    Check,
    /// What needs neither a database nor a runtime
    Unit,
    /// The embedded runtime against what Spin documents, with small guests
    Host,
    /// The manifests in k8s-spinkube/, rendered, against schemas and rules; no cluster
    K8s,
    /// Schema, constraints and users in a real database
    Store,
    /// The REST contract and the pages over HTTP on the running app
    Rest,
    /// The same once more, each component in pods of its own that call each other over the network
    Pods,
    /// The rules of lending under parallel load
    Races,
    /// A database that dies, starts that can't work
    Faults,
    /// The pages in Chromium
    Browser,
}

impl Ring {
    /// What `cargo test --workspace` is to run; nothing for the ring that is no cargo test. Always the whole
    /// workspace, because with fewer packages cargo would compile their dependencies anew.
    fn targets(self) -> Result<Vec<String>> {
        let named = |names: &[&str]| names.iter().map(|name| format!("--test={name}")).collect();
        Ok(match self {
            Ring::Check => Vec::new(),
            Ring::Unit => vec!["--lib".to_owned(), "--bins".to_owned()],
            Ring::Host => build::integration_tests("host")?,
            Ring::K8s => named(&["k8s"]),
            Ring::Store => named(&["store"]),
            Ring::Rest | Ring::Pods => named(&["rest"]),
            Ring::Races => named(&["races"]),
            Ring::Faults => named(&["faults"]),
            Ring::Browser => named(&["browser"]),
        })
    }

    /// How the app is put together in it.
    fn shape(self) -> &'static str {
        match self {
            Ring::Pods => "five-pods",
            _ => "one-process",
        }
    }

    fn needs_database(self) -> bool {
        !matches!(self, Ring::Check | Ring::Unit | Ring::K8s)
    }

    fn needs_components(self) -> bool {
        !matches!(self, Ring::Check | Ring::Unit | Ring::K8s | Ring::Store)
    }
}

/// Programs that tests run, each with the variable that tells them where it is.
type Programs = Vec<(&'static str, PathBuf)>;

/// Runs the rings and reports on each in the last lines.
///
/// # Errors
/// When a ring failed.
pub async fn test(args: &TestArgs) -> Result<()> {
    let all = Ring::value_variants();
    let rings = if args.rings.is_empty() { all } else { args.rings.as_slice() };
    let runtime = args.runtime.decide()?;
    if rings.iter().any(|ring| ring.needs_components()) {
        build::components()?;
        build::fixtures()?;
        build::host()?;
    }
    if rings.contains(&Ring::Rest) || rings.contains(&Ring::Pods) {
        let why = "the examples of docs/API.md are run with curl";
        install::find_or_install(&["curl"], "curl", why)?;
    }
    let mut programs = Programs::new();
    if rings.contains(&Ring::Store) {
        programs.push(("LIBRARY_TEST_LOADER", build::loader()?));
    }
    if rings.contains(&Ring::K8s) {
        programs.push(("LIBRARY_TEST_KUBECTL", kubernetes::kubectl()?));
        programs.push(("LIBRARY_TEST_KUBERNETES_VALIDATE", kubernetes::validate()?));
    }
    if rings.contains(&Ring::Browser) {
        programs.push(("LIBRARY_TEST_CHROMIUM", browser::prepare()?));
    }
    let database = if rings.iter().any(|ring| ring.needs_database()) {
        Some(TestDatabase::open(args.database_url.as_deref()).await?)
    } else {
        None
    };
    let mut stop = StopSignal::install()?;

    let mut report = Vec::new();
    let mut failed = false;
    for ring in all {
        if !rings.contains(ring) {
            report.push(format!("{ring:?}: not asked for"));
            continue;
        }
        say(&format!("\nring {ring:?}"));
        let started = Instant::now();
        let outcome = run_ring(*ring, runtime, database.as_ref(), &programs);
        let seconds = started.elapsed().as_secs();
        report.push(match &outcome {
            Ok(()) => format!("{ring:?}: passed in {seconds} s"),
            Err(error) => format!("{ring:?}: FAILED in {seconds} s: {error:#}"),
        });
        if let Err(error) = &outcome {
            say(&format!("ring {ring:?} failed: {error:#}"));
            failed = true;
        }
        if stop.has_come().await {
            report.push("stopped before the end".to_owned());
            failed = true;
            break;
        }
    }
    if let Some(database) = database {
        database.close().await?;
    }
    say(&format!("\n{}", report.join("\n")));
    if rings.contains(&Ring::Browser) {
        say(&format!("pictures of the pages: {}", browser::artefacts().display()));
    }
    if failed { bail!("not every ring passed") } else { Ok(()) }
}

fn run_ring(
    ring: Ring,
    runtime: Runtime,
    database: Option<&TestDatabase>,
    programs: &Programs,
) -> Result<()> {
    if ring == Ring::Check {
        return check::check();
    }
    let mut command = cargo_command();
    command.args(["test", "--workspace"]).args(ring.targets()?);
    if ring == Ring::Races {
        // One after the other: each race is for the whole machine.
        command.args(["--", "--test-threads=1"]);
    }
    if let Some(database) = database {
        command.env("LIBRARY_TEST_DATABASE_URL", &database.url);
    }
    command.envs(programs.iter().map(|(name, path)| (name, path)));
    let this_program = std::env::current_exe().context("can't tell where this program is")?;
    command.env("LIBRARY_TEST_XTASK", this_program);
    command.env("LIBRARY_TEST_RUNTIME", runtime.name());
    command.env("LIBRARY_TEST_SHAPE", ring.shape());
    run(&mut command)
}

/// The server that the tests make their schemas on.
struct TestDatabase {
    url: String,
    own: Option<(Server, DataFolder, TempDir)>,
}

impl TestDatabase {
    async fn open(url: Option<&str>) -> Result<TestDatabase> {
        if let Some(url) = url {
            loader::reach(url).await?;
            return Ok(TestDatabase { url: url.to_owned(), own: None });
        }
        let folder = tempfile::tempdir()?;
        let data = DataFolder::open(folder.path())?;
        let server = Way::find_local(&data)?.start(&data, Owner::Up).await?;
        Ok(TestDatabase { url: server.admin_url(), own: Some((server, data, folder)) })
    }

    async fn close(self) -> Result<()> {
        match self.own {
            Some((server, data, _folder)) => server.stop(&data).await,
            None => Ok(()),
        }
    }
}

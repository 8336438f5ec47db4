//! `cargo xtask test`: runs the suites, each on a database and ports of its own.

use std::{ffi::OsString, num::NonZero, path::PathBuf, thread, time::Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::{
    browser, check, figures::Figures, kubernetes, python, suite::Suite, test_database::TestDatabase,
};
use crate::{
    build::{self, cargo_command},
    database::find_or_install_mariadb,
    progress::say,
    run::RuntimeChoice,
    system::{install, process::run, signals, temporary},
};

/// The seed of the short form: a change is tested with the same inputs as the one before it. `--long` looks for new ones.
const SEED: u64 = 18_090_243_805_132_911_657;

/// Options of `cargo xtask test`.
#[derive(Args)]
pub struct TestArgs {
    /// The suites to run; all of them if none is named
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// The runtime for the components
    #[arg(long, value_enum, default_value = "embedded")]
    runtime: RuntimeChoice,
    /// Test against this server instead of starting one: the URL of an administrator; the tests create schemas
    /// and users with unique names there, and drop them
    #[arg(long, value_name = "URL", env = "LIBRARY_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Run the long forms of access, browser, faults, fuzz, load, pods and races; together they take about an hour
    #[arg(long)]
    long: bool,
    /// The seed of generated inputs, to repeat a failure [default: always the same, or with --long a random one]
    #[arg(long)]
    seed: Option<u64>,
}

/// Inputs for each property in the short form of the suite fuzz, and in the long one.
const SHORT_CASES: u32 = 2_000;
const LONG_CASES: u32 = 100_000;

/// Environment variables for the tests.
type Settings = Vec<(&'static str, OsString)>;

/// Programs that tests run, each with the environment variable that gives its path.
type Programs = Vec<(&'static str, PathBuf)>;

/// Runs the suites and prints a summary with a line for each.
///
/// # Errors
/// If a suite fails.
pub async fn test(args: &TestArgs) -> Result<()> {
    let all = Suite::value_variants();
    let suites = if args.suites.is_empty() { all } else { args.suites.as_slice() };
    let runtime = args.runtime.decide()?;
    let programs = prepare(suites)?;
    let seed = args.seed.unwrap_or_else(|| if args.long { rand::random() } else { SEED });
    if suites.contains(&Suite::Fuzz) {
        say(&format!("seed of generated inputs: {seed} (repeat with --seed {seed})"));
    }
    let database = if suites.iter().any(|suite| suite.needs_database()) {
        Some(TestDatabase::open(args.database_url.as_deref()).await?)
    } else {
        None
    };

    let mut report = Vec::new();
    let mut failed = false;
    for suite in all {
        if !suites.contains(suite) {
            report.push(format!("{suite:?}: not selected"));
            continue;
        }
        say(&format!("\nsuite {suite:?}"));
        let started = Instant::now();
        let folder = temporary::folder()?;
        let figures = folder.path().join("figures");
        let is_long = args.long && suite.has_long_form();
        let mut settings: Settings = vec![
            ("LIBRARY_TEST_FIGURES", figures.clone().into_os_string()),
            ("LIBRARY_TEST_LONG", is_long.to_string().into()),
            ("LIBRARY_TEST_RUNTIME", runtime.name().into()),
            ("LIBRARY_TEST_SEED", seed.to_string().into()),
        ];
        if *suite == Suite::Fuzz {
            let cases = if is_long { LONG_CASES } else { SHORT_CASES };
            settings.push(("PROPTEST_CASES", cases.to_string().into()));
            settings.push(("PROPTEST_RNG_SEED", seed.to_string().into()));
        }
        let outcome = run_suite((*suite, is_long), &settings, database.as_ref(), &programs);
        let seconds = started.elapsed().as_secs();
        report.push(match &outcome {
            Ok(()) => format!("{suite:?}: passed in {seconds} s"),
            Err(error) => format!("{suite:?}: FAILED in {seconds} s: {error:#}"),
        });
        report
            .extend(Figures::read(&figures).lines().into_iter().map(|line| format!("    {line}")));
        if let Err(error) = &outcome {
            say(&format!("suite {suite:?} failed: {error:#}"));
            failed = true;
        }
        if signals::is_stop_requested() {
            report.push("stopped before the end".to_owned());
            failed = true;
            break;
        }
    }
    if let Some(database) = database {
        database.close().await?;
    }
    say(&format!("\n{}", report.join("\n")));
    if suites.contains(&Suite::Browser) {
        say(&format!("screenshots of the pages: {}", browser::artifacts().display()));
    }
    if failed { bail!("not every suite passed") } else { Ok(()) }
}

/// Builds and installs what the suites need.
fn prepare(suites: &[Suite]) -> Result<Programs> {
    if suites.iter().any(|suite| suite.needs_components()) {
        build::components_and_host()?;
    }
    if suites.contains(&Suite::Host) {
        build::fixtures()?;
    }
    let run_guides = [Suite::Rest, Suite::Pods, Suite::Faults];
    if run_guides.iter().any(|suite| suites.contains(suite)) {
        let why = "the examples in docs/ need curl";
        install::find_or_install(&["curl"], "curl", why)?;
    }
    if suites.contains(&Suite::Pods) {
        build::next_version()?;
    }
    let mut programs = Programs::new();
    if suites.contains(&Suite::Store) {
        programs.push(("LIBRARY_TEST_DB", build::library_db()?));
    }
    if suites.contains(&Suite::Servers) || suites.contains(&Suite::Faults) {
        let why = "the suites servers and faults start MariaDB servers of their own";
        find_or_install_mariadb(why)?;
    }
    if suites.contains(&Suite::K8s) {
        programs.push(("LIBRARY_TEST_KUBECTL", kubernetes::kubectl()?));
        programs.push(("LIBRARY_TEST_KUBERNETES_VALIDATE", kubernetes::validate()?));
    }
    if suites.contains(&Suite::Fuzz) {
        let why = "the suite fuzz generates requests with schemathesis";
        let folder = python::install_requirements("tests/fuzz/requirements.txt", why)?;
        programs.push(("LIBRARY_TEST_SCHEMATHESIS", folder.join("schemathesis")));
    }
    if suites.contains(&Suite::Browser) {
        programs.push(("LIBRARY_TEST_CHROMIUM", browser::prepare()?));
    }
    Ok(programs)
}

/// The number of tests that run at once: two for each processor, because a test often waits for its server, its browser or
/// a timeout; but not as many servers and browsers as a large machine has processors.
fn parallel_tests() -> usize {
    (2 * thread::available_parallelism().map_or(1, NonZero::get)).min(16)
}

fn run_suite(
    (suite, is_long): (Suite, bool),
    settings: &Settings,
    database: Option<&TestDatabase>,
    programs: &Programs,
) -> Result<()> {
    if suite == Suite::Check {
        return check::check();
    }
    let this_program =
        std::env::current_exe().context("cannot determine the path of this program")?;
    for arguments in suite.cargo_arguments(is_long) {
        let mut command = cargo_command();
        command.args(["test", "--workspace", "--no-fail-fast"]).args(arguments);
        let threads = if suite.is_sequential() { 1 } else { parallel_tests() };
        command.env("RUST_TEST_THREADS", threads.to_string());
        if let Some(database) = database {
            command.env("LIBRARY_TEST_DATABASE_URL", &database.url);
        }
        command.envs(programs.iter().map(|(name, path)| (name, path)));
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        command.env("LIBRARY_TEST_XTASK", &this_program);
        command.env("LIBRARY_TEST_DEPLOYMENT", suite.deployment());
        run(&mut command)?;
    }
    Ok(())
}

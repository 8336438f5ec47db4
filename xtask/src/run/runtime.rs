//! Runs the app in Spin if its CLI is installed, otherwise in the embedded runtime. Both use the same spin.toml.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::log::LogFormat;
use crate::{
    build,
    progress::say,
    project::project,
    system::{environment, spin::Spin},
};

/// The user's choice of a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RuntimeChoice {
    /// Spin if it is on PATH, otherwise the embedded runtime
    Auto,
    /// The project's own runtime, on wasmtime
    Embedded,
    /// The Spin CLI
    Spin,
}

/// The runtime that runs the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// The project's own runtime
    Embedded,
    /// The Spin CLI
    Spin,
}

impl RuntimeChoice {
    /// The runtime to use on this machine. Prints an automatic choice.
    ///
    /// # Errors
    /// If the user chose Spin and it is not installed or too old.
    pub fn decide(self) -> Result<Runtime> {
        let spin = if self == RuntimeChoice::Embedded { None } else { Spin::find() };
        match (self, spin) {
            (RuntimeChoice::Embedded, _) => Ok(Runtime::Embedded),
            (_, Some(spin)) if spin.is_supported() => {
                say(&format!("runtime: {spin}"));
                Ok(Runtime::Spin)
            }
            (RuntimeChoice::Auto, Some(spin)) => {
                say(&format!(
                    "runtime: embedded, because the app needs Spin 3.6 or newer and PATH has {spin}"
                ));
                Ok(Runtime::Embedded)
            }
            (RuntimeChoice::Auto, None) => {
                say("runtime: embedded, because Spin is not on PATH");
                Ok(Runtime::Embedded)
            }
            (RuntimeChoice::Spin, Some(spin)) => bail!(
                "the app needs Spin 3.6 or newer, and PATH has {spin}; install a newer one \
                 (https://spinframework.dev), or use --runtime embedded"
            ),
            (RuntimeChoice::Spin, None) => bail!(
                "`spin` is not on PATH; install it (https://spinframework.dev), or use --runtime embedded"
            ),
        }
    }
}

impl Runtime {
    /// The runtime's name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Embedded => "embedded",
            Runtime::Spin => "spin",
        }
    }

    /// Builds what this runtime runs, and the runtime if it is the project's own.
    ///
    /// # Errors
    /// If a build fails.
    pub fn build(self) -> Result<()> {
        match self {
            Runtime::Embedded => build::components_and_host(),
            Runtime::Spin => build::components(),
        }
    }

    /// The runtime's program with its first arguments.
    pub fn command(self) -> Command {
        match self {
            Runtime::Embedded => Command::new(build::host_path()),
            Runtime::Spin => {
                let mut command = Command::new("spin");
                command.arg("up");
                command
            }
        }
    }
}

/// The timeout for the app's first response. Spin compiles every component at each start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The time that running requests have to finish when the app stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Prefixes of the environment variables that the runtimes read: Spin variables, and settings for logs, telemetry and
/// TLS.
const PASSED_ON: [&str; 5] = ["SPIN_", "OTEL_", "RUST_", "SSL_CERT_", "XDG_"];

/// The running app. Dropping it without [`App::stop`] kills it.
pub struct App {
    child: Child,
    /// The tasks that print its output
    output: Vec<JoinHandle<()>>,
}

impl App {
    /// Starts the app on `listen`, with `variables` in its environment, and prints its output in `format`. It may not
    /// respond yet.
    ///
    /// # Errors
    /// If the runtime's program cannot be started.
    pub fn spawn(
        runtime: Runtime,
        listen: SocketAddr,
        variables: Vec<(String, String)>,
        logs: PathBuf,
        format: LogFormat,
    ) -> Result<App> {
        let mut command = runtime.command();
        command
            .current_dir(project())
            .args(["--from", "spin.toml", "--runtime-config-file", "runtime-config.toml"])
            .args(["--listen", &listen.to_string()])
            .arg("--log-dir")
            .arg(logs)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in the terminal must reach only `up`, which stops the app before the database.
            .process_group(0)
            .kill_on_drop(true);
        environment::restrict(command.as_std_mut(), &PASSED_ON);
        let mut child = command.envs(variables).spawn().with_context(|| match runtime {
            Runtime::Embedded => {
                "the embedded runtime is not built; run without --no-build".to_owned()
            }
            Runtime::Spin => "cannot start `spin`".to_owned(),
        })?;
        let stdout = child.stdout.take().map(|stdout| tokio::spawn(format.show(stdout)));
        let stderr = child.stderr.take().map(|stderr| tokio::spawn(format.show(stderr)));
        Ok(App { child, output: stdout.into_iter().chain(stderr).collect() })
    }

    /// The app's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until the app on `listen` is healthy.
    ///
    /// # Errors
    /// If it ends first or takes too long; its output is on stderr.
    pub async fn wait_until_ready(&mut self, listen: SocketAddr) -> Result<()> {
        let (started, mut pause) = (Instant::now(), Duration::from_millis(20));
        while !is_healthy(listen).await {
            if let Some(status) = self.child.try_wait()? {
                self.finish_output().await;
                bail!("the app did not start ({status}); see the output above");
            }
            if started.elapsed() > START_TIMEOUT {
                bail!(
                    "the app did not respond on http://{listen}/borrow/healthz within {START_TIMEOUT:?}"
                );
            }
            sleep(pause).await;
            // Slow down, because each check of an unhealthy app adds lines to its log.
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        Ok(())
    }

    /// Waits until the app's process ends.
    ///
    /// # Errors
    /// If the system cannot report it.
    pub async fn wait_until_ended(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.finish_output().await;
        Ok(status)
    }

    /// Lets running requests finish, then ends the app.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            kill(Pid::from_raw(pid), Signal::SIGTERM).ok();
        }
        if timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            say("the app did not stop in time; killing it");
            self.child.kill().await?;
        }
        Ok(())
    }

    /// Prints the rest of the output of an app that has ended, so that an error message can refer to it.
    async fn finish_output(&mut self) {
        for task in self.output.drain(..) {
            // A child of the app may keep the output open.
            timeout(Duration::from_secs(1), task).await.ok();
        }
    }
}

/// Whether the health check of the app on `listen` succeeds.
async fn is_healthy(listen: SocketAddr) -> bool {
    let url = format!("http://{listen}/borrow/healthz");
    let response = tokio::task::spawn_blocking(move || {
        ureq::get(&url)
            .config()
            .timeout_global(Some(Duration::from_secs(2)))
            .proxy(None)
            .build()
            .call()
            .is_ok()
    });
    response.await.unwrap_or(false)
}

//! Runs the app: in Spin where its CLI is, else in the embedded runtime. Both read the same spin.toml.

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
    time::{sleep, timeout},
};

use crate::{build, programs, progress::say, project};

/// Which runtime is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RuntimeChoice {
    /// Spin where it is on PATH, else the embedded one
    Auto,
    /// The project's own, on wasmtime
    Embedded,
    /// The Spin CLI
    Spin,
}

/// Which runtime runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// The project's own
    Embedded,
    /// The Spin CLI
    Spin,
}

impl RuntimeChoice {
    /// The runtime to use on this machine.
    ///
    /// # Errors
    /// When Spin is asked for and is not there.
    pub fn decide(self) -> Result<Runtime> {
        match self {
            RuntimeChoice::Embedded => Ok(Runtime::Embedded),
            RuntimeChoice::Auto if !programs::has_spin() => Ok(Runtime::Embedded),
            RuntimeChoice::Auto => Ok(Runtime::Spin),
            RuntimeChoice::Spin if programs::has_spin() => Ok(Runtime::Spin),
            RuntimeChoice::Spin => bail!(
                "`spin` is not on PATH; install it (https://spinframework.dev), or use --runtime embedded"
            ),
        }
    }
}

impl Runtime {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Embedded => "embedded",
            Runtime::Spin => "spin",
        }
    }

    /// The program, with its first arguments.
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

/// How long an app may take to answer for the first time: Spin compiles every component at each start.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// How long running requests may take to finish at the end.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// The running app. Dropped without [`App::stop`], it is killed.
pub struct App {
    child: Child,
}

impl App {
    /// Starts the app on `listen`, with `variables` in its environment. It may not answer yet.
    ///
    /// # Errors
    /// When the runtime's program can't be started.
    pub fn spawn(
        runtime: Runtime,
        listen: SocketAddr,
        variables: Vec<(String, String)>,
        logs: PathBuf,
    ) -> Result<App> {
        let mut command = runtime.command();
        command
            .current_dir(project())
            .args(["--from", "spin.toml", "--runtime-config-file", "runtime-config.toml"])
            .args(["--listen", &listen.to_string()])
            .arg("--log-dir")
            .arg(logs)
            .envs(variables)
            .stdin(Stdio::null())
            // Ctrl-C on the terminal is for `up`, which stops the app before its database.
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn().with_context(|| match runtime {
            Runtime::Embedded => {
                "the embedded runtime is not built; run without --no-build".to_owned()
            }
            Runtime::Spin => "can't start `spin`".to_owned(),
        })?;
        Ok(App { child })
    }

    /// The app's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until the app on `listen` answers and reaches its database.
    ///
    /// # Errors
    /// When it ends first, or takes too long; what it said is on stderr by then.
    pub async fn answers(&mut self, listen: SocketAddr) -> Result<()> {
        let started = Instant::now();
        while !answers(listen).await {
            if let Some(status) = self.child.try_wait()? {
                bail!("the app did not start ({status}); why stands above");
            }
            if started.elapsed() > START_PATIENCE {
                bail!(
                    "the app did not answer on http://{listen}/borrow/healthz within {START_PATIENCE:?}"
                );
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Waits until the app ends by itself.
    ///
    /// # Errors
    /// When the system can't tell.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Lets running requests finish and ends the app.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            kill(Pid::from_raw(pid), Signal::SIGTERM).ok();
        }
        if timeout(STOP_PATIENCE, self.child.wait()).await.is_err() {
            say("the app does not stop; killing it");
            self.child.kill().await?;
        }
        Ok(())
    }
}

async fn answers(listen: SocketAddr) -> bool {
    let url = format!("http://{listen}/borrow/healthz");
    let asked = tokio::task::spawn_blocking(move || {
        ureq::get(&url)
            .config()
            .timeout_global(Some(Duration::from_secs(2)))
            .proxy(None)
            .build()
            .call()
            .is_ok()
    });
    asked.await.unwrap_or(false)
}

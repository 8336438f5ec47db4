//! A viewer for traces: `up --otel` runs one that is installed. It receives from the app directly, without a collector.

use std::{
    env,
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    progress::say,
    system::{environment, programs},
};

/// The address of OTLP over HTTP in every viewer.
const RECEIVER: (&str, u16) = ("localhost", 4318);

/// The time that a viewer has to start, and to end.
const START_TIMEOUT: Duration = Duration::from_secs(20);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The variable for all signals.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// An installed viewer.
pub struct Installed {
    program: PathBuf,
    kind: &'static Kind,
}

/// A program that shows traces.
struct Kind {
    name: &'static str,
    /// The address of its page
    page: &'static str,
    /// The variable that sends it what it can show, and the path behind the receiver's address
    endpoint: (&'static str, &'static str),
}

const KINDS: [Kind; 3] = [
    Kind { name: "otel-desktop-viewer", page: "http://localhost:8000", endpoint: (ENDPOINT, "") },
    // Jaeger refuses metrics.
    Kind {
        name: "jaeger",
        page: "http://localhost:16686",
        endpoint: ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces"),
    },
    Kind {
        name: "jaeger-all-in-one",
        page: "http://localhost:16686",
        endpoint: ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces"),
    },
];

impl Installed {
    /// The first viewer on PATH.
    ///
    /// # Errors
    /// If there is none, the app already exports elsewhere, or a program has taken the port; the message has the cure.
    pub fn find() -> Result<Installed> {
        if env::var_os(ENDPOINT).is_some_and(|endpoint| !endpoint.is_empty()) {
            bail!(
                "{ENDPOINT} is set, so the app exports there without a viewer; omit --otel, or unset it"
            );
        }
        let mut kinds = KINDS.iter();
        let found = kinds.find_map(|kind| Some((programs::find(kind.name)?, kind)));
        let (program, kind) = found.context(format!(
            "no viewer is on PATH; install otel-desktop-viewer (https://github.com/CtrlSpice/otel-desktop-viewer) or \
             Jaeger (https://www.jaegertracing.io/download/). To use any other OpenTelemetry collector, omit --otel and \
             set {ENDPOINT}=http://HOST:4318"
        ))?;
        if std::net::TcpStream::connect(RECEIVER).is_ok() {
            bail!(
                "another program listens on port {}; if it is an OpenTelemetry collector, omit --otel and set \
                 {ENDPOINT}=http://localhost:{}",
                RECEIVER.1,
                RECEIVER.1
            );
        }
        Ok(Installed { program, kind })
    }

    /// Starts it, with its output in the folder `logs`, and waits until it receives.
    ///
    /// # Errors
    /// If it ends first or takes too long.
    pub async fn start(self, logs: &Path) -> Result<Viewer> {
        let Installed { program, kind } = self;
        std::fs::create_dir_all(logs)?;
        let log = logs.join(format!("{}.log", kind.name));
        let output =
            File::create(&log).with_context(|| format!("can't write {}", log.display()))?;
        let mut command = Command::from(environment::command(&program));
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // It must outlive the app, whose last spans come after Ctrl-C.
            .process_group(0)
            .kill_on_drop(true);
        environment::restrict(command.as_std_mut(), &["DISPLAY", "WAYLAND_", "XDG_"]);
        let child = command.spawn();
        let child = child.with_context(|| format!("cannot start {}", program.display()))?;
        let mut viewer = Viewer { child, kind };
        let started = Instant::now();
        while TcpStream::connect(RECEIVER).await.is_err() {
            if let Some(status) = viewer.child.try_wait()? {
                bail!("{} ended ({status}); its output is in {}", kind.name, log.display());
            }
            if started.elapsed() > START_TIMEOUT {
                bail!(
                    "{} did not listen on port {} within {START_TIMEOUT:?}; its output is in {}",
                    kind.name,
                    RECEIVER.1,
                    log.display()
                );
            }
            sleep(Duration::from_millis(20)).await;
        }
        say(&format!("traces: {}", kind.page));
        Ok(viewer)
    }
}

/// A running viewer. Dropping it without [`Viewer::stop`] kills it.
pub struct Viewer {
    child: Child,
    kind: &'static Kind,
}

impl Viewer {
    /// The variables with which an app exports to it.
    pub fn variables(&self) -> Vec<(String, String)> {
        let (variable, path) = self.kind.endpoint;
        let endpoint = format!("http://{}:{}{path}", RECEIVER.0, RECEIVER.1);
        let mut variables = vec![(variable.to_owned(), endpoint)];
        // Otherwise the service is called `spin` in Spin.
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            variables.push(("OTEL_SERVICE_NAME".to_owned(), "library".to_owned()));
        }
        variables
    }

    /// Ends it.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            kill(Pid::from_raw(pid), Signal::SIGTERM).ok();
        }
        if timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

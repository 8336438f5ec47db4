//! The lab on a cluster, by kubectl: every command is shown, so that one can type it oneself.
//!
//! The names are those of k8s-spinkube/base. The volume is really deleted, so the backup outlives the lab.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use loader::{Library, Names, Passwords, Pin};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};
use url::Url;

use super::{Place, Reach, door::Door, walk};
use crate::{programs, progress::say, project};

/// How long a tunnel into the cluster may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where on the cluster the lab is.
#[derive(Args)]
pub struct ClusterArgs {
    /// kubectl's context, where it is not the current one
    #[arg(long, value_name = "NAME", requires = "cluster")]
    context: Option<String>,
    /// The kustomization that was applied [default: k8s-spinkube/overlays/local]
    #[arg(long, value_name = "DIR", requires = "cluster")]
    overlay: Option<PathBuf>,
    /// Where the backup is kept, with which the volume is brought back
    #[arg(long, value_name = "FILE", default_value = "library-lab.sql.gz", requires = "cluster")]
    backup: PathBuf,
    /// Delete the library's volume on that cluster without being asked
    #[arg(long, requires = "cluster")]
    yes: bool,
}

/// Runs the lab on the cluster.
///
/// # Errors
/// When there is no cluster or no library on it, when a step fails, or something was lost.
pub async fn persistence(args: &ClusterArgs) -> Result<()> {
    let mut cluster = Cluster {
        context: args.context.clone(),
        overlay: args
            .overlay
            .clone()
            .unwrap_or_else(|| project().join("k8s-spinkube/overlays/local")),
    };
    let name = cluster.look_around().await?;
    ensure!(
        args.yes,
        "the lab deletes the library's volume on {name} and brings it back from a backup in {}; add --yes if it may. \
         Whoever uses the library meanwhile loses what they borrow after the backup",
        args.backup.display()
    );
    ensure!(
        !args.backup.exists(),
        "{} is there already; give another file with --backup",
        args.backup.display()
    );
    walk(&mut cluster, &args.backup).await.with_context(|| {
        format!(
            "the lab ended early on {name}. If the data are gone, they are in {}; docs/PERSISTENCE.md says how they come back",
            args.backup.display()
        )
    })?;
    println!("the backup stays: {}", args.backup.display());
    Ok(())
}

struct Cluster {
    context: Option<String>,
    overlay: PathBuf,
}

impl Cluster {
    /// Whether all is there that the lab needs; the cluster's name for people.
    async fn look_around(&self) -> Result<String> {
        ensure!(
            programs::find("kubectl").is_some(),
            "the lab on a cluster needs kubectl, which is not on PATH; install it (https://kubernetes.io/docs/tasks/tools/)"
        );
        let ready = self.output(&["get", "--raw=/readyz", "--request-timeout=5s"]).await?;
        ensure!(
            ready.status.success(),
            "no cluster answers kubectl ({}). Start one, or name another with --context; k8s-spinkube/README.md says how",
            last_line(&ready.stderr)
        );
        for thing in ["statefulset/mysql", "spinapp/library", "secret/library"] {
            let found = self.output(&["get", thing, "--output=name"]).await?;
            ensure!(
                found.status.success(),
                "the cluster has no library ({}). Apply it first: kubectl apply -k {}",
                last_line(&found.stderr),
                self.overlay.display()
            );
        }
        Ok(match &self.context {
            Some(context) => format!("the cluster `{context}`"),
            None => "the cluster of kubectl's current context".to_owned(),
        })
    }

    fn kubectl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command.args(self.context.iter().map(|context| format!("--context={context}")));
        command.arg("--namespace=library").args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs `kubectl` quietly, for an answer.
    async fn output(&self, arguments: &[&str]) -> Result<Output> {
        self.kubectl(arguments).output().await.context("can't start kubectl")
    }

    /// Runs `kubectl` for all to see, its command line as one would type it.
    async fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.kubectl(arguments);
        let words = command.as_std().get_args().map(OsStr::to_string_lossy).collect::<Vec<_>>();
        let line = format!("kubectl {}", words.join(" "));
        say(&format!("$ {line}"));
        let status = command.stdout(std::io::stderr()).status().await?;
        ensure!(status.success(), "`{line}` failed ({status})");
        Ok(())
    }

    /// A value of the Secret `library`.
    async fn secret(&self, key: &str) -> Result<String> {
        let template = format!("--output=go-template={{{{index .data \"{key}\" | base64decode}}}}");
        let output = self.output(&["get", "secret/library", &template]).await?;
        ensure!(
            output.status.success(),
            "the Secret `library` has no `{key}`: {}",
            last_line(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A tunnel to a port in the cluster, and its port on 127.0.0.1.
    async fn forward(&self, to: &str, port: u16) -> Result<(Child, u16)> {
        let mut tunnel = self
            .kubectl(&["port-forward", to, &format!(":{port}")])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let printed = tunnel.stdout.take().context("kubectl prints nothing")?;
        let mut lines = BufReader::new(printed).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.ok().and_then(Result::ok).flatten();
        let here = line.as_deref().and_then(|line| {
            line.strip_prefix("Forwarding from 127.0.0.1:")?.split(' ').next()?.parse().ok()
        });
        let here =
            here.with_context(|| format!("kubectl makes no tunnel to {to}; why stands above"))?;
        // Nobody reads on: it says a line for each connection, and ends when it can't.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((tunnel, here))
    }

    async fn wait_for_database(&self) -> Result<()> {
        self.run(&["rollout", "status", "statefulset/mysql", "--timeout=10m"]).await
    }
}

impl Place for Cluster {
    async fn door(&self) -> Result<Door> {
        let token = self.secret("api-token").await?;
        let (tunnel, port) = self.forward("service/library", 80).await?;
        Ok(Door::new(format!("http://127.0.0.1:{port}"), token, Some(tunnel)))
    }

    async fn database(&self) -> Result<Reach> {
        let password = self.secret("mysql-root-password").await?;
        let (tunnel, port) = self.forward("pod/mysql-0", 3306).await?;
        let mut url = Url::parse(&format!("mysql://root@127.0.0.1:{port}/"))?;
        if url.set_password(Some(&password)).is_err() {
            bail!("the Secret's `mysql-root-password` can't be part of a URL");
        }
        Ok(Reach { admin_url: url.into(), _tunnel: Some(tunnel) })
    }

    async fn library(&self) -> Result<Library> {
        Ok(Library {
            names: Names::default(),
            passwords: Passwords {
                catalog: self.secret("catalog-db-password").await?,
                patrons: self.secret("patrons-db-password").await?,
                borrowing: self.secret("borrowing-db-password").await?,
            },
            demo_data: false,
            librarian_pin: Some(Pin::new(&self.secret("librarian-pin").await?)?),
        })
    }

    /// As near as a cluster comes to it: the server has a second or two between SIGTERM and SIGKILL.
    async fn kill_database(&mut self) -> Result<()> {
        println!("watch: kubectl --namespace=library get pods --watch");
        self.run(&["delete", "pod/mysql-0", "--grace-period=0", "--force"]).await
    }

    /// The StatefulSet does it by itself.
    async fn start_database(&mut self) -> Result<()> {
        self.wait_for_database().await
    }

    async fn delete_app(&mut self) -> Result<()> {
        self.run(&["delete", "-k", path(&self.overlay)?]).await?;
        println!("what stays: the volume, and the Secret");
        self.run(&["get", "persistentvolumeclaims,secrets"]).await
    }

    async fn deploy_app(&mut self) -> Result<()> {
        self.run(&["apply", "-k", path(&self.overlay)?]).await?;
        self.wait_for_database().await?;
        self.run(&["wait", "--for=condition=complete", "job/library-loader", "--timeout=10m"])
            .await?;
        // Not of its Deployment, which the operator makes a moment later.
        self.run(&["wait", "--for=condition=Available", "spinapp/library", "--timeout=5m"]).await
    }

    async fn lose_volume(&mut self) -> Result<()> {
        self.run(&["scale", "statefulset/mysql", "--replicas=0"]).await?;
        self.run(&["wait", "--for=delete", "pod/mysql-0", "--timeout=5m"]).await?;
        self.run(&["delete", "persistentvolumeclaim/data-mysql-0"]).await?;
        self.run(&["scale", "statefulset/mysql", "--replicas=1"]).await?;
        self.wait_for_database().await
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("the overlay's path is no text")
}

/// What a program said last, for the middle of a sentence.
fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim().lines().last().unwrap_or_default().trim_end_matches('.').to_owned()
}

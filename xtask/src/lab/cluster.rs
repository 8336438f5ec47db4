//! The lab on a cluster. It prints every kubectl command, so that a reader can repeat it by hand.
//!
//! It uses the object names of k8s-spinkube/base. It really deletes the volume, so it keeps the backup.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use library_db::{Library, Names, Passwords, Pin};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{
    client::LibraryClient,
    environment::{DatabaseAccess, Environment},
    steps,
};
use crate::{
    progress::say,
    project::project,
    system::{self, programs},
};

/// The timeout for kubectl to forward a port.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(30);

/// Options of the lab on a cluster.
#[derive(Args)]
pub struct ClusterArgs {
    /// The kubectl context to use instead of the current one
    #[arg(long, value_name = "NAME", requires = "cluster")]
    context: Option<String>,
    /// The kustomization that was applied [default: k8s-spinkube/overlays/local]
    #[arg(long, value_name = "DIR", requires = "cluster")]
    overlay: Option<PathBuf>,
    /// The backup that the lab writes, and restores after it deleted the volume
    #[arg(long, value_name = "FILE", default_value = "library-lab.jsonl.gz", requires = "cluster")]
    backup: PathBuf,
    /// Allow the lab to delete the library's volume on that cluster
    #[arg(long, requires = "cluster")]
    yes: bool,
}

/// Runs the lab on the cluster.
///
/// # Errors
/// If there is no cluster or no library on it, if a step fails, or if data was lost.
pub async fn persistence(args: &ClusterArgs) -> Result<()> {
    let mut cluster = Cluster {
        context: args.context.clone(),
        overlay: args
            .overlay
            .clone()
            .unwrap_or_else(|| project().join("k8s-spinkube/overlays/local")),
    };
    let name = cluster.find_library().await?;
    ensure!(
        args.yes,
        "the lab deletes the library's volume on {name} and restores it from a backup in {}; add --yes to allow that. \
         Loans that others make after the backup are lost",
        args.backup.display()
    );
    ensure!(
        !args.backup.exists(),
        "{} already exists; name another file with --backup",
        args.backup.display()
    );
    steps::perform(&mut cluster, &args.backup).await.with_context(|| {
        format!(
            "the lab ended early on {name}. If the data is gone, restore it from {} as docs/PERSISTENCE.md says",
            args.backup.display()
        )
    })?;
    println!("the backup is kept in {}", args.backup.display());
    Ok(())
}

struct Cluster {
    context: Option<String>,
    overlay: PathBuf,
}

impl Cluster {
    /// Checks that the cluster has everything the lab needs, and returns a name for it in messages.
    async fn find_library(&self) -> Result<String> {
        ensure!(
            programs::find("kubectl").is_some(),
            "the lab on a cluster needs kubectl, which is not on PATH; install it (https://kubernetes.io/docs/tasks/tools/)"
        );
        let ready = self.output(&["get", "--raw=/readyz", "--request-timeout=5s"]).await?;
        ensure!(
            ready.status.success(),
            "kubectl can't reach a cluster ({}). Start one as k8s-spinkube/README.md says, or name another with --context",
            last_line(&ready.stderr)
        );
        for object in ["statefulset/mysql", "spinapp/library", "secret/library"] {
            let found = self.output(&["get", object, "--output=name"]).await?;
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
        let mut command = Command::from(system::environment::command("kubectl"));
        command.args(self.context.iter().map(|context| format!("--context={context}")));
        command.arg("--namespace=library").args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs `kubectl` without showing it, and returns its output.
    async fn output(&self, arguments: &[&str]) -> Result<Output> {
        self.kubectl(arguments).output().await.context("cannot start kubectl")
    }

    /// Prints the `kubectl` command and runs it.
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

    /// Forwards a free port of 127.0.0.1 to a port in the cluster; returns the process and the free port.
    async fn forward(&self, to: &str, port: u16) -> Result<(Child, u16)> {
        let mut tunnel = self
            .kubectl(&["port-forward", to, &format!(":{port}")])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let printed = tunnel.stdout.take().context("kubectl has no output")?;
        let mut lines = BufReader::new(printed).lines();
        let line =
            timeout(FORWARD_TIMEOUT, lines.next_line()).await.ok().and_then(Result::ok).flatten();
        let here = line.as_deref().and_then(|line| {
            line.strip_prefix("Forwarding from 127.0.0.1:")?.split(' ').next()?.parse().ok()
        });
        let here = here.with_context(|| {
            format!("kubectl cannot forward a port to {to}; see its output above")
        })?;
        // kubectl prints a line for each connection, and exits if nothing reads it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((tunnel, here))
    }

    async fn wait_for_database(&self) -> Result<()> {
        self.run(&["rollout", "status", "statefulset/mysql", "--timeout=10m"]).await
    }
}

impl Environment for Cluster {
    async fn client(&self) -> Result<LibraryClient> {
        let token = self.secret("api-token").await?;
        let (tunnel, port) = self.forward("service/library", 80).await?;
        Ok(LibraryClient::new(format!("http://127.0.0.1:{port}"), token, Some(tunnel)))
    }

    async fn database(&self) -> Result<DatabaseAccess> {
        let password = self.secret("mysql-root-password").await?;
        let (tunnel, port) = self.forward("pod/mysql-0", 3306).await?;
        let admin_url = library_db::admin_url("127.0.0.1", &port.to_string(), "root", &password)?;
        Ok(DatabaseAccess { admin_url, _tunnel: Some(tunnel) })
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

    /// The closest a cluster comes to `kill -9`: the server has a second or two between SIGTERM and SIGKILL.
    async fn kill_database(&mut self) -> Result<()> {
        println!("watch: kubectl --namespace=library get pods --watch");
        self.run(&["delete", "pod/mysql-0", "--grace-period=0", "--force"]).await
    }

    /// The StatefulSet starts it by itself.
    async fn start_database(&mut self) -> Result<()> {
        self.wait_for_database().await
    }

    async fn delete_app(&mut self) -> Result<()> {
        self.run(&["delete", "-k", path(&self.overlay)?]).await?;
        println!("the volume and the Secret are kept");
        self.run(&["get", "persistentvolumeclaims,secrets"]).await
    }

    async fn deploy_app(&mut self) -> Result<()> {
        self.run(&["apply", "-k", path(&self.overlay)?]).await?;
        self.wait_for_database().await?;
        // Select it by label, because its name ends in the version.
        let loader = "--selector=app.kubernetes.io/name=library-loader";
        self.run(&["wait", "--for=condition=complete", "job", loader, "--timeout=10m"]).await?;
        // Wait for the SpinApp, because the operator creates its Deployment a moment later.
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
    path.to_str().context("the path of the overlay is not valid UTF-8")
}

/// The last line of a program's output, without its period, for the middle of a sentence.
fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim().lines().last().unwrap_or_default().trim_end_matches('.').to_owned()
}

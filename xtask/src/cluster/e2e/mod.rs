//! `cargo xtask e2e`: runs the commands of k8s-spinkube/README.md on a cluster.

mod checks;
mod plan;
mod readme;

use std::{
    env, fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};

use self::{
    checks::{Enough, send_requests},
    plan::{Check, PLAN, Step},
    readme::{Section, sections, without_program},
};
use crate::{
    progress::say,
    project::project,
    system::{environment, process::run, programs, temporary},
};

/// The address at which k3d's load balancer serves the ingress.
const INGRESS: &str = "http://localhost:8081";

/// Creates a kind cluster with the shim instead of the README's k3d cluster.
const KIND: &str = include_str!("kind.sh");

/// Options of `cargo xtask e2e`.
#[derive(Args)]
pub struct E2eArgs {
    /// The cluster to walk on
    #[arg(long, value_enum, default_value = "k3d")]
    cluster: ClusterKind,
    /// Keep the cluster at the end
    #[arg(long)]
    keep: bool,
    /// Print the commands instead of running them
    #[arg(long)]
    dry_run: bool,
}

/// A kind of cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClusterKind {
    /// A new k3d cluster, as in the README
    K3d,
    /// A new kind cluster; it has no ingress, so the checks that need one are skipped
    Kind,
    /// The cluster of kubectl's current context. It must have Spin's shim, and the registry must have the images of
    /// images/kustomization.yaml. Deletes the namespace `library` there
    Current,
}

/// Walks the README.
///
/// # Errors
/// If a program is missing, or a command or check fails.
pub fn e2e(args: &E2eArgs) -> Result<()> {
    let readme = fs::read_to_string(project().join("k8s-spinkube/README.md"))?;
    let mut walk = Walk {
        cluster: args.cluster,
        is_dry_run: args.dry_run,
        sections: sections(&readme),
        changed_images: None,
    };
    if !args.dry_run {
        walk.require_programs()?;
    }
    let started = Instant::now();
    let mut outcome = Ok(());
    for step in PLAN {
        if args.keep && *step == Step::Section("Tear down") {
            continue;
        }
        outcome = walk.perform(*step).with_context(|| format!("{step:?}"));
        if outcome.is_err() {
            break;
        }
    }
    walk.restore_images()?;
    if outcome.is_err() && !args.keep {
        // The first error is the one to report.
        let _ = walk.delete_cluster();
    }
    outcome?;
    say(&format!("ran k8s-spinkube/README.md in {} s", started.elapsed().as_secs()));
    Ok(())
}

struct Walk {
    cluster: ClusterKind,
    is_dry_run: bool,
    sections: Vec<Section>,
    /// The text of images/kustomization.yaml before the walk changed it
    changed_images: Option<String>,
}

impl Walk {
    fn require_programs(&self) -> Result<()> {
        let of_cluster = match self.cluster {
            ClusterKind::K3d => "k3d",
            ClusterKind::Kind => "kind",
            ClusterKind::Current => "kubectl",
        };
        let wanted = ["bash", "kubectl", "helm", "openssl", "curl", "git", of_cluster];
        let missing: Vec<&str> =
            wanted.into_iter().filter(|program| programs::find(program).is_none()).collect();
        ensure!(
            missing.is_empty(),
            "the README's commands need {}, which is not on PATH; k8s-spinkube/README.md lists the versions",
            missing.join(", ")
        );
        Ok(())
    }

    fn perform(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Section(heading) => self.run_section(heading),
            Step::Skip(heading, why) => {
                say(&format!("\n## {heading}\nskipped:  {why}"));
                Ok(())
            }
            Step::EmptyNamespace => {
                let apply = self.section("Apply")?.scripts[0].clone();
                self.shell(&format!("kubectl delete namespace library --ignore-not-found\n{apply}"))
            }
            Step::NewVersion => self.change_version(),
            Step::Check(check) => self.check(check),
        }
    }

    fn run_section(&self, heading: &str) -> Result<()> {
        say(&format!("\n## {heading}"));
        if self.cluster == ClusterKind::Current && ["Push the images", "Upgrade"].contains(&heading)
        {
            say("skipped:  the registry of this cluster is not known");
            return Ok(());
        }
        if self.cluster != ClusterKind::K3d && heading == "Capacity of a pod" {
            say("skipped:  it needs Traefik, which k3d has");
            return Ok(());
        }
        if heading == "A cluster on a laptop" && self.cluster == ClusterKind::Kind {
            self.shell(KIND)?;
        }
        for script in &self.section(heading)?.scripts {
            let mut script = script.clone();
            if self.cluster != ClusterKind::K3d {
                script = without_program(&script, "k3d");
                // Without an ingress, the README says to forward a port.
                if script.contains(INGRESS) {
                    script = format!("{}{script}", forward("service/library", 8081, 80));
                }
            }
            self.shell(&script)?;
        }
        if heading == "Tear down" && self.cluster == ClusterKind::Kind {
            self.delete_cluster()?;
        }
        Ok(())
    }

    fn section(&self, heading: &str) -> Result<&Section> {
        let found = self.sections.iter().find(|section| section.heading == heading);
        found.with_context(|| {
            format!("k8s-spinkube/README.md has no section `{heading}` with commands")
        })
    }

    /// Runs a script like a reader of the README, and ends its background jobs.
    fn shell(&self, script: &str) -> Result<()> {
        say(script.trim_end());
        if self.is_dry_run {
            return Ok(());
        }
        let script = format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}");
        let status = environment::command("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(project())
            .status()
            .context("cannot start bash")?;
        ensure!(status.success(), "the commands above failed ({status})");
        Ok(())
    }

    fn check(&self, check: Check) -> Result<()> {
        say(&format!("\ncheck: {check:?}"));
        let needs_ingress = matches!(check, Check::Burst | Check::RollingUpdate);
        if needs_ingress && self.cluster != ClusterKind::K3d {
            say("skipped:  it needs the ingress of k3d");
            return Ok(());
        }
        if self.is_dry_run {
            return Ok(());
        }
        match check {
            Check::PagesAnswer(app) => self.shell(&format!(
                "kubectl --namespace library wait --for=condition=available --timeout=10m spinapp --all\n\
                 {}curl --fail --silent --show-error --output /dev/null http://127.0.0.1:18081/",
                forward(&format!("service/{app}"), 18081, 80)
            )),
            Check::RestSuite => self.shell(&format!(
                "{}password=$(kubectl --namespace library get secret library --output \
                 'jsonpath={{.data.mysql-root-password}}' | base64 --decode)\n\
                 LIBRARY_TEST_DATABASE_URL=\"mysql://root:$password@127.0.0.1:3307/\" {} test rest",
                forward("pod/mysql-0", 3307, 3306),
                this_program()?
            )),
            Check::Lab => {
                let folder = temporary::folder()?;
                let backup = folder.path().join("lab.jsonl.gz");
                run(environment::command(env::current_exe()?)
                    .args(["lab", "persistence", "--cluster", "--yes", "--backup"])
                    .arg(backup)
                    .current_dir(project()))
            }
            Check::Burst => {
                let outcomes = send_requests(INGRESS, 100, Enough::After(10));
                say(&format!(
                    "100 clients, 10 requests each to /: {:?}, median {:?}",
                    outcomes.counts,
                    outcomes.median()
                ));
                // The metrics server samples every 15 seconds.
                self.shell("sleep 20; kubectl --namespace library top pods")?;
                ensure!(outcomes.failures() == 0, "a pod cannot handle the load that the README states");
                Ok(())
            }
            Check::RollingUpdate => {
                let finished = Arc::new(AtomicBool::new(false));
                let enough = Enough::When(Arc::clone(&finished));
                let clients = thread::spawn(move || send_requests(INGRESS, 4, enough));
                let rolled = self.shell(
                    "kubectl --namespace library rollout restart deployment/library\n\
                     kubectl --namespace library rollout status deployment/library --timeout=5m\nsleep 15",
                );
                finished.store(true, Ordering::Relaxed);
                let Ok(outcomes) = clients.join() else { bail!("the clients stopped early") };
                rolled?;
                say(&format!("during the update: {:?}", outcomes.counts));
                ensure!(outcomes.failures() == 0, "the update refused requests");
                Ok(())
            }
        }
    }

    /// Gives the images a new version, as in the README's section Upgrade.
    fn change_version(&mut self) -> Result<()> {
        if self.is_dry_run || self.cluster == ClusterKind::Current {
            return Ok(());
        }
        let path = images_file();
        let old = fs::read_to_string(&path)?;
        let new = with_next_version(&old)?;
        self.changed_images = Some(old);
        fs::write(path, new)?;
        Ok(())
    }

    fn restore_images(&mut self) -> Result<()> {
        match self.changed_images.take() {
            Some(text) => fs::write(images_file(), text)
                .context("images/kustomization.yaml keeps the version of the walk"),
            None => Ok(()),
        }
    }

    fn delete_cluster(&self) -> Result<()> {
        match self.cluster {
            ClusterKind::K3d => self.shell("k3d cluster delete library"),
            ClusterKind::Kind => self.shell(
                "kind delete cluster --name library\ndocker rm --force --volumes test-registry",
            ),
            ClusterKind::Current => Ok(()),
        }
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        // Runs even if a check panics.
        let _ = self.restore_images();
    }
}

fn images_file() -> PathBuf {
    project().join("k8s-spinkube/images/kustomization.yaml")
}

/// images/kustomization.yaml with a later version of the library in all three places.
fn with_next_version(text: &str) -> Result<String> {
    let marker = "value: library-loader-";
    let name = text
        .split(marker)
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .context("the loader's name has no version")?;
    let version = name.replace('-', ".");
    let tag = format!("newTag: {version}\n");
    ensure!(text.matches(&tag).count() == 2, "the tags of the library are not {version}");
    Ok(text
        .replace(&tag, &format!("newTag: {version}.1\n"))
        .replace(&format!("{marker}{name}"), &format!("{marker}{name}-1")))
}

/// Shell commands that forward a port in the background, and wait until it listens.
fn forward(to: &str, port: u16, of_pod: u16) -> String {
    format!(
        "kubectl --namespace library port-forward {to} {port}:{of_pod} >/dev/null &\n\
         until (echo >/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do kill -0 $! || exit 1; sleep 0.2; done\n"
    )
}

/// The path of this program, quoted for a shell.
fn this_program() -> Result<String> {
    let path = env::current_exe()?;
    let path = path.to_str().context("the path of this program is not valid UTF-8")?;
    Ok(format!("'{}'", path.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_changes_both_tags_and_the_name_of_the_loader() {
        let text = fs::read_to_string(images_file()).unwrap();
        let next = with_next_version(&text).unwrap();
        let changed: Vec<(&str, &str)> =
            text.lines().zip(next.lines()).filter(|(old, new)| old != new).collect();
        assert_eq!(changed.len(), 3, "{changed:?}");
        assert!(changed.iter().all(|(old, new)| new.starts_with(old)), "{changed:?}");
    }
}

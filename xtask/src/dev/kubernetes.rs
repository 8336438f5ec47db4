//! The external programs of the k8s suite: a kubectl that renders kustomizations, and the schemas of Kubernetes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::python;
use crate::{
    build::target_folder,
    progress::say,
    system::{environment, process::run, programs},
};

/// The oldest major version that has all features of our kustomizations, such as labels on fields of other kinds.
const OLDEST_KUSTOMIZE: u32 = 5;

/// Debian 12's kubectl is too old; Debian 13's runs on both. apt verifies the signature.
const DEBIAN_13: &str = "Types: deb\n\
                         URIs: http://deb.debian.org/debian\n\
                         Suites: trixie\n\
                         Components: main\n\
                         Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";

/// The path of a kubectl whose `kustomize` is new enough. On Debian, one is downloaded to `target/` if none is installed.
///
/// # Errors
/// If there is none; the message says how to install it.
pub fn kubectl() -> Result<PathBuf> {
    let downloaded = target_folder().join("k8s/kubectl/usr/bin/kubectl");
    let candidates = [programs::find("kubectl"), Some(downloaded.clone())];
    let fits = |path: &PathBuf| kustomize_version(path).is_some_and(|v| v >= OLDEST_KUSTOMIZE);
    if let Some(path) = candidates.into_iter().flatten().find(fits) {
        return Ok(path);
    }
    let is_debian =
        fs::read_to_string("/etc/os-release").is_ok_and(|os| os.lines().any(|l| l == "ID=debian"));
    if !is_debian {
        bail!(
            "the manifests are rendered with kubectl 1.27 or newer, which is not on PATH; install it \
             (https://kubernetes.io/docs/tasks/tools/)"
        );
    }
    say("no kubectl 1.27 or newer found: unpacking Debian 13's into target/k8s");
    download_from_debian(&target_folder().join("k8s/kubectl"))
        .context("kubectl cannot be downloaded; install version 1.27 or newer by hand")?;
    if !fits(&downloaded) {
        bail!("{} does not run here; install kubectl 1.27 or newer by hand", downloaded.display());
    }
    Ok(downloaded)
}

/// The path of kubernetes-validate, from tests/k8s/requirements.txt.
///
/// # Errors
/// If it cannot be installed.
pub fn validate() -> Result<PathBuf> {
    let why = "the manifests are checked with kubernetes-validate, a Python package";
    let programs = python::install_requirements("tests/k8s/requirements.txt", why)?;
    Ok(programs.join("kubernetes-validate"))
}

/// The major version of the kustomize in a kubectl; older versions don't print it.
fn kustomize_version(kubectl: &Path) -> Option<u32> {
    let output = environment::command(kubectl)
        .args(["version", "--client", "--output=json"])
        .output()
        .ok()?;
    let versions: Value = serde_json::from_slice(&output.stdout).ok()?;
    let version = versions["kustomizeVersion"].as_str()?;
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Unpacks Debian 13's package into `folder`, with separate package lists, so that the system does not change.
fn download_from_debian(folder: &Path) -> Result<()> {
    let apt = folder.join("apt");
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for part in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(part))?;
    }
    fs::write(apt.join("debian.sources"), DEBIAN_13)?;
    fs::write(apt.join("status"), "")?;
    let apt_get = |arguments: &[&str]| {
        let mut command = environment::command("apt-get");
        for (name, place) in [
            ("Dir::Etc::sourcelist", "debian.sources"),
            ("Dir::State::lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
        ] {
            command.arg(format!("--option={name}={}", apt.join(place).display()));
        }
        // As the current user: apt's own user can't read this folder.
        command.args([
            "--option=Dir::Etc::sourceparts=/dev/null",
            "--option=APT::Sandbox::User=",
            "-q",
        ]);
        run(command.args(arguments).current_dir(&apt).stdout(std::io::stderr()))
    };
    apt_get(&["update"])?;
    apt_get(&["download", "kubectl"])?;
    let package = fs::read_dir(&apt)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("apt-get downloaded no package")?;
    run(environment::command("dpkg-deb").arg("--extract").arg(package).arg(folder))
}

//! What the k8s ring needs that is not ours: a kubectl that renders kustomizations, and the schemas of Kubernetes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    build::{run, target_folder},
    install::{self, find_or_install},
    programs,
    progress::say,
    project,
};

/// What the manifests are written in: components, and labels on parts of other kinds, came by then.
const OLDEST_KUSTOMIZE: u32 = 5;

/// Debian's kubectl is older than that in its release 12; that of 13 runs there too. apt checks its signature.
const DEBIAN_13: &str = "Types: deb\n\
                         URIs: http://deb.debian.org/debian\n\
                         Suites: trixie\n\
                         Components: main\n\
                         Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";

/// Where a kubectl is whose `kustomize` is new enough; on Debian one is brought into `target/` when there is none.
///
/// # Errors
/// When there is none; the message says how to get it.
pub fn kubectl() -> Result<PathBuf> {
    let brought = target_folder().join("k8s/kubectl/usr/bin/kubectl");
    let candidates = [programs::find("kubectl"), Some(brought.clone())];
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
        .context("kubectl could not be brought; install version 1.27 or newer by hand")?;
    if !fits(&brought) {
        bail!("{} does not run here; install kubectl 1.27 or newer by hand", brought.display());
    }
    Ok(brought)
}

/// Where kubernetes-validate is, installed from PyPI as tests/k8s/requirements.txt says, into `target/`.
///
/// # Errors
/// When it can't be installed.
pub fn validate() -> Result<PathBuf> {
    let requirements = project().join("tests/k8s/requirements.txt");
    let wanted = fs::read(&requirements).context("tests/k8s/requirements.txt")?;
    let folder = target_folder().join("k8s/venv");
    let program = folder.join("bin/kubernetes-validate");
    let installed = folder.join("installed-requirements.txt");
    if program.is_file() && fs::read(&installed).is_ok_and(|last| last == wanted) {
        return Ok(program);
    }
    let why = "the manifests are checked with kubernetes-validate, a Python program";
    let python = find_or_install(&["python3"], "python3", why)?;
    if !has_venv(&python) {
        // Debian has a part of Python's own library in a package of its own.
        if !install::possible() {
            bail!(
                "{why}; it needs Python's module venv: install it (Debian, Ubuntu: python3-venv)"
            );
        }
        install::install(&["python3-venv"], why)?;
    }
    say("installing kubernetes-validate with pip into target/k8s/venv");
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements)
        // What pip says is no answer of ours.
        .stdout(std::io::stderr()))?;
    fs::write(installed, wanted).context("what is installed")?;
    Ok(program)
}

/// The major version of the kustomize in a kubectl; older ones don't tell.
fn kustomize_version(kubectl: &Path) -> Option<u32> {
    let output =
        Command::new(kubectl).args(["version", "--client", "--output=json"]).output().ok()?;
    let versions: Value = serde_json::from_slice(&output.stdout).ok()?;
    let version = versions["kustomizeVersion"].as_str()?;
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Unpacks Debian 13's package into `folder`, with package lists of its own: the system is left as it is.
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
        let mut command = Command::new("apt-get");
        for (name, place) in [
            ("Dir::Etc::sourcelist", "debian.sources"),
            ("Dir::State::lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
        ] {
            command.arg(format!("--option={name}={}", apt.join(place).display()));
        }
        // As who runs this: apt's own user may not come here.
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
    run(Command::new("dpkg-deb").arg("--extract").arg(package).arg(folder))
}

fn has_venv(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import ensurepip"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

//! `cargo xtask images`: checks, builds and pushes the images for a cluster, as in k8s-spinkube/README.md.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;

use super::registry::Registry;
use crate::{
    build,
    progress::say,
    project::project,
    system::{environment, process::run, programs, spin::Spin},
};

/// The version of Spin in SpinKube's shim.
const SPIN_OF_SHIM: &str = "3.6.";

/// Options of `cargo xtask images`.
#[derive(Args)]
pub struct ImagesArgs {
    /// The registry's address from this machine, such as localhost:5000 or ghcr.io/name
    registry: String,
    /// Build and push; without it, only check the tools and the registry, and print the commands
    #[arg(long)]
    push: bool,
    /// The registry serves plain HTTP, such as one on this machine
    #[arg(long)]
    insecure: bool,
    /// The tag of both images [default: the one in k8s-spinkube/images/kustomization.yaml]
    #[arg(long)]
    version: Option<String>,
    /// Append `library=…@sha256:…`, `library-digest=sha256:…`, and the same for the loader, to FILE
    #[arg(long, value_name = "FILE", requires = "push")]
    digests: Option<PathBuf>,
}

/// Checks the tools and the registry; with `--push`, builds and pushes.
///
/// # Errors
/// If a tool or the registry is missing, a tag already exists, or a command fails.
pub fn images(args: &ImagesArgs) -> Result<()> {
    let version = match &args.version {
        Some(version) => version.clone(),
        None => version_in(&fs::read_to_string(
            project().join("k8s-spinkube/images/kustomization.yaml"),
        )?)?,
    };
    ensure!(
        is_version(&version),
        "`{version}` is not a valid tag for a version: it has to contain a digit, and only letters, digits and . _ -, \
         because a node never pulls the same tag again"
    );
    let spin = spin_version()?;
    if !spin.starts_with(SPIN_OF_SHIM) {
        say(&format!(
            "pushing with Spin {spin}; SpinKube's shim runs Spin {SPIN_OF_SHIM}x, which is the safe choice"
        ));
    }
    let container = ContainerTool::find()?;
    let registry = Registry::new(&args.registry, args.insecure);
    for image in ["library", "library-loader"] {
        match registry.has(image, &version)? {
            Some(false) => {}
            None => {
                say(&format!("{} requires a login; it may already have the tag", args.registry))
            }
            Some(true) => bail!(
                "{} already exists, and a node never pulls the same tag again; change the version in \
                 k8s-spinkube/images/kustomization.yaml",
                registry.reference(image, &version)
            ),
        }
    }
    let app = registry.reference("library", &version);
    let loader = registry.reference("library-loader", &version);
    let push_app = push_app(&app, args.insecure);
    let [build_loader, push_loader] = container.commands(&loader, args.insecure);
    if !args.push {
        say(
            "the tools are installed, and the registry has neither image. `--push` builds the components and runs:",
        );
        for command in [&push_app, &build_loader, &push_loader] {
            println!("{}", command.join(" "));
        }
        return Ok(());
    }
    build::components()?;
    let app_digest = push(&push_app)?;
    run(&mut command(&build_loader))?;
    let loader_digest = push(&push_loader)?;
    if let Some(file) = &args.digests {
        append_digests(
            file,
            &[("library", &app, &app_digest), ("library-loader", &loader, &loader_digest)],
        )?;
    }
    say(&format!("pushed {app} and {loader}"));
    Ok(())
}

fn push_app(reference: &str, is_insecure: bool) -> Vec<String> {
    let mut words = vec!["spin", "registry", "push"];
    if is_insecure {
        words.push("--insecure");
    }
    words.push(reference);
    words.into_iter().map(str::to_owned).collect()
}

/// A program that builds container images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContainerTool {
    Docker,
    Podman,
}

impl ContainerTool {
    /// The first available tool: docker with a running server, or podman.
    fn find() -> Result<ContainerTool> {
        let works = |program: &str| {
            programs::find(program).is_some()
                && environment::command(program)
                    .arg("info")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .is_ok_and(|status| status.success())
        };
        [ContainerTool::Docker, ContainerTool::Podman].into_iter().find(|tool| works(tool.program())).context(
            "the loader's image needs docker with a running server, or podman; install or start one",
        )
    }

    fn program(self) -> &'static str {
        match self {
            ContainerTool::Docker => "docker",
            ContainerTool::Podman => "podman",
        }
    }

    /// The commands that build and push the loader's image. Docker has no option for HTTP: it uses HTTP only for
    /// localhost.
    fn commands(self, reference: &str, is_insecure: bool) -> [Vec<String>; 2] {
        let build =
            [self.program(), "build", "--file", "mysql/Dockerfile", "--tag", reference, "."];
        let mut push = vec![self.program(), "push"];
        if is_insecure && self == ContainerTool::Podman {
            push.push("--tls-verify=false");
        }
        push.push(reference);
        [
            build.into_iter().map(str::to_owned).collect(),
            push.into_iter().map(str::to_owned).collect(),
        ]
    }
}

fn spin_version() -> Result<String> {
    let spin = Spin::find().context(
        "`spin` pushes the app, and is not on PATH; install Spin 3.6.3, the one in SpinKube's shim 0.24.0 \
         (https://spinframework.dev)",
    )?;
    Ok(spin.version().to_owned())
}

fn command(words: &[String]) -> Command {
    let mut command = environment::command(&words[0]);
    command.args(&words[1..]).current_dir(project());
    command
}

/// Runs a command that pushes, shows its output, and returns the digest in it.
fn push(words: &[String]) -> Result<Option<String>> {
    let line = words.join(" ");
    let mut child = command(words)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let mut digest = None;
    for line in BufReader::new(child.stdout.take().context("its output")?).lines() {
        let line = line?;
        digest = digest_in(&line).or(digest);
        eprintln!("{line}");
    }
    let status = child.wait()?;
    ensure!(status.success(), "`{line}` failed ({status}); see its output above");
    Ok(digest)
}

/// The digest in a line of `spin registry push` or `docker push`.
fn digest_in(line: &str) -> Option<String> {
    let start = line.find("sha256:")?;
    let is_result =
        line[..start].trim_end().to_ascii_lowercase().trim_end_matches(':').ends_with("digest");
    let digest: String =
        line[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ':').collect();
    (is_result && digest.len() == "sha256:".len() + 64).then_some(digest)
}

fn append_digests(file: &PathBuf, images: &[(&str, &str, &Option<String>)]) -> Result<()> {
    let mut lines = String::new();
    for (name, reference, digest) in images {
        let digest =
            digest.as_ref().with_context(|| format!("pushing {reference} printed no digest"))?;
        let (repository, _) = reference.rsplit_once(':').context("a reference without a tag")?;
        lines += &format!("{name}={repository}@{digest}\n{name}-digest={digest}\n");
    }
    let mut old = fs::read_to_string(file).unwrap_or_default();
    old.push_str(&lines);
    fs::write(file, old).with_context(|| file.display().to_string())
}

/// The tag that images/kustomization.yaml gives both images of the library.
fn version_in(kustomization: &str) -> Result<String> {
    let kustomization: Value = yaml_serde::from_str(kustomization)?;
    let tag = |name: &str| {
        let images = kustomization["images"].as_array()?;
        images.iter().find(|image| image["name"] == name)?["newTag"].as_str()
    };
    let app = tag("library").context("images/kustomization.yaml has no tag for `library`")?;
    let loader = tag("library-loader")
        .context("images/kustomization.yaml has no tag for `library-loader`")?;
    ensure!(app == loader, "the two images of the library have different tags: {app} and {loader}");
    Ok(app.to_owned())
}

fn is_version(tag: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&tag.len())
        && tag.bytes().all(is_allowed)
        && !tag.starts_with(['.', '-'])
        && tag.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    #[test]
    fn the_version_is_the_tag_of_both_images() {
        let of = |app: &str, loader: &str| {
            version_in(&format!(
                "images:\n- name: library\n  newTag: {app}\n- name: library-loader\n  newTag: {loader}\n"
            ))
        };
        assert_eq!(of("1.2.3", "1.2.3").unwrap(), "1.2.3");
        assert!(of("1.2.3", "1.2.4").unwrap_err().to_string().contains("different tags"));
        let ours =
            fs::read_to_string(project().join("k8s-spinkube/images/kustomization.yaml")).unwrap();
        assert!(is_version(&version_in(&ours).unwrap()));
    }

    #[test]
    fn a_version_names_one_build() {
        for good in ["0.1.0", "2026-01-02_a", "v1"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["latest", "", "-1", ".1", "1 2", "1/2", "1@2", &"1".repeat(129)] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn docker_and_podman_have_different_push_commands() {
        let push = |tool: ContainerTool, is_insecure| {
            tool.commands("r:5000/library-loader:1", is_insecure)[1].join(" ")
        };
        assert_eq!(push(ContainerTool::Docker, true), "docker push r:5000/library-loader:1");
        assert_eq!(
            push(ContainerTool::Podman, true),
            "podman push --tls-verify=false r:5000/library-loader:1"
        );
        assert_eq!(push(ContainerTool::Podman, false), "podman push r:5000/library-loader:1");
        assert_eq!(
            push_app("r/library:1", true).join(" "),
            "spin registry push --insecure r/library:1"
        );
    }

    #[test]
    fn digests_are_read_from_the_tools_output() {
        let printed = format!("Pushed with digest {DIGEST}");
        assert_eq!(digest_in(&printed).as_deref(), Some(DIGEST));
        let printed = format!("0.1.0: digest: {DIGEST} size: 1234");
        assert_eq!(digest_in(&printed).as_deref(), Some(DIGEST));
        assert_eq!(digest_in(&format!("Copying blob {DIGEST} done")), None);
        assert_eq!(digest_in("digest: sha256:short"), None);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("output");
        append_digests(&file, &[("library", "r:5000/library:1", &Some(DIGEST.to_owned()))])
            .unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text, format!("library=r:5000/library@{DIGEST}\nlibrary-digest={DIGEST}\n"));
        assert!(append_digests(&file, &[("library", "r/library:1", &None)]).is_err());
    }
}

//! `cargo xtask push`: the app as an image in a registry, where a cluster takes it from.

use std::{fmt, process::Command, str::FromStr};

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::{
    build::{self, run},
    programs,
    progress::say,
};

/// Options of `cargo xtask push`.
#[derive(Args)]
pub struct PushArgs {
    /// The image, with a tag that was never used before: registry/name:tag
    reference: Reference,
    /// The registry speaks plain http, as one on this machine does
    #[arg(long)]
    insecure: bool,
}

/// Builds the components and pushes the app.
///
/// # Errors
/// When Spin is not here, the build fails, or the registry does not take it.
pub fn push(args: &PushArgs) -> Result<()> {
    ensure!(
        programs::has_spin(),
        "images are pushed by `spin`, which is not on PATH; install Spin 3.6.3, the one that SpinKube's shim 0.24.0 \
         has inside (https://spinframework.dev)"
    );
    build::components()?;
    let mut spin = Command::new("spin");
    spin.current_dir(crate::project()).args(["registry", "push"]);
    if args.insecure {
        spin.arg("--insecure");
    }
    run(spin.arg(args.reference.to_string()))?;
    say(&format!(
        "pushed {}; a cluster runs it when k8s-spinkube/images/kustomization.yaml names it and is applied",
        args.reference
    ));
    Ok(())
}

/// `registry/name:tag`. Nodes keep what they have of a tag and do not ask again, so it names one build for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference(String);

impl FromStr for Reference {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Reference> {
        let Some((place, name)) = text.rsplit_once('/') else {
            bail!("it names no registry, as registry/name:tag does");
        };
        ensure!(
            !name.contains('@'),
            "a digest is what pushing makes; give a tag, registry/name:tag"
        );
        let Some((name, tag)) = name.split_once(':') else {
            bail!("it has no tag, as registry/name:tag has; a version is a good one");
        };
        ensure!(
            tag != "latest",
            "the tag `latest` is another image every time, and nodes that have one do not ask for the next; give a \
             version"
        );
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        ensure!(
            !place.is_empty() && !name.is_empty() && name.bytes().all(fits),
            "it is not of the form registry/name:tag"
        );
        ensure!(
            (1..=128).contains(&tag.len()) && tag.bytes().all(fits) && !tag.starts_with(['.', '-']),
            "a tag has 1 to 128 letters, digits and . _ -"
        );
        Ok(Reference(text.to_owned()))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_a_registry_a_name_and_a_tag_of_its_own() {
        for good in ["localhost:5000/library:0.1.0", "ghcr.io/some/library:2026-01-02_a"] {
            assert_eq!(good.parse::<Reference>().unwrap().to_string(), good);
        }
        for (bad, said) in [
            ("library:1", "no registry"),
            ("localhost:5000/library", "no tag"),
            ("ghcr.io/some/library:latest", "`latest`"),
            ("ghcr.io/some/library@sha256:00", "digest"),
            ("ghcr.io/some/library:", "a tag has"),
            ("ghcr.io/some/library:-x", "a tag has"),
            ("ghcr.io/some/library:a b", "a tag has"),
            ("ghcr.io/some/:1", "form"),
            ("/library:1", "form"),
        ] {
            let error = bad.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(said), "{bad}: {error}");
        }
    }
}

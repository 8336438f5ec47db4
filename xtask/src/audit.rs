//! What can be audited without asking anybody: where every dependency comes from and under which licence.
//!
//! Known vulnerabilities need a database from the network; where `cargo-deny` is installed it is asked too.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::{
    build::{cargo_command, run},
    programs,
    progress::say,
    project,
};

/// The part of deny.toml that holds offline.
#[derive(Deserialize)]
struct Policy {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// `None` for our own
    source: Option<String>,
}

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every package in Cargo.lock against deny.toml.
///
/// # Errors
/// When a package comes from elsewhere than crates.io, or under a licence that is not on the list.
pub fn audit() -> Result<()> {
    let policy =
        std::fs::read_to_string(project().join("deny.toml")).context("can't read deny.toml")?;
    let policy: Policy = toml::from_str(&policy).context("deny.toml")?;
    let output = cargo_command().args(["metadata", "--format-version=1", "--locked"]).output()?;
    if !output.status.success() {
        bail!("`cargo metadata --locked` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let complaints: Vec<String> =
        metadata.packages.iter().filter_map(|package| complaint(package, &policy)).collect();
    if !complaints.is_empty() {
        bail!("{}", complaints.join("\n"));
    }
    if programs::version("cargo-deny").is_some() {
        return run(cargo_command().args(["deny", "check"]));
    }
    say(
        "  sources and licences are right; for known vulnerabilities: cargo install cargo-deny && cargo deny check",
    );
    Ok(())
}

fn complaint(package: &Package, policy: &Policy) -> Option<String> {
    let Package { name, version, license, source } = package;
    match source.as_deref() {
        None | Some(CRATES_IO) => {}
        Some(elsewhere) => {
            return Some(format!("{name} {version} comes from {elsewhere}, not from crates.io"));
        }
    }
    let Some(license) = license else { return Some(format!("{name} {version} states no licence")) };
    (!is_allowed(license, &policy.licenses.allow))
        .then(|| format!("{name} {version} is under `{license}`, which deny.toml does not allow"))
}

/// Whether an SPDX expression can be met with allowed licences alone.
fn is_allowed(expression: &str, allow: &[String]) -> bool {
    let allowed: Vec<Licensee> =
        allow.iter().filter_map(|name| Licensee::parse(name).ok()).collect();
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|need| allowed.iter().any(|licence| licence.satisfies(need)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_choice_is_enough_and_every_condition_counts() {
        let allow = ["MIT", "MPL-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for allowed in
            ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "MPL-2.0+", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(is_allowed(allowed, &allow), "{allowed}");
        }
        for refused in ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "free for all"] {
            assert!(!is_allowed(refused, &allow), "{refused}");
        }
    }
}

//! Audits the source and the license of every dependency, offline.
//!
//! Known vulnerabilities need a database from the network; if `cargo-deny` is installed, it checks those too.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use super::metadata::{Metadata, Package};
use crate::{
    build::cargo_command,
    progress::say,
    project::project,
    system::{process::run, programs},
};

/// The part of deny.toml that can be checked offline.
#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every package in Cargo.lock against deny.toml.
///
/// # Errors
/// If a package comes from another source than crates.io, or has a license that deny.toml does not allow.
pub fn audit() -> Result<()> {
    let policy =
        std::fs::read_to_string(project().join("deny.toml")).context("cannot read deny.toml")?;
    let policy: Policy = toml::from_str(&policy).context("deny.toml")?;
    let metadata = Metadata::read()?;
    let violations: Vec<String> =
        metadata.packages.iter().filter_map(|package| violation(package, &policy)).collect();
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    if programs::version("cargo-deny").is_some() {
        return run(cargo_command().args(["deny", "check"]));
    }
    say(
        "  sources and licenses are allowed; for known vulnerabilities: cargo install cargo-deny && cargo deny check",
    );
    Ok(())
}

fn violation(package: &Package, policy: &Policy) -> Option<String> {
    let Package { name, version, license, source, .. } = package;
    if let Some(ban) = policy.bans.deny.iter().find(|ban| ban.name == *name) {
        return Some(format!("{name} is banned by deny.toml: {}", ban.reason));
    }
    match source.as_deref() {
        None | Some(CRATES_IO) => {}
        Some(elsewhere) => {
            return Some(format!("{name} {version} comes from {elsewhere}, not from crates.io"));
        }
    }
    let Some(license) = license else {
        return Some(format!("{name} {version} declares no license"));
    };
    (!is_allowed(license, &policy.licenses.allow)).then(|| {
        format!("{name} {version} has the license `{license}`, which deny.toml does not allow")
    })
}

/// Whether allowed licenses alone satisfy an SPDX expression.
fn is_allowed(expression: &str, allow: &[String]) -> bool {
    let allowed: Vec<Licensee> =
        allow.iter().filter_map(|name| Licensee::parse(name).ok()).collect();
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| {
        expression
            .evaluate(|requirement| allowed.iter().any(|license| license.satisfies(requirement)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_needs_one_allowed_alternative_and_all_its_conditions() {
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

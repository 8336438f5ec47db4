//! `cargo xtask sbom`: the software bill of materials of the shipped programs, in the CycloneDX format.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::PathBuf,
};

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use spdx::Expression;

use super::metadata::{Metadata, NodeDependency, Package};
use crate::{progress::say, project::project};

/// Options of `cargo xtask sbom`.
#[derive(Args)]
pub struct SbomArgs {
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The workspace's development tools.
const NOT_SHIPPED: [&str; 7] = [
    "bench",
    "library-floor",
    "xtask",
    "tests",
    "fixture-empty",
    "fixture-probe",
    "fixture-uses-key-value",
];

/// Packages that shipped ones use only with a feature that a tool enables. Cargo's metadata has one set of features for the
/// whole workspace.
const USED_BY_TOOLS: [&str; 1] = ["schemars"];

/// The reference of the whole application within the file.
const ROOT: &str = "library";

/// The part of Cargo.lock that has the checksums.
#[derive(Deserialize)]
struct Lock {
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// Writes the bill of materials. The same Cargo.lock gives the same file.
///
/// # Errors
/// If cargo fails, or the file cannot be written.
pub fn sbom(args: &SbomArgs) -> Result<()> {
    let lock = fs::read_to_string(project().join("Cargo.lock")).context("Cargo.lock")?;
    let bom = bill_of_materials(&Metadata::read()?, toml::from_str(&lock).context("Cargo.lock")?);
    let text = format!("{bom:#}\n");
    let Some(path) = &args.output else {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(());
    };
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let count = bom["components"].as_array().map_or(0, Vec::len);
    say(&format!("{count} packages written to {}", path.display()));
    Ok(())
}

/// The document, by <https://cyclonedx.org/docs/1.5/json/>. It omits serial number and time, so that it is
/// reproducible.
fn bill_of_materials(metadata: &Metadata, lock: Lock) -> Value {
    let packages = metadata.by_id();
    let is_for_tools =
        |used: &&NodeDependency| USED_BY_TOOLS.contains(&packages[used.pkg.as_str()].name.as_str());
    let dependencies: BTreeMap<&str, Vec<&NodeDependency>> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| {
            let used = node.deps.iter().filter(|used| !is_for_tools(used));
            (node.id.as_str(), used.collect())
        })
        .collect();
    let is_shipped = |package: &&Package| !NOT_SHIPPED.contains(&package.name.as_str());
    let shipped: Vec<&str> = metadata.members().filter(is_shipped).map(|p| &*p.id).collect();
    // Packages linked into the programs, and packages used only to build them.
    let linked = reachable(&shipped, &dependencies, &[None]);
    let used = reachable(&shipped, &dependencies, &[None, Some("build")]);
    let checksums: BTreeMap<(String, String), String> = lock
        .package
        .into_iter()
        .filter_map(|package| Some(((package.name, package.version), package.checksum?)))
        .collect();

    let references = |ids: &[&str]| -> BTreeSet<String> {
        ids.iter().map(|id| reference(packages[id])).collect()
    };
    let mut components = Vec::new();
    let mut relations = vec![json!({"ref": ROOT, "dependsOn": references(&shipped)})];
    for id in &used {
        let package = packages[id];
        let checksum = checksums.get(&(package.name.clone(), package.version.clone()));
        components.push(component(package, checksum, linked.contains(id)));
        let uses = dependencies.get(id).into_iter().flatten();
        let uses = uses.filter(|dependency| has_kind(dependency, &[None, Some("build")]));
        let uses: Vec<&str> = uses.map(|dependency| &*dependency.pkg).collect();
        relations.push(json!({"ref": reference(package), "dependsOn": references(&uses)}));
    }
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": ROOT, "name": "library",
                "version": env!("CARGO_PKG_VERSION"),
            },
        },
        "components": components,
        "dependencies": relations,
    })
}

fn component(package: &Package, checksum: Option<&String>, is_linked: bool) -> Value {
    let Package { name, version, license, .. } = package;
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": name,
        "version": version,
        "purl": format!("pkg:cargo/{name}@{}", version.replace('+', "%2B")),
        "scope": if is_linked { "required" } else { "excluded" },
    });
    if let Some(checksum) = checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    // Some packages still separate licenses with a slash, which is not SPDX.
    let license = license.as_deref().and_then(|license| {
        Expression::canonicalize(license).ok().flatten().or(Some(license.to_owned()))
    });
    if let Some(license) = license {
        component["licenses"] = json!([{"expression": license}]);
    }
    component
}

/// The reference of a package within the file.
fn reference(package: &Package) -> String {
    format!("{}@{}", package.name, package.version)
}

/// All packages that `from` uses, directly or through others, and `from` itself.
fn reachable<'a>(
    from: &[&'a str],
    dependencies: &BTreeMap<&'a str, Vec<&'a NodeDependency>>,
    kinds: &[Option<&str>],
) -> BTreeSet<&'a str> {
    let (mut found, mut pending) = (BTreeSet::new(), from.to_vec());
    while let Some(id) = pending.pop() {
        if found.insert(id) {
            let uses = dependencies.get(id).into_iter().flatten();
            pending.extend(uses.filter(|used| has_kind(used, kinds)).map(|used| &*used.pkg));
        }
    }
    found
}

fn has_kind(dependency: &NodeDependency, kinds: &[Option<&str>]) -> bool {
    dependency.dep_kinds.iter().any(|kind| kinds.contains(&kind.kind.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_lists_shipped_packages_with_license_and_checksum_and_is_reproducible() {
        let lock = || {
            let text = std::fs::read_to_string(project().join("Cargo.lock")).unwrap();
            toml::from_str(&text).unwrap()
        };
        let metadata = Metadata::read().unwrap();
        let first = bill_of_materials(&metadata, lock());
        assert_eq!(first, bill_of_materials(&metadata, lock()));
        let components = first["components"].as_array().unwrap();
        let find = |name: &str| components.iter().find(|component| component["name"] == name);
        for shipped in ["wasmtime", "spin-sdk", "catalog", "host"] {
            assert!(find(shipped).is_some(), "{shipped}");
        }
        for tool in ["xtask", "tests", "proptest", "indicatif", "schemars"] {
            assert!(find(tool).is_none(), "{tool}");
        }
        let wasmtime = find("wasmtime").unwrap();
        assert_eq!(wasmtime["scope"], "required");
        assert_eq!(wasmtime["hashes"][0]["alg"], "SHA-256");
        assert!(wasmtime["licenses"][0]["expression"].as_str().unwrap().contains("Apache-2.0"));
        let references: BTreeSet<&str> =
            components.iter().map(|component| component["bom-ref"].as_str().unwrap()).collect();
        assert_eq!(references.len(), components.len(), "references are unique");
        for relation in first["dependencies"].as_array().unwrap() {
            for used in relation["dependsOn"].as_array().unwrap() {
                assert!(references.contains(used.as_str().unwrap()), "{relation}");
            }
        }
        assert!(wasmtime["purl"].as_str().unwrap().starts_with("pkg:cargo/wasmtime@48"));
    }
}

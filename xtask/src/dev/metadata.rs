//! Cargo's metadata: the workspace's packages and their dependencies.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::build::cargo_command;

/// The output of `cargo metadata`.
#[derive(Deserialize)]
pub struct Metadata {
    /// All packages, of the workspace and of others
    pub packages: Vec<Package>,
    /// The ids of the workspace's packages
    pub workspace_members: Vec<String>,
    /// The dependency graph
    pub resolve: Resolve,
}

/// A package.
#[derive(Deserialize)]
pub struct Package {
    /// Its unique id
    pub id: String,
    /// Its name
    pub name: String,
    /// Its version
    pub version: String,
    /// Its license, an SPDX expression
    pub license: Option<String>,
    /// The registry it is from; `None` for packages of this workspace
    pub source: Option<String>,
    /// Its Cargo.toml
    pub manifest_path: PathBuf,
    /// The dependencies in its Cargo.toml
    pub dependencies: Vec<Dependency>,
}

/// A dependency in a Cargo.toml.
#[derive(Deserialize)]
pub struct Dependency {
    /// The name of the package
    pub name: String,
    /// The name in the source, if it differs
    pub rename: Option<String>,
}

/// The resolved dependencies.
#[derive(Deserialize)]
pub struct Resolve {
    /// One node per package
    pub nodes: Vec<Node>,
}

/// The dependencies of a package.
#[derive(Deserialize)]
pub struct Node {
    /// The package's id
    pub id: String,
    /// Its dependencies
    pub deps: Vec<NodeDependency>,
}

/// A resolved dependency.
#[derive(Deserialize)]
pub struct NodeDependency {
    /// The package's id
    pub pkg: String,
    /// Its kinds
    pub dep_kinds: Vec<DependencyKind>,
}

/// The kind of a dependency.
#[derive(Deserialize)]
pub struct DependencyKind {
    /// `None` for the program itself, otherwise `dev` or `build`
    pub kind: Option<String>,
}

impl Metadata {
    /// Runs `cargo metadata` with exactly the versions in Cargo.lock.
    ///
    /// # Errors
    /// If Cargo.lock is not up to date or cargo fails otherwise.
    pub fn read() -> Result<Metadata> {
        let output =
            cargo_command().args(["metadata", "--format-version=1", "--locked"]).output()?;
        if !output.status.success() {
            bail!("`cargo metadata --locked` failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The packages of the workspace.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// All packages by their ids.
    pub fn by_id(&self) -> BTreeMap<&str, &Package> {
        self.packages.iter().map(|package| (package.id.as_str(), package)).collect()
    }
}

//! Finds dependencies that no source file of their package mentions.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use super::metadata::{Metadata, Package};

/// Checks every package of the workspace.
///
/// # Errors
/// If a dependency is unused; the message names all of them.
pub fn check() -> Result<()> {
    let metadata = Metadata::read()?;
    let mut unused = Vec::new();
    for package in metadata.members() {
        let folder = package.manifest_path.parent().context("a package without a folder")?;
        let mut sources = String::new();
        read_sources(folder, &mut sources)?;
        unused.extend(unused_dependencies(package, &sources).map(|name| {
            format!("{name} is in {} but unused; remove it", package.manifest_path.display())
        }));
    }
    if unused.is_empty() { Ok(()) } else { bail!("{}", unused.join("\n")) }
}

fn unused_dependencies<'a>(package: &'a Package, sources: &str) -> impl Iterator<Item = &'a str> {
    let is_used = |name: &str| contains_word(sources, &name.replace('-', "_"));
    package
        .dependencies
        .iter()
        .map(|dependency| dependency.rename.as_deref().unwrap_or(&dependency.name))
        .filter(move |name| !is_used(name))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Appends all Rust files below `folder`, but not those of packages in it.
fn read_sources(folder: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            let is_other = path.join("Cargo.toml").exists() || path.ends_with("node_modules");
            if !is_other {
                read_sources(&path, sources)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Whether `text` contains the identifier `word`.
fn contains_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(is_part) && !text[start + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_used_if_its_identifier_is_in_a_source() {
        for used in ["use serde_json::Value;", "#[serde_json]", "x(serde_json)", "serde_json"] {
            assert!(contains_word(used, "serde_json"), "{used}");
        }
        for unused in ["use serde::json;", "my_serde_json", "serde_jsonx", "serde-json", ""] {
            assert!(!contains_word(unused, "serde_json"), "{unused}");
        }
    }
}

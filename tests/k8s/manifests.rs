//! The objects of each kustomization, rendered once.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde::Deserialize;
use serde_json::Value;
use tests::{from_xtask, project};

/// The objects of a kustomization.
pub type Objects = Vec<Value>;

/// The kustomizations that are applied on their own: the base, and every overlay.
pub static DEPLOYED: LazyLock<BTreeMap<String, Objects>> = LazyLock::new(|| {
    let mut overlays = RENDERED.clone();
    overlays.retain(|name, _| {
        let depth = name.split('/').count();
        name == "base" || (name.starts_with("overlays/") && depth == 2)
    });
    assert!(overlays.len() > 5, "{:?}", overlays.keys());
    overlays
});

/// Every kustomization below k8s-spinkube/, by folder, except those that only other kustomizations include.
pub static RENDERED: LazyLock<BTreeMap<String, Objects>> = LazyLock::new(|| {
    let root = root();
    kustomizations(&root)
        .into_iter()
        .map(|folder| folder.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .filter(|name| !name.starts_with("base/") && !name.ends_with("/pods"))
        .map(|name| (name.clone(), render(&root.join(name))))
        .collect()
});

/// The objects of keep/, which are applied once and outlive the app.
pub static KEPT: LazyLock<Objects> = LazyLock::new(|| {
    let folder = fs::read_dir(root().join("keep")).unwrap();
    folder.flat_map(|file| parse(&fs::read_to_string(file.unwrap().path()).unwrap())).collect()
});

pub fn root() -> PathBuf {
    project().join("k8s-spinkube")
}

/// The objects of `kind`.
pub fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> + Clone {
    objects.iter().filter(move |object| object["kind"] == kind)
}

/// `Kind/name`.
pub fn id(object: &Value) -> String {
    format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}

/// A string's text, empty for any other value.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An array's items, none for any other value.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// An object's keys and texts, empty for any other value.
pub fn texts(value: &Value) -> BTreeMap<&str, &str> {
    let map = value.as_object().into_iter().flatten();
    map.map(|(key, value)| (key.as_str(), text(value))).collect()
}

/// The folders below `folder` with a kustomization, except components, which can't be rendered alone.
pub fn kustomizations(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let own = fs::read_to_string(folder.join("kustomization.yaml"));
    if own.is_ok_and(|text| text.contains("kind: Kustomization")) {
        found.push(folder.to_owned());
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(kustomizations(&path));
        }
    }
    found
}

/// The objects of the kustomization in `folder`, rendered like `kubectl apply -k`.
pub fn render(folder: &Path) -> Objects {
    let mut kubectl = Command::new(from_xtask("LIBRARY_TEST_KUBECTL"));
    let output = kubectl.arg("kustomize").arg(folder).output().unwrap();
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && warnings.is_empty(), "{}: {warnings}", folder.display());
    parse(&String::from_utf8(output.stdout).unwrap())
}

fn parse(yaml: &str) -> Objects {
    yaml_serde::Deserializer::from_str(yaml)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

//! Renders the kustomizations, each once, and gives the objects.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// What is deployed as it is: the base, and every overlay.
pub static DEPLOYED: LazyLock<BTreeMap<String, Objects>> = LazyLock::new(|| {
    let mut overlays = RENDERED.clone();
    overlays.retain(|name, _| {
        let depth = name.split('/').count();
        name == "base" || (name.starts_with("overlays/") && depth == 2)
    });
    assert!(overlays.len() > 5, "{:?}", overlays.keys());
    overlays
});

/// Every kustomization below k8s-spinkube/, by its folder there: also the parts, which are not deployed by themselves.
pub static RENDERED: LazyLock<BTreeMap<String, Objects>> = LazyLock::new(|| {
    let root = root();
    kustomizations(&root)
        .into_iter()
        .map(|folder| {
            let name = folder.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            (name, parse(&render(&folder)))
        })
        .collect()
});

/// What is applied once by itself and outlives the app: namespace and backups.
pub static KEPT: LazyLock<Objects> = LazyLock::new(|| {
    let folder = fs::read_dir(root().join("keep")).unwrap();
    folder.flat_map(|file| parse(&fs::read_to_string(file.unwrap().path()).unwrap())).collect()
});

pub fn root() -> PathBuf {
    project().join("k8s-spinkube")
}

/// The objects of `kind`.
pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

/// `Kind/name`.
pub fn id(object: &Value) -> String {
    format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}

/// A string's text; nothing for what is no string.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An array's items; none for what is no array.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A map's keys and texts; none for what is no map.
pub fn texts(value: &Value) -> BTreeMap<&str, &str> {
    let map = value.as_object().into_iter().flatten();
    map.map(|(key, value)| (key.as_str(), text(value))).collect()
}

/// The folders below `folder` with a kustomization that can be rendered, which a component can't.
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

fn render(folder: &Path) -> String {
    let mut kubectl = Command::new(from_xtask("LIBRARY_TEST_KUBECTL"));
    let output = kubectl.arg("kustomize").arg(folder).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", folder.display());
    assert!(!complaint.contains("deprecated"), "{}: {complaint}", folder.display());
    String::from_utf8(output.stdout).unwrap()
}

fn parse(yaml: &str) -> Objects {
    yaml_serde::Deserializer::from_str(yaml)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

/// The names of the claims that pods in `objects` want to find.
pub fn pod_claims(objects: &[Value]) -> BTreeSet<String> {
    crate::cluster::pod_templates(objects)
        .flat_map(|(_, template)| items(&template["spec"]["volumes"]))
        .filter_map(|volume| {
            Some(volume["persistentVolumeClaim"]["claimName"].as_str()?.to_owned())
        })
        .collect()
}

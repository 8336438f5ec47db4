//! The manifests agree with the other files of the project that they repeat, and with the README.

use std::{fs, path::PathBuf};

use tests::project;

use crate::{
    cluster::{mounted_claims, pod_templates},
    manifests::{DEPLOYED, KEPT, RENDERED, items, kustomizations, of_kind, root, text},
};

#[test]
fn image_versions_are_only_in_the_images_component() {
    let images = fs::read_to_string(root().join("images/kustomization.yaml")).unwrap();
    for (name, objects) in DEPLOYED.iter() {
        let containers = pod_templates(objects).flat_map(|(_, t)| items(&t["spec"]["containers"]));
        let apps = of_kind(objects, "SpinApp").map(|app| &app["spec"]["image"]);
        for image in containers.map(|container| &container["image"]).chain(apps) {
            let (image, tag) = text(image).rsplit_once(':').unwrap();
            assert!(images.contains(&format!("newTag: {tag}\n")), "{name}: {image}:{tag}");
        }
    }
    let elsewhere: Vec<PathBuf> = kustomizations(&root())
        .into_iter()
        .filter(|folder| {
            fs::read_to_string(folder.join("kustomization.yaml")).unwrap().contains("newTag")
        })
        .collect();
    assert_eq!(elsewhere, Vec::<PathBuf>::new());
}

#[test]
fn compose_and_cluster_run_the_same_mysql() {
    let compose = fs::read_to_string(project().join("mysql/compose.yaml")).unwrap();
    let server = of_kind(&RENDERED["base"], "StatefulSet").next().unwrap();
    let image = text(&server["spec"]["template"]["spec"]["containers"][0]["image"]);
    assert!(compose.contains(&format!("image: {image}\n")), "{image}: {compose}");
    let cluster = of_kind(&RENDERED["overlays/ha"], "InnoDBCluster").next().unwrap();
    assert_eq!(image, format!("mysql:{}", text(&cluster["spec"]["version"])));
}

#[test]
fn folders_in_the_readme_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let paths: Vec<&str> = readme
        .split(|c: char| c.is_whitespace() || "`()\"".contains(c))
        .filter(|word| word.starts_with("k8s-spinkube/") && !word.contains(['<', '*']))
        .collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        assert!(project().join(path.trim_end_matches(['.', ',', ';', ':'])).exists(), "{path}");
    }
    for overlay in DEPLOYED.keys().filter(|name| name.starts_with("overlays/")) {
        assert!(readme.contains(overlay.as_str()), "the README does not mention {overlay}");
    }
}

#[test]
fn keep_has_the_objects_that_outlive_the_app() {
    let kept: Vec<&str> = KEPT.iter().map(|object| text(&object["kind"])).collect();
    assert!(kept.contains(&"Namespace") && kept.contains(&"PersistentVolumeClaim"), "{kept:?}");
    assert!(mounted_claims(&RENDERED["restore"]).contains("backups"));
}

#[test]
fn the_readme_names_the_loader_of_this_version() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let job = of_kind(&DEPLOYED["base"], "Job").next().unwrap();
    let name = text(&job["metadata"]["name"]);
    let named: Vec<&str> = readme
        .split(|c: char| c.is_whitespace() || "`/".contains(c))
        .filter(|word| word.starts_with("library-loader-") && !word.ends_with('…'))
        .collect();
    assert!(!named.is_empty() && named.iter().all(|word| *word == name), "{name}: {named:?}");
}

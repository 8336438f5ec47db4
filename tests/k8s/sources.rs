//! What the manifests take from other files of the project, and the README's hold on them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use loader::Store;
use tests::project;

use crate::{
    cluster::pod_templates,
    manifests::{
        DEPLOYED, KEPT, RENDERED, items, kustomizations, of_kind, pod_claims, root, text, texts,
    },
};

#[test]
fn the_loader_gets_every_file_of_the_schema_and_the_demo_data() {
    let mysql = project().join("mysql");
    let mut files: Vec<PathBuf> =
        ["users.sql", "catalog_demo.csv", "patrons_demo.csv"].map(|name| mysql.join(name)).into();
    for store in Store::ALL {
        let folder = fs::read_dir(mysql.join(store.schema())).unwrap();
        files.extend(folder.map(|file| file.unwrap().path()));
    }
    for (name, objects) in DEPLOYED.iter() {
        let job = of_kind(objects, "Job").find(|job| job["metadata"]["name"] == "library-loader");
        let spec = &job.unwrap()["spec"]["template"]["spec"];
        let mut mounted = BTreeMap::new();
        for mount in items(&spec["containers"][0]["volumeMounts"]) {
            let volume =
                items(&spec["volumes"]).iter().find(|volume| volume["name"] == mount["name"]);
            let map = &volume.unwrap()["configMap"]["name"];
            let map =
                of_kind(objects, "ConfigMap").find(|object| &object["metadata"]["name"] == map);
            let path = text(&mount["mountPath"]);
            for (key, content) in texts(&map.unwrap()["data"]) {
                match mount["subPath"].as_str() {
                    None => mounted.insert(format!("{path}/{key}"), content),
                    Some(only) if only == key => mounted.insert(path.to_owned(), content),
                    Some(_) => None,
                };
            }
        }
        for file in &files {
            let place = format!("/library/{}", file.strip_prefix(&mysql).unwrap().display());
            let content = fs::read_to_string(file).unwrap();
            assert_eq!(
                mounted.remove(&place),
                Some(content.as_str()),
                "{name}: {place}; is it in mysql/kustomization.yaml?"
            );
        }
        assert_eq!(mounted, BTreeMap::new(), "{name}: files that mysql/ does not have");
    }
}

#[test]
fn images_are_named_in_one_place() {
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
fn local_and_cluster_have_the_same_mysql() {
    let compose = fs::read_to_string(project().join("mysql/compose.yaml")).unwrap();
    let dockerfile = fs::read_to_string(project().join("mysql/Dockerfile")).unwrap();
    let server = of_kind(&RENDERED["base"], "StatefulSet").next().unwrap();
    let image = text(&server["spec"]["template"]["spec"]["containers"][0]["image"]);
    assert!(compose.contains(&format!("image: {image}\n")), "{image}: {compose}");
    assert!(dockerfile.contains(&format!("FROM {image}\n")), "{image}: {dockerfile}");
    let cluster = of_kind(&RENDERED["overlays/ha"], "InnoDBCluster").next().unwrap();
    assert_eq!(image, format!("mysql:{}", text(&cluster["spec"]["version"])));
}

#[test]
fn the_readme_s_folders_are_there() {
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
        assert!(readme.contains(overlay.as_str()), "the README does not tell of {overlay}");
    }
}

#[test]
fn what_outlives_the_app_is_only_what_is_applied_once() {
    let kept: Vec<&str> = KEPT.iter().map(|object| text(&object["kind"])).collect();
    assert!(kept.contains(&"Namespace") && kept.contains(&"PersistentVolumeClaim"), "{kept:?}");
    assert!(pod_claims(&RENDERED["restore"]).contains("backups"));
}

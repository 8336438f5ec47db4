//! Images have versions, and all images of the library have the same one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rule::{Refusal, Rule, container, object};
use crate::{
    cluster::pod_templates,
    manifests::{id, items, of_kind, text},
};

pub const VERSIONED: Rule = Rule {
    name: "images have versions",
    check: |objects| {
        let of_containers = pod_templates(objects).flat_map(|(object, template)| {
            items(&template["spec"]["containers"])
                .iter()
                .map(move |c| (id(object), text(&c["image"])))
        });
        let of_apps = of_kind(objects, "SpinApp").map(|app| (id(app), text(&app["spec"]["image"])));
        let images: Vec<(String, &str)> = of_containers.chain(of_apps).collect();
        let mut violations: Vec<String> = images
            .iter()
            .filter(|(_, image)| {
                tag(image) == "latest" || !tag(image).contains(|c: char| c.is_ascii_digit())
            })
            .map(|(object, image)| format!("{object}: {image}"))
            .collect();
        let versions: BTreeSet<&str> = images
            .iter()
            .filter(|(_, image)| name(image).starts_with("library"))
            .map(|(_, image)| tag(image))
            .collect();
        if versions.len() > 1 {
            violations.push(format!("images of the library have several versions: {versions:?}"));
        }
        violations.extend(loaders_without_version(objects));
        violations
    },
    refusals: &[
        Refusal {
            overlay: "base",
            change: |o| container(o, "StatefulSet/mysql")["image"] = "mysql:latest".into(),
            violation: "StatefulSet/mysql: mysql:latest",
        },
        Refusal {
            overlay: "base",
            change: |o| object(o, "SpinApp/library")["spec"]["image"] = "host:5000/library".into(),
            violation: "SpinApp/library: host:5000/library",
        },
        Refusal {
            overlay: "five-pods",
            change: |o| {
                object(o, "SpinApp/catalog")["spec"]["image"] = "host:5000/library:0.0.9".into()
            },
            violation: "images of the library have several versions",
        },
        Refusal {
            overlay: "ha",
            change: |o| {
                container(o, "Job/library-loader")["image"] =
                    "host:5000/library-loader:1.0.0".into()
            },
            violation: "Job/library-loader-0-1-0 should be named library-loader-1-0-0",
        },
    ],
};

/// The pod template of a Job can't change, so every version needs a Job with a different name.
fn loaders_without_version(objects: &[Value]) -> Vec<String> {
    of_kind(objects, "Job")
        .filter(|job| job["metadata"]["labels"]["app.kubernetes.io/name"] == "library-loader")
        .filter_map(|job| {
            let image = text(&job["spec"]["template"]["spec"]["containers"][0]["image"]);
            let wanted = format!("library-loader-{}", tag(image).replace('.', "-"));
            (job["metadata"]["name"] != wanted.as_str())
                .then(|| format!("{} should be named {wanted}", id(job)))
        })
        .collect()
}

fn name(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or_default()
}

fn tag(image: &str) -> &str {
    name(image).split_once(':').map_or("", |(_, tag)| tag)
}

//! The plan of the walk: the sections of the README, and further checks.

/// A step of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Run the commands of a section
    Section(&'static str),
    /// Skip a section for a reason
    Skip(&'static str, &'static str),
    /// Start again with an empty namespace, executor and Secret
    EmptyNamespace,
    /// Change the version in images/kustomization.yaml until the walk ends
    NewVersion,
    /// Run a check of our own
    Check(Check),
}

/// A check that is not in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The pages of this SpinApp's Service respond
    PagesAnswer(&'static str),
    /// The rest suite, with its schemas on the cluster's MySQL server
    RestSuite,
    /// The persistence lab on the cluster
    Lab,
    /// A burst of requests through the ingress; its times, and the pods' memory
    Burst,
    /// No request is refused while the app rolls
    RollingUpdate,
}

/// The steps, in the order of the README.
pub const PLAN: &[Step] = &[
    Step::Section("A cluster on a laptop"),
    Step::Section("Push the images"),
    Step::Section("Apply"),
    Step::Section("Watch"),
    Step::Section("Use"),
    Step::Check(Check::PagesAnswer("library")),
    Step::Check(Check::RestSuite),
    Step::Check(Check::Lab),
    Step::Section("Break"),
    Step::Section("Back up and restore"),
    Step::Check(Check::PagesAnswer("library")),
    Step::NewVersion,
    Step::Section("Upgrade"),
    Step::Section("Scale"),
    Step::Section("Capacity of a pod"),
    Step::Check(Check::Burst),
    Step::Section("Rolling updates"),
    Step::Check(Check::RollingUpdate),
    Step::Section("Five pods"),
    Step::Check(Check::PagesAnswer("frontend")),
    Step::EmptyNamespace,
    Step::Section("Volumes from a CSI driver"),
    Step::Check(Check::PagesAnswer("library")),
    Step::EmptyNamespace,
    Step::Section("High availability"),
    Step::Check(Check::PagesAnswer("frontend")),
    Step::EmptyNamespace,
    Step::Section("Observability"),
    Step::Check(Check::PagesAnswer("library")),
    Step::Skip("https", "it needs a public host name and a certificate authority"),
    Step::Section("Tear down"),
];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{cluster::e2e::readme::sections, project::project};

    #[test]
    fn every_section_with_commands_is_walked_or_skipped_for_a_reason() {
        let readme = fs::read_to_string(project().join("k8s-spinkube/README.md")).unwrap();
        let found: Vec<String> =
            sections(&readme).into_iter().map(|section| section.heading).collect();
        let walked: Vec<&str> = PLAN
            .iter()
            .filter_map(|step| match step {
                Step::Section(heading) => Some(*heading),
                _ => None,
            })
            .collect();
        assert_eq!(found, walked, "the sections with commands, and those in PLAN");
        for step in PLAN {
            if let Step::Skip(heading, _) = step {
                assert!(readme.contains(&format!("\n## {heading}\n")), "{heading}");
            }
        }
    }
}

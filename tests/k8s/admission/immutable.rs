//! The immutable fields of objects.

use serde_json::Value;

use crate::manifests::text;

/// The fields that an update may not change; for the specification of a StatefulSet or a claim, the fields that it may
/// change.
enum Immutable {
    These(&'static [&'static str]),
    AllOfSpecBut(&'static [&'static str]),
}

/// Compares the stored object with its update.
///
/// # Errors
/// The API server's message, if the update changes an immutable field.
pub fn compare(old: &Value, new: &Value) -> Result<(), String> {
    let kind = text(&new["kind"]);
    let immutable = match kind {
        "Job" => Immutable::These(&["/spec/template", "/spec/selector", "/spec/completions"]),
        "Deployment" => Immutable::These(&["/spec/selector"]),
        "Service" => Immutable::These(&["/spec/clusterIP"]),
        "StorageClass" => Immutable::These(&[
            "/provisioner",
            "/parameters",
            "/reclaimPolicy",
            "/volumeBindingMode",
        ]),
        "StatefulSet" => Immutable::AllOfSpecBut(&[
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
        ]),
        // A larger size is possible if the class allows it.
        "PersistentVolumeClaim" => Immutable::AllOfSpecBut(&["resources"]),
        "VolumeSnapshot" => Immutable::These(&["/spec/source"]),
        _ => return Ok(()),
    };
    match immutable {
        Immutable::These(fields) => {
            let changed = fields.iter().find(|field| old.pointer(field) != new.pointer(field));
            match changed {
                Some(field) => {
                    let field = field.trim_start_matches('/').replace('/', ".");
                    Err(format!("{field}: Invalid value: field is immutable"))
                }
                None => Ok(()),
            }
        }
        Immutable::AllOfSpecBut(mutable) => {
            let fixed = |object: &Value| {
                let mut spec = object["spec"].as_object().cloned().unwrap_or_default();
                spec.retain(|field, _| !mutable.contains(&field.as_str()));
                spec
            };
            if fixed(old) == fixed(new) {
                Ok(())
            } else {
                let kind = kind.to_lowercase();
                Err(format!(
                    "spec: Forbidden: updates to {kind} spec for other fields are forbidden"
                ))
            }
        }
    }
}

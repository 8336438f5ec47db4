//! An emulation of the API server's admission and of the Spin operator's webhooks, so that a manifest that a cluster
//! would refuse fails here.

mod crd;
mod immutable;
#[cfg(test)]
mod tests;
mod webhook;

pub use crd::kinds;
pub use webhook::quantity;

use serde_json::Value;

use crate::manifests::{Objects, id, text};

/// The group of SpinKube's kinds.
const SPINKUBE: &str = "core.spinkube.dev/v1alpha1";

/// Kinds without a namespace.
pub const CLUSTER_SCOPED: [&str; 3] = ["Namespace", "StorageClass", "VolumeSnapshotClass"];

/// The objects that a cluster stores.
#[derive(Clone, Default)]
pub struct Cluster {
    objects: Objects,
}

impl Cluster {
    /// A cluster after applying `objects` in order.
    ///
    /// # Panics
    /// If it refuses one.
    pub fn with(objects: &[Value]) -> Cluster {
        let mut cluster = Cluster::default();
        // kubectl sorts the files of a folder by name; the README applies the namespace first.
        let (namespaces, others): (Vec<&Value>, Vec<&Value>) =
            objects.iter().partition(|object| object["kind"] == "Namespace");
        for object in namespaces.into_iter().chain(others) {
            cluster.apply(object).unwrap_or_else(|refusal| panic!("{refusal}"));
        }
        cluster
    }

    /// The stored objects of `kind`.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        crate::manifests::of_kind(&self.objects, kind)
    }

    /// Applies one object, as `kubectl apply` does.
    ///
    /// # Errors
    /// The refusal, beginning with the object's kind and name.
    pub fn apply(&mut self, object: &Value) -> Result<(), String> {
        let admitted =
            self.admit(object).map_err(|refusal| format!("{}: {refusal}", id(object)))?;
        match self.stored(object) {
            Some(index) => self.objects[index] = admitted,
            None => self.objects.push(admitted),
        }
        Ok(())
    }

    /// The object that would be stored for `object`, like `kubectl apply --dry-run=server`.
    ///
    /// # Errors
    /// The refusal.
    pub fn admit(&self, object: &Value) -> Result<Value, String> {
        self.check_namespace(object)?;
        let mut admitted = object.clone();
        if kinds().any(|kind| object["kind"] == kind) {
            crd::decode_strictly(&admitted)?;
            crd::set_defaults(&mut admitted);
            let is_of_spinkube = object["apiVersion"] == SPINKUBE;
            if is_of_spinkube {
                webhook::mutate(&mut admitted, &self.objects);
                crd::set_defaults(&mut admitted);
            }
            crd::validate(&admitted)?;
            if is_of_spinkube {
                webhook::validate(&admitted, &self.objects)?;
            }
        }
        if let Some(index) = self.stored(object) {
            immutable::compare(&self.objects[index], &admitted)?;
        }
        Ok(admitted)
    }

    fn check_namespace(&self, object: &Value) -> Result<(), String> {
        let is_cluster_scoped = CLUSTER_SCOPED.contains(&text(&object["kind"]));
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
        let exists =
            || self.of_kind("Namespace").any(|stored| stored["metadata"]["name"] == namespace);
        if is_cluster_scoped || namespace == "default" || exists() {
            Ok(())
        } else {
            Err(format!("namespaces {namespace:?} not found"))
        }
    }

    fn stored(&self, object: &Value) -> Option<usize> {
        self.objects.iter().position(|stored| {
            id(stored) == id(object)
                && stored["metadata"]["namespace"] == object["metadata"]["namespace"]
        })
    }
}

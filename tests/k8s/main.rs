//! The manifests in k8s-spinkube/, rendered by kubectl and checked without a cluster: against schemas, by an emulation
//! of a cluster's admission, by rules, and against the files of the project that they repeat.

mod admission;
mod calls;
mod cluster;
mod manifests;
mod network;
mod operator;
mod rolling_update;
mod rules;
mod schemas;
mod sources;
mod spin;

//! The manifests in k8s-spinkube/, rendered as kubectl renders them: their shape, what must hold of them, and what of
//! the project's other files they repeat. No cluster.

mod backup;
mod calls;
mod cluster;
mod counter_examples;
mod manifests;
mod network;
mod rules;
mod schemas;
mod sources;
mod spin;

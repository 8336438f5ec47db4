//! Compiles the crate again when a migration is added or changed: the macro that embeds them reads their folders unnoticed
//! by cargo.

fn main() {
    for schema in ["catalogdb", "patronsdb", "borrowdb"] {
        println!("cargo::rerun-if-changed=../{schema}");
    }
}

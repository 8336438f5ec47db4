//! Gives the components a small stack. It is a part of the memory with which every instance begins, and Spin cleans the
//! first 2 MiB of that after each request.

/// In bytes, instead of Rust's 1 MiB. JSON with as many levels as serde_json accepts, 128, needs the most: more than 40 KiB
/// and less than 64. Ordinary requests to twenty routes need at most 24 KiB. An overflow traps.
const STACK: u32 = 128 * 1024;

/// Tells the linker. The build script of the frontend calls this.
pub fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}

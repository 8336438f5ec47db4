//! Gives the components a small stack. It is a part of the memory with which every instance begins, and Spin cleans the
//! first 2 MiB of that after each request.

/// In bytes, instead of Rust's 1 MiB. JSON with as many levels as serde_json accepts, 128, needs the most: more than 40 KiB
/// and less than 64. Ordinary requests to twenty routes need at most 24 KiB. An overflow traps.
const STACK: u32 = 128 * 1024;

/// Tells the linker, except for unoptimized code, which needs more. The build script of the frontend calls this.
pub fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    let is = |variable, value| std::env::var(variable).is_ok_and(|set| set == value);
    if is("CARGO_CFG_TARGET_FAMILY", "wasm") && !is("OPT_LEVEL", "0") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}

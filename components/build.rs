//! Gives the components a small stack. It is a part of the memory with which every instance begins, and Spin cleans the
//! first 2 MiB of that after each request.

/// In bytes. Of Rust's default, 1 MiB, requests to twenty routes used at most 24 KiB.
const STACK: u32 = 256 * 1024;

/// Tells the linker. The build script of the frontend calls this.
pub fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}

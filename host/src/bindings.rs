//! The host side of `wit/spin.wit`, generated.
#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "spin-imports",
    imports: { default: async | trappable },
    with: { "fermyon:spin/mysql.connection": crate::mysql::Session },
});

pub use self::{
    SpinImports as Imports,
    fermyon::spin::{mysql, rdbms_types, variables},
};

//! Host bindings generated from `wit/spin.wit`.
#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "spin-imports",
    imports: { default: async | trappable },
    with: { "fermyon:spin/mysql.connection": crate::mysql::sessions::Session },
});

pub use self::{
    SpinImports as Imports,
    fermyon::spin::{mysql, rdbms_types, variables},
};

//! The interfaces that this runtime offers to components.
use anyhow::anyhow;
use wasmtime::{
    Engine,
    component::{HasSelf, Linker},
};

use super::Guest;
use crate::bindings;

/// The interfaces that components may import: WASI 0.2 and Spin's variables and MySQL.
///
/// # Errors
/// A bug in this runtime.
pub fn linker(engine: &Engine) -> anyhow::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)
        .and_then(|()| wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker))
        .and_then(|()| {
            bindings::Imports::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)
        })
        .map_err(|error| anyhow!("{error:#}"))?;
    Ok(linker)
}

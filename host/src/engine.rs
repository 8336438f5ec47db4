//! wasmtime, set up for a fresh instance per request.
use std::{path::Path, thread, time::Duration};

use anyhow::{Context, anyhow, bail, ensure};
use wasmtime::{
    Cache, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    component::{Component, HasSelf, Linker},
};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::{bindings, guest::Guest};

/// How often a busy component gives way to the other requests on its thread.
const TICK: Duration = Duration::from_millis(10);

/// Instances that may live at once. Every hop of a call from component to component holds one.
const INSTANCES: u32 = 1000;

/// The core modules and memories a component of the Rust SDK is made of; wasmtime counts these.
const CORE_INSTANCES_EACH: u32 = 4;

/// Makes the engine and starts the clock that interrupts busy components.
///
/// # Errors
/// The machine cannot run the compiled code at all.
pub fn engine() -> anyhow::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * CORE_INSTANCES_EACH)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES * CORE_INSTANCES_EACH)
        .total_stacks(INSTANCES);
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // Components are stripped: a backtrace would be a list of numbers, made at some cost.
        .wasm_backtrace_max_frames(None)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    match Cache::from_file(None) {
        Ok(cache) => _ = config.cache(Some(cache)),
        Err(error) => tracing::warn!("compiled code is not kept for the next start: {error:#}"),
    }
    let engine = Engine::new(&config).or_else(|error| {
        // The pool reserves terabytes of addresses, which some sandboxes do not grant.
        tracing::warn!("instances are not pooled: {error:#}");
        Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand))
    });
    let engine = engine.map_err(|error| anyhow!("wasmtime cannot run here: {error:#}"))?;
    // A thread of its own: a task would wait behind the very components it is to interrupt.
    let clock = engine.weak();
    thread::Builder::new()
        .name("epoch".into())
        .spawn(move || {
            while let Some(engine) = clock.upgrade() {
                engine.increment_epoch();
                thread::sleep(TICK);
            }
        })
        .context("cannot start the thread that interrupts busy components")?;
    Ok(engine)
}

/// What components may import: WASI 0.2, and Spin's variables and MySQL.
///
/// # Errors
/// Only a mistake in this runtime.
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

/// Compiles the component in the file `source`, or takes it from the cache.
///
/// # Errors
/// The file is missing or no component, it imports what this runtime does not have, or it does not
/// answer HTTP requests.
pub fn load(linker: &Linker<Guest>, source: &Path) -> anyhow::Result<ProxyPre<Guest>> {
    let bytes =
        std::fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
    ensure!(
        !bytes.starts_with(b"\0asm\x01\0\0\0"),
        "{} is a core module, not a component: build it for the target wasm32-wasip2",
        source.display()
    );
    let engine = linker.engine();
    let component = Component::from_binary(engine, &bytes)
        .map_err(|error| anyhow!("{} cannot be compiled: {error:#}", source.display()))?;
    let pre = linker.instantiate_pre(&component).map_err(|error| {
        anyhow!("it imports an interface this runtime does not implement: {error:#}")
    })?;
    match ProxyPre::new(pre) {
        Ok(pre) => Ok(pre),
        Err(error) => bail!("it does not export wasi:http/incoming-handler of WASI 0.2: {error:#}"),
    }
}

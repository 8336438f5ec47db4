//! The wasmtime engine, configured for one new instance per request.
use std::{path::Path, thread, time::Duration};

use anyhow::{Context, anyhow, bail, ensure};
use wasmtime::{
    Cache, Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    component::{Component, Linker},
};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

/// The time slice after which a computing component yields its thread to other requests.
const TICK: Duration = Duration::from_millis(10);

/// Instances per request from outside: each call from component to component holds one more.
const INSTANCES_PER_REQUEST: usize = 16;

/// Core instances in a component built with the Rust SDK; wasmtime limits these separately.
const CORE_INSTANCES_PER_COMPONENT: u32 = 4;

/// The written memory and table space of an instance that stay with the process for the next one, in bytes. Most requests
/// write less; the rest goes back to the system.
const KEPT_MEMORY: usize = 1024 * 1024;
const KEPT_TABLE: usize = 160 * 1024;

/// Creates the engine and starts the thread that interrupts components that compute.
///
/// `max_requests` requests from outside may run at once.
///
/// # Errors
/// This machine cannot run compiled WebAssembly.
pub fn engine(max_requests: usize) -> anyhow::Result<Engine> {
    let instances = u32::try_from(max_requests * INSTANCES_PER_REQUEST)
        .context("--max-requests is too large")?;
    let core_instances = instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(core_instances)
        .total_memories(instances)
        .total_tables(core_instances)
        .total_stacks(instances)
        // An instance that ends gets its memory and its tables cleaned page by page, only those that it wrote. Giving them
        // back to the system instead costs three system calls and a page fault for each page that the next one uses.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(KEPT_TABLE);
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // Components have no symbols, so a backtrace would be a costly list of addresses.
        .wasm_backtrace_max_frames(None)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    match Cache::from_file(None) {
        Ok(cache) => _ = config.cache(Some(cache)),
        Err(error) => tracing::warn!("compiled components are not cached: {error:#}"),
    }
    let engine = Engine::new(&config).or_else(|error| {
        // The pool reserves terabytes of address space, which some sandboxes refuse.
        tracing::warn!("instance memory is not pooled: {error:#}");
        Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand))
    });
    let engine = engine.map_err(|error| anyhow!("wasmtime cannot run here: {error:#}"))?;
    // A separate thread: a task would wait behind the components it must interrupt.
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

/// Compiles the component file `source`, or loads it from the cache.
///
/// # Errors
/// The file is missing or not a component, imports an interface that this runtime does not implement,
/// or does not export an HTTP handler.
pub fn load<T: 'static>(linker: &Linker<T>, source: &Path) -> anyhow::Result<ProxyPre<T>> {
    let bytes =
        std::fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
    ensure!(
        !bytes.starts_with(b"\0asm\x01\0\0\0"),
        "{} is a core module, not a component; build it for the target wasm32-wasip2",
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

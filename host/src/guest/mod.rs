//! A component instance: its state, and the host interfaces implemented for it.
//!
//! [`App`] holds components linked against [`Guest`], a guest holds its app, and so does its `OutgoingHttp`. This
//! cycle of types follows from wasmtime's linker, which is typed by the store's data.

mod http;
pub mod linker;
mod mysql;
pub mod progress;
mod response;
pub mod run;
mod variables;

use std::sync::Arc;

use wasmtime::{Store, StoreLimits, StoreLimitsBuilder, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use self::http::OutgoingHttp;
use crate::{
    app::{App, Component},
    component_log::Lines,
    telemetry::{RunningInstance, Span},
};

/// The state of one instance.
pub struct Guest {
    app: Arc<App>,
    component: Arc<Component>,
    table: ResourceTable,
    /// Number of open MySQL sessions.
    sessions: usize,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: OutgoingHttp,
    limits: StoreLimits,
    _running: RunningInstance,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}

impl Guest {
    /// The span of this instance.
    fn span(&mut self) -> &mut Span {
        &mut self.outgoing.span
    }

    /// Creates a store for an instance of `component`.
    fn store(app: &Arc<App>, component: &Arc<Component>, outgoing: OutgoingHttp) -> Store<Self> {
        let wasi = WasiCtxBuilder::new()
            .envs(&component.environment)
            .stdout(Lines::new(component.stdout.clone()))
            .stderr(Lines::new(component.stderr.clone()))
            .socket_addr_check({
                let component = component.clone();
                move |address, _| {
                    tracing::warn!(
                        "component {} may not open a socket to {address}: sockets are not implemented \
                         by this runtime",
                        component.id
                    );
                    Box::pin(async { false })
                }
            })
            .build();
        let guest = Self {
            app: app.clone(),
            component: component.clone(),
            table: ResourceTable::new(),
            sessions: 0,
            wasi,
            http: WasiHttpCtx::new(),
            outgoing,
            limits: StoreLimitsBuilder::new().memory_size(app.max_instance_memory).build(),
            _running: app.telemetry.count_instance(component.id.as_str()),
        };
        let mut store = Store::new(component.pre.engine(), guest);
        store.limiter(|guest| &mut guest.limits);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store
    }
}

//! A loaded app: its routes, its components, and what they share.
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use ::http::{Request, Response, uri::Authority};
use futures::future::BoxFuture;
use wasmtime_wasi_http::{WasiBody, p2::bindings::ProxyPre};

use crate::{
    component_log::Sink,
    guest::Guest,
    http::{admission::Admission, client::Client, hosts::ServedHosts, log::ProblemLog},
    identifier::ComponentId,
    mysql::sessions::SessionPools,
    outbound::AllowList,
    routes::Router,
    secret::Secret,
    telemetry::Telemetry,
};

/// Answers a call from one component to another, which it names.
pub(crate) type CallComponent = fn(
    Arc<App>,
    Request<WasiBody>,
    String,
) -> BoxFuture<'static, anyhow::Result<Response<WasiBody>>>;

/// A loaded app.
pub struct App {
    /// The app's name.
    pub name: String,
    /// The app's version.
    pub version: Option<String>,
    /// The app's public routes.
    pub router: Router,
    /// Descriptions of unreachable routes for the user.
    pub unreachable: Vec<String>,
    pub(crate) components: HashMap<String, Arc<Component>>,
    pub(crate) mysql: Arc<SessionPools>,
    pub(crate) http: Client,
    pub(crate) call_component: CallComponent,
    pub(crate) max_instance_memory: usize,
    pub(crate) request_deadline: Duration,
    pub(crate) own_address: OnceLock<SocketAddr>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) problems: ProblemLog,
    pub(crate) served_hosts: ServedHosts,
    pub(crate) telemetry: Telemetry,
}

/// A compiled and linked component.
pub(crate) struct Component {
    pub(crate) id: ComponentId,
    /// Whether a trigger names the component; otherwise it cannot be called.
    pub(crate) triggered: bool,
    pub(crate) pre: ProxyPre<Guest>,
    pub(crate) variables: HashMap<String, Secret>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) allowed: AllowList,
    pub(crate) stdout: Arc<Sink>,
    pub(crate) stderr: Arc<Sink>,
}

impl App {
    /// Returns whether other components can call `component`.
    pub(crate) fn is_callable(&self, component: &str) -> bool {
        self.components.get(component).is_some_and(|component| component.triggered)
    }

    /// Sets the address of the app, for requests that components send to their own app.
    pub fn set_own_address(&self, address: SocketAddr) {
        self.own_address.get_or_init(|| address);
    }

    /// The authority of requests that name no host.
    pub(crate) fn own_authority(&self) -> Authority {
        let address = self.own_address.get().and_then(|own| own.to_string().parse().ok());
        address.unwrap_or(Authority::from_static("localhost"))
    }

    /// Closes the pooled MySQL sessions and exports the last spans and metrics.
    pub async fn close(&self) {
        self.mysql.close().await;
        self.telemetry.shutdown().await;
    }
}

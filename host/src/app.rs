//! An app, loaded and ready to answer.
use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::{
    component_log::Sink,
    engine,
    guest::Guest,
    http::outgoing::Client,
    identifier::ComponentId,
    manifest::{self, Manifest},
    mysql::Sessions,
    outbound::AllowList,
    routes::Router,
    secret::Secret,
    variables::{Provider, Variables},
};

/// How an app is to be run.
#[derive(Debug)]
pub struct Settings {
    /// The manifest.
    pub manifest: PathBuf,
    /// The components to run; all of them when none is named.
    pub components: Vec<String>,
    /// Where values of variables come from; the first that has one counts.
    pub providers: Vec<Provider>,
    /// Environment variables for all components, over those of the manifest.
    pub environment: BTreeMap<String, String>,
    /// Where component output is kept.
    pub log_dir: Option<PathBuf>,
    /// No echo of component output.
    pub quiet: bool,
    /// Bytes of memory one instance may have.
    pub max_instance_memory: usize,
    /// Time one request may take in one component, calls to the outside included.
    pub request_deadline: Duration,
    /// MySQL sessions to keep or have open at once, for each address.
    pub max_mysql_sessions: usize,
}

/// A loaded app.
pub struct App {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its public routes.
    pub router: Router,
    /// Routes that are never reached, as lines for the user.
    pub unreached: Vec<String>,
    pub(crate) components: HashMap<String, Arc<Component>>,
    pub(crate) mysql: Sessions,
    pub(crate) http: Client,
    pub(crate) max_instance_memory: usize,
    pub(crate) request_deadline: Duration,
    pub(crate) own_address: OnceLock<SocketAddr>,
}

/// One component, compiled and linked.
pub(crate) struct Component {
    pub(crate) id: ComponentId,
    /// Whether a trigger names it; without one nobody can call it.
    pub(crate) triggered: bool,
    pub(crate) pre: ProxyPre<Guest>,
    pub(crate) variables: HashMap<String, Secret>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) allowed: AllowList,
    pub(crate) stdout: Arc<Sink>,
    pub(crate) stderr: Arc<Sink>,
}

impl App {
    /// Loads the manifest and everything it names.
    ///
    /// # Errors
    /// Whatever makes the app unfit to start, as one message for the user.
    pub fn load(settings: &Settings) -> anyhow::Result<Arc<Self>> {
        let mut manifest = Manifest::load(&settings.manifest)?;
        if !settings.components.is_empty() {
            manifest
                .retain(&settings.components)
                .context("not all of --component-id can be run")?;
        }
        let folder = settings.manifest.parent().unwrap_or(Path::new("."));
        let (router, unreached) = Router::new(&manifest.trigger.http)?;
        let variables = Variables::resolve(&manifest.variables, &settings.providers)?;
        let linker = engine::linker(&engine::engine()?)?;
        let loader = Loader { settings, manifest: &manifest, folder, variables, linker };
        Ok(Arc::new(Self {
            components: loader.components()?,
            name: manifest.application.name.clone(),
            version: manifest.application.version.clone(),
            router,
            unreached,
            mysql: Sessions::new(settings.max_mysql_sessions),
            http: Client::default(),
            max_instance_memory: settings.max_instance_memory,
            request_deadline: settings.request_deadline,
            own_address: OnceLock::new(),
        }))
    }

    /// Whether other components can call this one.
    pub(crate) fn is_callable(&self, component: &str) -> bool {
        self.components.get(component).is_some_and(|component| component.triggered)
    }

    /// Says where the app is served, for requests that components make to their own app.
    pub fn served_at(&self, address: SocketAddr) {
        self.own_address.get_or_init(|| address);
    }

    /// Ends what outlives requests: the MySQL sessions in the pool.
    pub async fn close(&self) {
        self.mysql.close().await;
    }
}

struct Loader<'a> {
    settings: &'a Settings,
    manifest: &'a Manifest,
    folder: &'a Path,
    variables: Variables,
    linker: Linker<Guest>,
}

impl Loader<'_> {
    /// Loads all components side by side: compiling them is most of a first start.
    fn components(&self) -> anyhow::Result<HashMap<String, Arc<Component>>> {
        thread::scope(|scope| {
            let load = |(id, component)| scope.spawn(move || self.component(id, component));
            let loading: Vec<_> = self.manifest.components.iter().map(load).collect();
            let loaded = loading.into_iter().map(|thread| {
                let component =
                    thread.join().map_err(|_| anyhow!("loading a component panicked"))??;
                Ok((component.id.to_string(), Arc::new(component)))
            });
            loaded.collect()
        })
    }

    fn component(
        &self,
        id: &ComponentId,
        written: &manifest::Component,
    ) -> anyhow::Result<Component> {
        self.link(id, written).with_context(|| format!("component `{id}` cannot be loaded"))
    }

    fn link(&self, id: &ComponentId, written: &manifest::Component) -> anyhow::Result<Component> {
        let source = self.folder.join(&written.source);
        if !source.exists() {
            let build = written.build.as_ref();
            let build = build.map(|build| format!(" with: {}", build.command_line()));
            bail!(
                "{} does not exist; build it first{}",
                source.display(),
                build.unwrap_or_default()
            );
        }
        let mut environment = written.environment.clone();
        environment.extend(self.settings.environment.clone());
        let variables = written.variables.iter();
        let variables =
            variables.map(|(name, value)| Ok((name.to_string(), self.variables.fill(value)?)));
        let sink = |stream| {
            let (dir, quiet) = (self.settings.log_dir.as_deref(), self.settings.quiet);
            Sink::open(id.as_str(), stream, dir, quiet).map(Arc::new)
        };
        Ok(Component {
            id: id.clone(),
            triggered: self.manifest.trigger.http.iter().any(|trigger| trigger.component == *id),
            pre: engine::load(&self.linker, &source)?,
            variables: variables.collect::<anyhow::Result<_>>()?,
            environment: environment.into_iter().collect(),
            allowed: self.allowed(written)?,
            stdout: sink("stdout")?,
            stderr: sink("stderr")?,
        })
    }

    fn allowed(&self, written: &manifest::Component) -> anyhow::Result<AllowList> {
        let fill = |template| self.variables.fill(template);
        let hosts: Vec<_> =
            written.allowed_outbound_hosts.iter().map(fill).collect::<Result<_, _>>()?;
        let components: Vec<_> = self.manifest.components.keys().map(ComponentId::as_str).collect();
        AllowList::parse(hosts.iter().map(Secret::expose), &components)
    }
}

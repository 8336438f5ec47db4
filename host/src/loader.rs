//! Loads an app: manifest, variables and compiled components.
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use wasmtime::component::Linker;

use crate::{
    app::{App, Component},
    component_log::Sink,
    engine,
    guest::{Guest, linker::linker},
    http::{
        admission::{Admission, Limits},
        client::Client,
        handler::call_component,
        hosts::ServedHosts,
        log::ProblemLog,
    },
    identifier::ComponentId,
    manifest::{self, Manifest},
    mysql::sessions::SessionPools,
    outbound::AllowList,
    routes::Router,
    secret::Secret,
    telemetry::Telemetry,
    variables::{Provider, Variables},
};

/// Settings for running an app.
#[derive(Debug)]
pub struct Settings {
    /// Path of the manifest.
    pub manifest: PathBuf,
    /// Ids of the components to run; empty means all.
    pub components: Vec<String>,
    /// The variable providers; the first with a value wins.
    pub providers: Vec<Provider>,
    /// Environment variables for all components; they override the manifest's.
    pub environment: BTreeMap<String, String>,
    /// Directory for component output.
    pub log_dir: Option<PathBuf>,
    /// Do not echo component output on stderr.
    pub quiet: bool,
    /// Memory limit of one instance in bytes.
    pub max_instance_memory: usize,
    /// Maximum time of one request in one component, including its outbound calls.
    pub request_deadline: Duration,
    /// Maximum MySQL sessions for each address.
    pub max_mysql_sessions: usize,
    /// The limits of requests from outside.
    pub limits: Limits,
}

/// Loads the manifest and all its components.
///
/// # Errors
/// The app cannot start; the message is for the user.
pub fn load(settings: &Settings) -> anyhow::Result<Arc<App>> {
    let mut manifest = Manifest::load(&settings.manifest)?;
    if !settings.components.is_empty() {
        manifest
            .retain(&settings.components)
            .context("cannot run the components given with --component-id")?;
    }
    let directory = settings.manifest.parent().unwrap_or(Path::new("."));
    let (router, unreachable) = Router::new(&manifest.trigger.http)?;
    let variables = Variables::resolve(&manifest.variables, &settings.providers)?;
    let served_hosts = ServedHosts::new(&variables)?;
    let application = &manifest.application;
    let telemetry = Telemetry::from_environment(&application.name, application.version.as_deref())?;
    let mysql = Arc::new(SessionPools::new(settings.max_mysql_sessions));
    telemetry.observe_sessions(&mysql);
    let linker = linker(&engine::engine(settings.limits.running)?)?;
    let loader = Loader { settings, manifest: &manifest, directory, variables, linker };
    Ok(Arc::new(App {
        components: loader.components()?,
        name: application.name.clone(),
        version: application.version.clone(),
        router,
        unreachable,
        mysql,
        http: Client::default(),
        call_component: |app, request, id| Box::pin(call_component(app, request, id)),
        max_instance_memory: settings.max_instance_memory,
        request_deadline: settings.request_deadline,
        own_address: OnceLock::new(),
        admission: Admission::new(settings.limits),
        problems: ProblemLog::default(),
        served_hosts,
        telemetry,
    }))
}

struct Loader<'a> {
    settings: &'a Settings,
    manifest: &'a Manifest,
    directory: &'a Path,
    variables: Variables,
    linker: Linker<Guest>,
}

impl Loader<'_> {
    /// Loads all components in parallel, because compilation takes most of the first start.
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
        manifest: &manifest::Component,
    ) -> anyhow::Result<Component> {
        self.link(id, manifest).with_context(|| format!("component `{id}` cannot be loaded"))
    }

    fn link(&self, id: &ComponentId, manifest: &manifest::Component) -> anyhow::Result<Component> {
        let source = self.directory.join(&manifest.source);
        if !source.exists() {
            let build = manifest.build.as_ref();
            let build = build.map(|build| format!(" with: {}", build.command_line()));
            bail!(
                "{} does not exist; build it first{}",
                source.display(),
                build.unwrap_or_default()
            );
        }
        let mut environment = manifest.environment.clone();
        environment.extend(self.settings.environment.clone());
        let variables = manifest.variables.iter();
        let variables =
            variables.map(|(name, value)| Ok((name.to_string(), self.variables.render(value)?)));
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
            allowed: self.allow_list(manifest)?,
            stdout: sink("stdout")?,
            stderr: sink("stderr")?,
        })
    }

    fn allow_list(&self, manifest: &manifest::Component) -> anyhow::Result<AllowList> {
        let render = |template| self.variables.render(template);
        let hosts: Vec<_> =
            manifest.allowed_outbound_hosts.iter().map(render).collect::<Result<_, _>>()?;
        let components: Vec<_> = self.manifest.components.keys().map(ComponentId::as_str).collect();
        AllowList::parse(hosts.iter().map(Secret::expose), &components)
    }
}

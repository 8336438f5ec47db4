//! The command line. Options are called what they are called in `spin up`.
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use anyhow::Context;
use clap::Parser;

use crate::{
    app::Settings,
    manifest::read_toml,
    runtime_config::RuntimeConfig,
    secret::Secret,
    variables::{Provider, texts},
};

/// Memory one instance may have when nobody says otherwise: 128 MiB. Spin has no limit then.
const DEFAULT_INSTANCE_MEMORY: usize = 128 * 1024 * 1024;

/// Runs a Spin app of HTTP components over MySQL.
#[derive(Debug, Parser)]
#[command(name = "library-host", version)]
pub struct Options {
    /// The app: its spin.toml, or the folder with it
    #[arg(short, long, default_value = ".")]
    from: PathBuf,
    /// Run this component and not the others; may be repeated
    #[arg(short, long, value_name = "ID")]
    component_id: Vec<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000", value_parser = address)]
    pub listen: SocketAddr,
    /// A value for a variable of the app, over all other sources; may be repeated
    #[arg(long, value_name = "KEY=VALUE | KEY=@FILE | @FILE.json | @FILE.toml")]
    variable: Vec<VariableSource>,
    /// How this run is set up: variables_provider, log_dir, max_instance_memory
    #[arg(long, env = "RUNTIME_CONFIG_FILE", value_name = "FILE")]
    runtime_config_file: Option<PathBuf>,
    /// An environment variable for all components; may be repeated
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// Do not show what components print
    #[arg(short, long)]
    quiet: bool,
    /// Where to keep what components print ["" for nowhere; default: .spin/logs beside the manifest]
    #[arg(short = 'L', long, env = "SPIN_LOG_DIR", value_name = "DIR")]
    log_dir: Option<OsString>,
    /// Bytes of memory an instance may have [default: 128 MiB]
    #[arg(long, env = "SPIN_MAX_INSTANCE_MEMORY", value_name = "BYTES")]
    max_instance_memory: Option<usize>,
    /// Seconds a request may take in a component (an option of this runtime, not of Spin)
    #[arg(long, default_value = "30", value_name = "SECONDS", value_parser = seconds)]
    request_deadline: Duration,
    /// MySQL sessions to have at once for each address; more requests wait (an option of this runtime)
    #[arg(long, default_value = "32", value_name = "COUNT", value_parser = at_least_one)]
    max_mysql_sessions: usize,
}

impl Options {
    /// Puts the options and the runtime configuration together.
    ///
    /// # Errors
    /// A file that an option names is missing or not understood.
    pub fn settings(self) -> anyhow::Result<Settings> {
        let config = match &self.runtime_config_file {
            Some(path) => RuntimeConfig::load(path)?,
            None => RuntimeConfig::default(),
        };
        let mut given = BTreeMap::new();
        for source in &self.variable {
            given.extend(source.read()?);
        }
        let mut providers = vec![Provider::Fixed(given)];
        providers.extend(config.providers()?);
        // Spin asks these last, whatever the configuration says.
        providers.push(Provider::environment(None, Some(Path::new(".env")))?);
        let manifest = match self.from.is_dir() {
            true => self.from.join("spin.toml"),
            false => self.from,
        };
        let log_dir = self.log_dir.map(PathBuf::from).or(config.log_dir);
        let log_dir = log_dir.unwrap_or_else(|| manifest.with_file_name(".spin").join("logs"));
        Ok(Settings {
            manifest,
            components: self.component_id,
            providers,
            environment: self.env.into_iter().collect(),
            log_dir: (!log_dir.as_os_str().is_empty()).then_some(log_dir),
            quiet: self.quiet,
            max_instance_memory: self
                .max_instance_memory
                .or(config.max_instance_memory)
                .unwrap_or(DEFAULT_INSTANCE_MEMORY),
            request_deadline: self.request_deadline,
            max_mysql_sessions: self.max_mysql_sessions,
        })
    }
}

/// The value of a `--variable`.
#[derive(Debug, Clone)]
enum VariableSource {
    Value(String, Secret),
    File(String, PathBuf),
    Json(PathBuf),
    Toml(PathBuf),
}

impl FromStr for VariableSource {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix('@').map(PathBuf::from) {
            return match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => Ok(Self::Json(path)),
                Some("toml") => Ok(Self::Toml(path)),
                _ => Err("a file of variables must end in .json or .toml"),
            };
        }
        let (name, value) = text.split_once('=').ok_or("it is not KEY=VALUE or @FILE")?;
        Ok(match value.strip_prefix('@') {
            Some(path) => Self::File(name.to_owned(), path.into()),
            None => Self::Value(name.to_owned(), value.into()),
        })
    }
}

impl VariableSource {
    fn read(&self) -> anyhow::Result<BTreeMap<String, Secret>> {
        let read = |path: &Path| {
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        match self {
            Self::Value(name, value) => Ok([(name.clone(), value.clone())].into()),
            Self::File(name, path) => Ok([(name.clone(), read(path)?.into())].into()),
            Self::Toml(path) => {
                texts(&read_toml(path)?).with_context(|| path.display().to_string())
            }
            // The parser's error would quote a value of the wrong type.
            Self::Json(path) => serde_json::from_str(&read(path)?)
                .ok()
                .map(|values: BTreeMap<String, String>| {
                    values.into_iter().map(|(name, value)| (name, value.into())).collect()
                })
                .with_context(|| format!("{} is not a JSON object of texts", path.display())),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<_> = text.to_socket_addrs().map_err(|error| error.to_string())?.collect();
    let best = found.iter().find(|address| address.is_ipv4()).or(found.first());
    best.copied().ok_or_else(|| "it stands for no address".into())
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("it is not KEY=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("it must be more than 0".into()),
    }
}

fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|count| *count > 0).ok_or("it must be a number from 1 up")
}

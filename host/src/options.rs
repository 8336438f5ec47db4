//! The command line. Options have the same names as in `spin up`.
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use clap::Parser;

use crate::{
    http::admission::Limits,
    loader::Settings,
    manifest::read_toml,
    runtime_config::RuntimeConfig,
    secret::Secret,
    variables::{Provider, string_values},
};

/// Default memory limit of one instance: 128 MiB. Spin has none by default.
const DEFAULT_INSTANCE_MEMORY: usize = 128 * 1024 * 1024;

/// Runs a Spin app of HTTP components over MySQL.
#[derive(Debug, Parser)]
#[command(name = "library-host", version)]
pub struct Options {
    /// The app: its spin.toml or the directory that contains it
    #[arg(short, long, default_value = ".")]
    from: PathBuf,
    /// Run only this component; repeatable
    #[arg(short, long, value_name = "ID")]
    component_id: Vec<String>,
    /// Address and port to listen on; port 0 selects a free port
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000", value_parser = address)]
    pub listen: SocketAddr,
    /// Value of an app variable; takes precedence over all other sources; repeatable
    #[arg(long, value_name = "KEY=VALUE | KEY=@FILE | @FILE.json | @FILE.toml")]
    variable: Vec<VariableSource>,
    /// Runtime configuration: variables_provider, log_dir, max_instance_memory
    #[arg(long, env = "RUNTIME_CONFIG_FILE", value_name = "FILE")]
    runtime_config_file: Option<PathBuf>,
    /// Environment variable for all components; repeatable
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// Do not print component output
    #[arg(short, long)]
    quiet: bool,
    /// Directory for component output ["" disables it; default: .spin/logs beside the manifest]
    #[arg(short = 'L', long, env = "SPIN_LOG_DIR", value_name = "DIR")]
    log_dir: Option<OsString>,
    /// Memory limit of an instance in bytes [default: 128 MiB]
    #[arg(long, env = "SPIN_MAX_INSTANCE_MEMORY", value_name = "BYTES")]
    max_instance_memory: Option<usize>,
    /// Seconds a request may take in each component (not a Spin option)
    #[arg(long, default_value = "30", value_name = "SECONDS", value_parser = seconds)]
    request_deadline: Duration,
    /// Maximum MySQL sessions per address; further requests wait (not a Spin option)
    #[arg(long, default_value = "32", value_name = "COUNT", value_parser = at_least_one)]
    max_mysql_sessions: usize,
    /// Requests from outside to run at once; further requests wait (not a Spin option)
    #[arg(long, default_value = "64", value_name = "COUNT", value_parser = at_least_one)]
    max_requests: usize,
    /// Requests that may wait; more are answered 503 (not a Spin option)
    #[arg(long, default_value = "512", value_name = "COUNT")]
    max_waiting_requests: usize,
    /// Seconds a request may wait before it is answered 503 (not a Spin option)
    #[arg(long, default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    max_wait: Duration,
    /// Open connections; at the limit, a new one replaces an idle one (not a Spin option)
    #[arg(long, default_value = "4096", value_name = "COUNT", value_parser = at_least_one)]
    pub max_connections: usize,
}

impl Options {
    /// Combines the options with the runtime configuration.
    ///
    /// # Errors
    /// A file named by an option is missing or not valid.
    pub fn settings(self) -> anyhow::Result<Settings> {
        let config = match &self.runtime_config_file {
            Some(path) => RuntimeConfig::load(path)?,
            None => RuntimeConfig::default(),
        };
        let mut values = BTreeMap::new();
        for source in &self.variable {
            values.extend(source.read()?);
        }
        let mut providers = vec![Provider::Static(values)];
        providers.extend(config.providers()?);
        // As in Spin, always last.
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
            environment: [started()].into_iter().chain(self.env).collect(),
            log_dir: (!log_dir.as_os_str().is_empty()).then_some(log_dir),
            quiet: self.quiet,
            max_instance_memory: self
                .max_instance_memory
                .or(config.max_instance_memory)
                .unwrap_or(DEFAULT_INSTANCE_MEMORY),
            request_deadline: self.request_deadline,
            max_mysql_sessions: self.max_mysql_sessions,
            limits: Limits {
                running: self.max_requests,
                waiting: self.max_waiting_requests,
                wait: self.max_wait,
            },
        })
    }
}

/// Tells components that they run here and not in Spin, and since when.
fn started() -> (String, String) {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    ("EMBEDDED_HOST_STARTED".to_owned(), now.as_secs().to_string())
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
                _ => Err("a variables file must end in .json or .toml"),
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
                string_values(&read_toml(path)?).with_context(|| path.display().to_string())
            }
            // The parser's error would quote a value of the wrong type.
            Self::Json(path) => serde_json::from_str(&read(path)?)
                .ok()
                .map(|values: BTreeMap<String, String>| {
                    values.into_iter().map(|(name, value)| (name, value.into())).collect()
                })
                .with_context(|| format!("{} is not a JSON object of strings", path.display())),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<_> = text.to_socket_addrs().map_err(|error| error.to_string())?.collect();
    let best = found.iter().find(|address| address.is_ipv4()).or(found.first());
    best.copied().ok_or_else(|| "it does not resolve to an address".into())
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
    text.parse().ok().filter(|count| *count > 0).ok_or("it must be a whole number of at least 1")
}

//! The file behind `--runtime-config-file`: how one particular run of an app is set up.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Deserialize;

use crate::{
    manifest::read_toml,
    variables::{Provider, texts},
};

/// The keys of Spin's runtime configuration that this runtime implements.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// Where component output goes; the command line wins.
    pub log_dir: Option<PathBuf>,
    /// Bytes of memory one instance may have; the command line wins.
    pub max_instance_memory: Option<usize>,
    #[serde(default, alias = "config_provider")]
    variables_provider: Vec<ProviderTable>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum ProviderTable {
    Env { prefix: Option<String>, dotenv_path: Option<PathBuf> },
    Static { values: BTreeMap<String, toml::Value> },
}

impl RuntimeConfig {
    /// Reads the file.
    ///
    /// # Errors
    /// An unreadable file, or a key or provider that is unknown here, named with its line.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        read_toml(path).context("the runtime configuration uses something this runtime does not implement, or has a mistake")
    }

    /// The sources of variables in the order of the file.
    ///
    /// # Errors
    /// A dotenv file that cannot be parsed, or a static value that is not text.
    pub fn providers(&self) -> anyhow::Result<Vec<Provider>> {
        self.variables_provider.iter().map(ProviderTable::provider).collect()
    }
}

impl ProviderTable {
    fn provider(&self) -> anyhow::Result<Provider> {
        match self {
            Self::Env { prefix, dotenv_path } => {
                Provider::environment(prefix.as_deref(), dotenv_path.as_deref())
            }
            Self::Static { values } => texts(values)
                .map(Provider::Fixed)
                .context("the static variables provider cannot be used"),
        }
    }
}

//! The file given with `--runtime-config-file`.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Deserialize;

use crate::{
    manifest::read_toml,
    variables::{Provider, string_values},
};

/// The keys of Spin's runtime configuration that this runtime implements.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// The directory for component output; the command line takes precedence.
    pub log_dir: Option<PathBuf>,
    /// Memory limit of one instance in bytes; the command line takes precedence.
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
    /// The file cannot be read, or has a key or provider that this runtime does not implement; the message
    /// names it and its line.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        read_toml(path).context("the runtime configuration is not valid for this runtime")
    }

    /// The variable providers in file order.
    ///
    /// # Errors
    /// A dotenv file cannot be parsed, or a static value is not a string.
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
            Self::Static { values } => string_values(values)
                .map(Provider::Static)
                .context("the static variables provider is not valid"),
        }
    }
}

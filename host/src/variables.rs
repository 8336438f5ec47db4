//! Resolves the app's variables from their providers.
//!
//! Each provider is read once, at start. Spin asks its providers on every `get`, but the providers
//! implemented here (command line, static tables, environment, dotenv files) cannot change while the
//! process runs, so the result is the same.
use std::{collections::BTreeMap, env, fs, io::ErrorKind, path::Path};

use anyhow::{Context, bail};

use crate::{identifier::VariableName, manifest::Variable, secret::Secret, template::Template};

/// Spin's default prefix of environment variables.
const DEFAULT_PREFIX: &str = "SPIN_VARIABLE";

/// The byte order mark of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A source of values.
#[derive(Debug)]
pub enum Provider {
    /// A table of names and values.
    Static(BTreeMap<String, Secret>),
    /// `<PREFIX>_<NAME>` in the environment, else in a dotenv file.
    Environment {
        /// Without the `_` after it.
        prefix: String,
        /// The contents of the dotenv file.
        dotenv: BTreeMap<String, Secret>,
    },
}

impl Provider {
    /// The process environment, then the dotenv file at `dotenv` if it exists.
    ///
    /// # Errors
    /// The file exists, but cannot be read or is not a dotenv file.
    pub fn environment(prefix: Option<&str>, dotenv: Option<&Path>) -> anyhow::Result<Self> {
        let mut entries = BTreeMap::new();
        if let Some((path, text)) = dotenv.map(read_if_there).transpose()?.flatten() {
            for line in dotenvy::from_read_iter(&text[..]) {
                // The parser's error quotes the line, which may hold a password.
                let Ok((name, value)) = line else {
                    bail!("{} has a line that is not NAME=value", path.display());
                };
                entries.insert(name, Secret::from(value));
            }
        }
        Ok(Self::Environment { prefix: prefix.unwrap_or(DEFAULT_PREFIX).into(), dotenv: entries })
    }

    fn get(&self, name: &VariableName) -> anyhow::Result<Option<Secret>> {
        match self {
            Self::Static(values) => Ok(values.get(name.as_str()).cloned()),
            Self::Environment { prefix, dotenv } => {
                let key = format!("{prefix}_{}", name.as_str().to_ascii_uppercase());
                match env::var(&key) {
                    Ok(value) => Ok(Some(value.into())),
                    Err(env::VarError::NotPresent) => Ok(dotenv.get(&key).cloned()),
                    Err(env::VarError::NotUnicode(_)) => {
                        bail!("{key} in the environment is not UTF-8")
                    }
                }
            }
        }
    }
}

/// The path and contents of a file, without the byte order mark that some editors write; `None` if there is no file.
fn read_if_there(path: &Path) -> anyhow::Result<Option<(&Path, Vec<u8>)>> {
    match fs::read(path) {
        Ok(mut text) => {
            if text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len());
            }
            Ok(Some((path, text)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            bail!("cannot read {}: {error}; make it a readable file, or remove it", path.display())
        }
    }
}

/// Reads a TOML table of strings.
///
/// # Errors
/// A value is not a string; the message names it without quoting the value.
pub fn string_values(
    values: &BTreeMap<String, toml::Value>,
) -> anyhow::Result<BTreeMap<String, Secret>> {
    let entry = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::String(text) => Ok((name.clone(), Secret::from(text.as_str()))),
        _ => bail!("the value of `{name}` is not a string"),
    };
    values.iter().map(entry).collect()
}

/// The values of all variables of the app.
#[derive(Debug)]
pub struct Variables(BTreeMap<VariableName, Secret>);

impl Variables {
    /// Resolves each declared variable from the first provider that has a value, else from its default.
    ///
    /// # Errors
    /// Required variables have no value; the message names all of them.
    pub fn resolve(
        declared: &BTreeMap<VariableName, Variable>,
        providers: &[Provider],
    ) -> anyhow::Result<Self> {
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in declared {
            let default = variable.default.as_deref().map(Secret::from);
            let provided = providers.iter().find_map(|provider| provider.get(name).transpose());
            match provided.transpose()?.or(default) {
                Some(value) => _ = values.insert(name.clone(), value),
                None => missing.push(name.as_str()),
            }
        }
        if !missing.is_empty() {
            let example = missing.first().map(|name| name.to_ascii_uppercase()).unwrap_or_default();
            bail!(
                "no value for the required variable{} {}: give one with --variable NAME=value, \
                 in the environment or .env as {DEFAULT_PREFIX}_{example}, or in the runtime configuration",
                if missing.len() == 1 { "" } else { "s" },
                missing.join(", "),
            );
        }
        Ok(Self(values))
    }

    /// The value of a variable, if it is declared.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// Renders a template.
    ///
    /// # Errors
    /// The template uses an undeclared variable.
    pub fn render(&self, template: &Template) -> anyhow::Result<Secret> {
        let value = |name: &str| self.0.get(name).map(Secret::expose);
        let text =
            template.render(value).map_err(|name| anyhow::anyhow!("undeclared variable `{name}`"));
        text.map(Secret::from).context("cannot render a template")
    }
}

//! Where the values of variables come from, and what each component sees of them.
//!
//! Every source is read once, when the app starts. Spin asks its providers again on every `get`, but
//! those that exist here (the command line, static tables, the environment, dotenv files) cannot
//! change under a running process, so the outcome is the same.
use std::{collections::BTreeMap, env, path::Path};

use anyhow::{Context, bail};

use crate::{
    bindings::variables::Error, guest::Guest, identifier::VariableName, manifest::Variable,
    secret::Secret, template::Template,
};

/// The start of the environment variables that Spin reads when nothing else is said.
const DEFAULT_PREFIX: &str = "SPIN_VARIABLE";

/// One source of values.
#[derive(Debug)]
pub enum Provider {
    /// Names and values.
    Fixed(BTreeMap<String, Secret>),
    /// `<PREFIX>_<NAME>` in the environment, else in a dotenv file.
    Environment {
        /// Without the `_` that follows it.
        prefix: String,
        /// What the dotenv file holds.
        dotenv: BTreeMap<String, Secret>,
    },
}

impl Provider {
    /// The environment, and the dotenv file at `dotenv` if there is one.
    ///
    /// # Errors
    /// The file exists but is no dotenv file.
    pub fn environment(prefix: Option<&str>, dotenv: Option<&Path>) -> anyhow::Result<Self> {
        let mut entries = BTreeMap::new();
        if let Some(path) = dotenv
            && let Ok(lines) = dotenvy::from_path_iter(path)
        {
            for line in lines {
                // The parser's error quotes the line, and the line may be a password.
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
            Self::Fixed(values) => Ok(values.get(name.as_str()).cloned()),
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

/// Takes texts out of a TOML table.
///
/// # Errors
/// The name of a value that is not a text. The parser's own error would quote the value.
pub fn texts(values: &BTreeMap<String, toml::Value>) -> anyhow::Result<BTreeMap<String, Secret>> {
    let text = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::String(text) => Ok((name.clone(), Secret::from(text.as_str()))),
        _ => bail!("the value of `{name}` is not a text"),
    };
    values.iter().map(text).collect()
}

/// The values of all the app's variables.
#[derive(Debug)]
pub struct Variables(BTreeMap<VariableName, Secret>);

impl Variables {
    /// Gives every declared variable the value of the first provider that has one, else its default.
    ///
    /// # Errors
    /// All the required variables that no provider has a value for, by name.
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

    /// Fills in a template.
    ///
    /// # Errors
    /// The template names a variable that is not declared.
    pub fn fill(&self, template: &Template) -> anyhow::Result<Secret> {
        let value = |name: &str| self.0.get(name).map(Secret::expose);
        let text = template.fill(value).map_err(|name| anyhow::anyhow!("no variable `{name}`"));
        text.map(Secret::from).context("a template cannot be filled in")
    }
}

impl crate::bindings::variables::Host for Guest {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        if let Err(reason) = check_name(&name) {
            return Ok(Err(Error::InvalidName(format!("{name:?}: {reason}"))));
        }
        let component = &self.component;
        Ok(match component.variables.get(name.as_str()) {
            Some(value) => Ok(value.expose().to_owned()),
            None => Err(Error::Undefined(format!(
                "no variable for {:?}.{name:?}",
                component.id.as_str()
            ))),
        })
    }
}

/// What a component may ask for at all; a little laxer than what a manifest may declare, as in Spin.
fn check_name(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        Err("must start with a lowercase ASCII letter")
    } else if !name.bytes().all(allowed) {
        Err("may contain only lowercase ASCII letters, digits and underscores")
    } else if name.ends_with('_') || name.contains("__") {
        Err("must not end with an underscore or have two in a row")
    } else {
        Ok(())
    }
}

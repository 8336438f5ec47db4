//! The parts of Spin's manifest version 2 that this runtime implements. Any other key is an error that
//! names it and its line: ignoring a key would let an app behave differently here and under Spin.
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    identifier::{ComponentId, VariableName},
    template::Template,
};

/// A whole `spin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[expect(dead_code, reason = "parsed only for validation")]
    spin_manifest_version: Version2,
    /// Name and version of the app.
    pub application: Application,
    /// The app's variables.
    #[serde(default)]
    pub variables: BTreeMap<VariableName, Variable>,
    /// The triggers that start components.
    pub trigger: Triggers,
    /// The app's components.
    #[serde(default, rename = "component")]
    pub components: BTreeMap<ComponentId, Component>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "i64")]
struct Version2;

impl TryFrom<i64> for Version2 {
    type Error = String;

    fn try_from(version: i64) -> Result<Self, String> {
        match version {
            2 => Ok(Self),
            other => Err(format!("manifest version {other} is not supported; it must be 2")),
        }
    }
}

/// `[application]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some keys are parsed only for validation")]
pub struct Application {
    /// The app's name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    description: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    #[serde(default)]
    tool: BTreeMap<String, toml::Table>,
}

/// An entry of `[variables]`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "VariableTable")]
pub struct Variable {
    /// The value if no provider has one. A variable without a default is required.
    pub default: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some keys are parsed only for validation")]
struct VariableTable {
    default: Option<String>,
    #[serde(default)]
    required: bool,
    /// Has no effect: this runtime treats every value as a secret.
    #[serde(default)]
    secret: bool,
    description: Option<String>,
}

impl TryFrom<VariableTable> for Variable {
    type Error = &'static str;

    fn try_from(table: VariableTable) -> Result<Self, Self::Error> {
        match (table.required, &table.default) {
            (true, Some(_)) => Err("a variable can have a default or `required = true`, not both"),
            (false, None) => Err("a variable needs a default or `required = true`"),
            _ => Ok(Self { default: table.default }),
        }
    }
}

/// `[[trigger.http]]`, the only implemented trigger type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triggers {
    /// The HTTP triggers in file order.
    pub http: Vec<HttpTrigger>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    #[expect(dead_code, reason = "parsed only for validation")]
    id: Option<String>,
    /// The paths it matches.
    pub route: Route,
    /// The component that handles them.
    pub component: ComponentId,
}

/// The route of an HTTP trigger.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a route is a string such as \"/books/...\" or { private = true }")]
pub enum Route {
    /// A pattern as written in the file.
    Path(String),
    /// `{ private = true }`: only other components of the app can call the component.
    Private(Private),
}

/// The table of a private route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    private: bool,
}

/// One `[component.<id>]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    #[expect(dead_code, reason = "parsed only for validation")]
    description: Option<String>,
    /// The `.wasm` file, relative to the manifest's folder.
    pub source: PathBuf,
    /// The variables that the component can read.
    #[serde(default)]
    pub variables: BTreeMap<VariableName, Template>,
    /// Its environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The hosts it may call.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<Template>,
    /// The build command; this runtime only shows it to the user.
    pub build: Option<Build>,
    #[expect(dead_code, reason = "tables for other tools, ignored by Spin")]
    #[serde(default)]
    tool: BTreeMap<String, toml::Table>,
}

/// `[component.<id>.build]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some keys are parsed only for validation")]
pub struct Build {
    command: Commands,
    workdir: Option<String>,
    #[serde(default)]
    watch: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a build command is a string or a list of strings")]
enum Commands {
    One(String),
    Several(Vec<String>),
}

impl Build {
    /// The command to type in a shell.
    pub fn command_line(&self) -> String {
        match &self.command {
            Commands::One(command) => command.clone(),
            Commands::Several(commands) => commands.join(" && "),
        }
    }
}

impl Manifest {
    /// Reads and checks the manifest at `path`.
    ///
    /// # Errors
    /// The file cannot be read or is not valid; the message names the file, the problem and, where possible,
    /// the line.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let manifest: Self = read_toml(path)?;
        manifest.check().with_context(|| format!("{} is not a valid app", path.display()))?;
        Ok(manifest)
    }

    /// Validates references between parts of the manifest.
    fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.trigger.http.is_empty(), "it needs at least one [[trigger.http]]");
        for (number, trigger) in (1..).zip(&self.trigger.http) {
            let id = &trigger.component;
            ensure!(
                self.components.contains_key(id),
                "[[trigger.http]] number {number} names the component `{id}`, but there is no [component.{id}]"
            );
            if let Route::Private(Private { private: false }) = trigger.route {
                bail!("the route of component `{id}` says private = false; write its path instead");
            }
        }
        for (id, component) in &self.components {
            let variables = component.variables.iter();
            let variables =
                variables.map(|(name, template)| (format!("variables.{name}"), template));
            let hosts = component.allowed_outbound_hosts.iter();
            let hosts = hosts.map(|template| ("allowed_outbound_hosts".to_owned(), template));
            for (key, template) in variables.chain(hosts) {
                for name in template.variables() {
                    ensure!(
                        self.variables.contains_key(name),
                        "[component.{id}] {key} uses the variable `{name}`, which [variables] does not declare"
                    );
                }
            }
        }
        Ok(())
    }
}

/// Reads a TOML file.
///
/// # Errors
/// The file cannot be read or is not valid; the message names the file, the line and the problem, and
/// never quotes the line, which may hold a secret.
pub fn read_toml<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| {
            let before = text.get(..span.start).unwrap_or(&text);
            format!(", line {}", before.matches('\n').count() + 1)
        });
        anyhow::anyhow!("{}{}: {}", path.display(), line.unwrap_or_default(), error.message())
    })
}

//! The test suites, from the quickest to the broadest, and their requirements.

use std::iter;

use clap::ValueEnum;

/// A test suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// Formatting, lints, documentation, dependencies
    Check,
    /// Unit tests, without a database or a runtime
    Unit,
    /// The embedded runtime against Spin's documented behavior, with small components
    Host,
    /// The rendered manifests in k8s-spinkube/ against schemas, an emulated cluster and rules
    K8s,
    /// Schemas, constraints and users in a real database
    Store,
    /// The library on MariaDB servers with unusual settings
    Servers,
    /// The REST contract and the pages over HTTP on the running app
    Rest,
    /// Like rest, but with each component in its own processes, which call each other over the network; and rolling upgrades; --long:
    /// also the requests that take one service
    Pods,
    /// Every route for every kind of caller; --long: in more spellings of path and method
    Access,
    /// Generated input: requests from the OpenAPI document, raw bytes, and input for every parser; --long: much more of it
    Fuzz,
    /// The lending rules under parallel load; --long: more rounds
    Races,
    /// Many clients, then too many; --long: 256 clients for 2 minutes
    Load,
    /// Killed, stopped and full databases, backups under load, failing starts; --long: every fault several times
    Faults,
    /// The pages in Chromium; --long: accessibility and pictures at every width, in light and dark
    Browser,
}

/// The modules of the suite rest whose requests take more than one service.
const SEVERAL_SERVICES: [&str; 7] = [
    "first_day::",
    "idempotency::",
    "lending::",
    "logs::",
    "page_sessions::",
    "pages::",
    "telemetry::",
];

impl Suite {
    /// The `cargo test --workspace` arguments that select this suite, one list for each run; none for the check suite.
    /// Always the whole workspace, because cargo would recompile dependencies for a smaller set of packages.
    pub fn cargo_arguments(self, is_long: bool) -> Vec<Vec<String>> {
        let program = |name: &str| vec![vec![format!("--test={name}")]];
        let unit = || vec!["--lib".to_owned(), "--bins".to_owned()];
        match self {
            Suite::Check => Vec::new(),
            Suite::Unit => vec![unit()],
            Suite::Host => program("embedded"),
            Suite::K8s => program("k8s"),
            Suite::Store => program("store"),
            Suite::Servers => program("servers"),
            Suite::Rest => program("rest"),
            Suite::Pods => {
                let several_services: &[&str] = if is_long { &[] } else { &SEVERAL_SERVICES };
                let filter = ["--"].iter().chain(several_services).map(|&argument| argument.into());
                let rest = iter::once("--test=rest".to_owned()).chain(filter).collect();
                vec![rest, vec!["--test=upgrade".to_owned()]]
            }
            Suite::Access => program("access"),
            // The generated inputs of the unit tests again, and many more of them.
            Suite::Fuzz => {
                vec![
                    [unit(), vec!["properties::".to_owned()]].concat(),
                    vec!["--test=fuzz".to_owned()],
                ]
            }
            Suite::Races => program("races"),
            Suite::Load => program("load"),
            Suite::Faults => program("faults"),
            Suite::Browser => program("browser"),
        }
    }

    /// Whether `--long` makes a difference.
    pub fn has_long_form(self) -> bool {
        use Suite::{Access, Browser, Faults, Fuzz, Load, Pods, Races};
        matches!(self, Access | Browser | Faults | Fuzz | Load | Pods | Races)
    }

    /// The suite's deployment of the app.
    pub fn deployment(self) -> &'static str {
        match self {
            Suite::Pods => "five-pods",
            _ => "one-process",
        }
    }

    /// Whether the suite uses a database.
    pub fn needs_database(self) -> bool {
        !matches!(self, Suite::Check | Suite::Unit | Suite::K8s)
    }

    /// Whether the suite runs the components.
    pub fn needs_components(self) -> bool {
        !matches!(self, Suite::Check | Suite::Unit | Suite::K8s | Suite::Store)
    }

    /// Whether the suite's tests run one at a time, because each needs the whole machine.
    pub fn is_sequential(self) -> bool {
        matches!(self, Suite::Races | Suite::Load)
    }
}

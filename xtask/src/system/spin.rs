//! The Spin CLI on this machine.

use std::fmt;

use super::programs;

/// The oldest Spin that can run the app, which is the one in SpinKube's shim.
const OLDEST: (u32, u32) = (3, 6);

/// An installed Spin CLI.
#[derive(Debug, PartialEq, Eq)]
pub struct Spin {
    version: String,
    number: (u32, u32),
}

impl Spin {
    /// The Spin CLI on PATH. Ignores other programs with this name, such as a model checker.
    pub fn find() -> Option<Spin> {
        Spin::from_output(&programs::version("spin")?)
    }

    /// Reads the output of `spin --version`: `spin 4.0.2 (5c2da29 2026-06-23)`.
    fn from_output(output: &str) -> Option<Spin> {
        let version = output.strip_prefix("spin ")?.split_whitespace().next()?;
        let mut parts = version.split('.').map(str::parse);
        let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else { return None };
        Some(Spin { version: version.to_owned(), number: (major, minor) })
    }

    /// The version, such as `4.0.2`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it can run the app.
    pub fn is_supported(&self) -> bool {
        self.number >= OLDEST
    }
}

impl fmt::Display for Spin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spin {}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supported(output: &str) -> Option<bool> {
        Spin::from_output(output).map(|spin| spin.is_supported())
    }

    #[test]
    fn the_version_decides_whether_spin_can_run_the_app() {
        for output in [
            "spin 3.6.0",
            "spin 3.6.3 (abc 2026-04-09)",
            "spin 4.0.2",
            "spin 4.1.0-pre0 (abc)",
            "spin 10.0.0",
        ] {
            assert_eq!(supported(output), Some(true), "{output}");
        }
        for output in ["spin 2.7.0", "spin 3.5.1 (abc 2025-01-01)", "spin 0.9.0", "spin 1.10.1"] {
            assert_eq!(supported(output), Some(false), "{output}");
        }
    }

    #[test]
    fn other_programs_called_spin_are_not_spin() {
        for output in [
            "Spin Version 6.5.2 -- 6 December 2019",
            "spin",
            "spin v4",
            "serversideup/spin 3.6",
            "",
        ] {
            assert_eq!(supported(output), None, "{output}");
        }
    }
}

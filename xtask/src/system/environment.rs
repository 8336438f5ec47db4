//! The environment of other programs: without secrets, and only with what they need.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::Command,
};

/// Variables that a program may need to run, or for its language and time zone. None contains a secret.
const BASIC: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "NO_COLOR",
];

/// Prefixes of variables that may contain the library's secrets: database URLs, passwords, tokens.
const SECRET: [&str; 7] = [
    "LIBRARY_",
    "LIBRARIAN_",
    "SPIN_VARIABLE_",
    "MYSQL_PWD",
    "CATALOG_DB_",
    "PATRONS_DB_",
    "BORROWING_DB_",
];

/// The command `program`, without inherited variables that may contain the library's secrets. Every program that this task
/// runner starts gets its environment here, except the app, which needs some of them.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    remove_secrets(&mut command);
    command
}

/// Gives `command` only the basic variables, and those whose names begin with one of `prefixes`.
pub fn restrict(command: &mut Command, prefixes: &[&str]) {
    command.env_clear();
    command.envs(env::vars_os().filter(|(name, _)| {
        BASIC.iter().any(|basic| name == basic)
            || begins_with(name, &["LC_"])
            || begins_with(name, prefixes)
    }));
}

/// Removes inherited variables that may contain the library's secrets from `command`'s environment. Variables set on
/// the command itself stay.
pub fn remove_secrets(command: &mut Command) {
    let set: Vec<OsString> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    remove(command, |name| begins_with(name, &SECRET) && !set.iter().any(|set| set == name));
}

/// Removes the variables that `is_unwanted` from `command`'s environment.
pub fn remove(command: &mut Command, is_unwanted: impl Fn(&OsStr) -> bool) {
    for (name, _) in env::vars_os().filter(|(name, _)| is_unwanted(name)) {
        command.env_remove(name);
    }
}

/// Whether `name` begins with one of `prefixes`.
pub fn begins_with(name: &OsStr, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for secret in [
            "LIBRARY_DATABASE_URL",
            "LIBRARIAN_PIN",
            "SPIN_VARIABLE_API_TOKEN",
            "MYSQL_PWD",
            "CATALOG_DB_PASSWORD",
            "PATRONS_DB_PASSWORD",
            "BORROWING_DB_PASSWORD",
        ] {
            assert!(begins_with(secret.as_ref(), &SECRET), "{secret}");
        }
        for other in ["PATH", "HOME", "SPIN_LOG_DIR", "RUSTC_WRAPPER", "MYSQL_HOME"] {
            assert!(!begins_with(other.as_ref(), &SECRET), "{other}");
        }
    }

    /// The files that may create commands themselves: this one, and the one that starts the app.
    const EXCEPTIONS: [&str; 2] = ["system/environment.rs", "run/runtime.rs"];

    #[test]
    fn no_other_file_creates_a_command_with_the_whole_environment() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![source.clone()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                files += 1;
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let name = path.strip_prefix(&source).unwrap().to_str().unwrap();
                let creates = code.contains("Command::new(");
                assert!(!creates || EXCEPTIONS.contains(&name), "{name}");
            }
        }
        assert!(files > 50, "{files}");
    }
}

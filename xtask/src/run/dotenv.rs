//! Checks the file `.env` before a runtime reads it, because the runtimes do not name the file in their errors.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context, Result, bail};

/// Refuses a file that a runtime cannot read. The file may be missing.
///
/// # Errors
/// The problem and its line, without values, which may be secrets.
pub fn check(path: &Path) -> Result<()> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        bytes => bytes.with_context(|| {
            format!("cannot read {}; make it a readable file, or remove it", path.display())
        })?,
    };
    if let Some((line, problem)) = find_problem(&bytes) {
        bail!("line {line} of {} {problem}; correct or remove it", path.display());
    }
    Ok(())
}

/// Whether the file gives a variable a value.
pub fn sets(path: &Path, name: &str) -> bool {
    let variables = dotenvy::from_path_iter(path).into_iter().flatten().flatten();
    variables.into_iter().any(|(key, value)| key == name && !value.is_empty())
}

/// The first invalid line's number and problem.
fn find_problem(bytes: &[u8]) -> Option<(usize, &'static str)> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Some((1, "begins with a byte order mark; save the file as UTF-8 without it"));
    }
    let line_at = |offset: usize| 1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count();
    let not_utf8 = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
    if let Some(offset) = not_utf8 {
        return Some((line_at(offset), "is not UTF-8; save the file as UTF-8"));
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Some((
            line_at(offset),
            "contains a zero byte, as in UTF-16; save the file as UTF-8",
        ));
    }
    // The parser stops at the first error and does not tell its line.
    let parses = |text: &[u8]| dotenvy::from_read_iter(text).all(|variable| variable.is_ok());
    if parses(bytes) {
        return None;
    }
    let mut end = 0;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
        end += line.len();
        end
    });
    let ends: Vec<usize> = lines.collect();
    // A quoted value may span lines, so the longest prefix that parses ends before the error.
    let line = ends.iter().rposition(|end| parses(&bytes[..*end])).map_or(1, |index| index + 2);
    Some((line, "is not of the form NAME=value; quote a value that contains spaces"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_files_pass() {
        for good in [
            "",
            "# comment\n\nSPIN_VARIABLE_DB_HOST=127.0.0.1\n",
            "export A=b\r\nC='d e'\r\n",
            "A=\"ä漢\"\nB=",
            "A=\"two\nlines\"\nB=c\n",
        ] {
            assert_eq!(find_problem(good.as_bytes()), None, "{good:?}");
        }
    }

    #[test]
    fn a_variable_with_a_value_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert!(!sets(&path, "A"));
        fs::write(&path, "A=b\nEMPTY=\n").unwrap();
        assert!(sets(&path, "A") && !sets(&path, "EMPTY") && !sets(&path, "B"));
    }

    #[test]
    fn an_unusable_line_is_named() {
        let cases: [(&[u8], usize, &str); 8] = [
            (b"A='two\nlines'\nB c\n", 3, "NAME=value"),
            (b"\xef\xbb\xbfA=b\n", 1, "byte order mark"),
            (b"A=b\nB=caf\xe9\n", 2, "UTF-8"),
            (b"\xff\xfeA\0=\0b\0", 1, "UTF-8"),
            (b"A\0=\0b\0", 1, "UTF-16"),
            (b"A=b\nhunter2\n", 2, "NAME=value"),
            (b"A=b\n\n=c\n", 3, "NAME=value"),
            (b"A=b\nC=d e\nF=g\n", 2, "NAME=value"),
        ];
        for (bytes, line, problem) in cases {
            let found = find_problem(bytes).expect("a problem");
            assert_eq!(found.0, line, "{bytes:?}: {found:?}");
            assert!(found.1.contains(problem), "{bytes:?}: {found:?}");
        }
    }

    #[test]
    fn an_unreadable_file_is_named_and_a_missing_one_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        check(&folder.path().join(".env")).unwrap();
        let error = format!("{:#}", check(folder.path()).unwrap_err());
        assert!(error.contains(&folder.path().display().to_string()), "{error}");
        fs::write(folder.path().join(".env"), "PASSWORD=hunter2 x\n").unwrap();
        let error = format!("{:#}", check(&folder.path().join(".env")).unwrap_err());
        assert!(error.contains("line 1 of") && !error.contains("hunter2"), "{error}");
    }
}

#[cfg(test)]
mod properties {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    proptest! {
        #[test]
        fn any_file_is_usable_or_a_line_of_it_is_named(bytes in vec(any::<u8>(), 0..40), parts in vec(select(vec!["A", "=", "b", "\n", "'", "\"", " ", "#", "$", "\r"]), 0..15)) {
            for bytes in [bytes, parts.concat().into_bytes()] {
                let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
                if let Some((line, problem)) = find_problem(&bytes) {
                    prop_assert!((1..=lines).contains(&line) && !problem.is_empty(), "{} of {}", line, lines);
                }
            }
        }
    }
}

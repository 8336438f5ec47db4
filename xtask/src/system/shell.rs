//! Command lines for the user to copy into a shell.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

/// `word` quoted for a POSIX shell, if necessary. Bytes that are not UTF-8 become replacement characters, because a
/// terminal cannot show them.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let text = word.to_string_lossy();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+,=:@%".contains(byte);
    if !text.is_empty() && word.as_bytes().iter().all(is_plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::quoted;

    #[test]
    fn a_shell_reads_a_quoted_word_back() {
        for word in [
            "/plain/path-1.2",
            "a b",
            "it's",
            "$HOME",
            "`x`",
            "*",
            "",
            "a\"b",
            "\\",
            "ä漢",
            "~",
            "#",
            "a\nb",
        ] {
            let script = format!("printf %s {}", quoted(word));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word, "{script}");
        }
    }

    #[test]
    fn a_plain_word_stays_readable() {
        assert_eq!(quoted(".library/app.env"), ".library/app.env");
    }
}

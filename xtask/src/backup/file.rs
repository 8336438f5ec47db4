//! The file of a backup: whether it is whole, and its lines.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use loader::Store;

/// What the last line begins with. The program that writes the file writes it when all went well.
const LAST_LINE: &[u8] = b"-- Dump completed";

/// A file whose lines are SQL, compressed or plain, as mysqldump itself leaves it.
pub struct BackupFile {
    reader: BufReader<Box<dyn Read + Send>>,
}

impl BackupFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(path: &Path) -> Result<BackupFile> {
        let cannot = || format!("can't read {}", path.display());
        let mut file = BufReader::new(File::open(path).with_context(cannot)?);
        let is_compressed = file.fill_buf().with_context(cannot)?.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn Read + Send> =
            if is_compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(BackupFile { reader: BufReader::new(reader) })
    }

    /// Refuses a file that is not a whole backup of the library.
    ///
    /// # Errors
    /// What is wrong with the file at `path`.
    pub fn check(path: &Path) -> Result<()> {
        let (mut schemas, mut last) = (BTreeSet::new(), Vec::new());
        for line in BackupFile::open(path)?.lines() {
            let line = line.with_context(|| {
                format!("{} is damaged or breaks off; take another backup", path.display())
            })?;
            schemas.extend(schema_used(&line).map(str::to_owned));
            if !line.is_empty() {
                last = line;
            }
        }
        if schemas != Store::ALL.map(|store| store.schema().to_owned()).into() {
            bail!(
                "{} is no backup of the library: it should hold the schemas catalogdb, patronsdb and borrowdb, and \
                 no other; take a file that `cargo xtask backup` wrote",
                path.display()
            );
        }
        if !last.starts_with(LAST_LINE) {
            bail!(
                "{} breaks off: its last line is not `-- Dump completed`; take another backup",
                path.display()
            );
        }
        Ok(())
    }

    /// The lines, without their ends. A value never holds one: the writer escapes it.
    pub fn lines(self) -> impl Iterator<Item = io::Result<Vec<u8>>> {
        self.reader.split(b'\n')
    }
}

/// The schema that the lines after this one are for, if it says so.
pub fn schema_used(line: &[u8]) -> Option<&str> {
    let schema = line.strip_prefix(b"USE `")?.strip_suffix(b"`;")?;
    std::str::from_utf8(schema).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const WHOLE: &str = "USE `borrowdb`;\nINSERT INTO loans VALUES (1,'a\\nb');\nUSE `catalogdb`;\n\
                         USE `patronsdb`;\n\n-- Dump completed on 2026-01-02  3:04:05\n";

    fn refusal(bytes: &[u8]) -> Option<String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        BackupFile::check(file.path()).err().map(|error| format!("{error:#}"))
    }

    fn compressed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_whole_backup_is_taken_compressed_or_plain() {
        assert_eq!(refusal(WHOLE.as_bytes()), None);
        assert_eq!(refusal(&compressed(WHOLE)), None);
    }

    #[test]
    fn what_breaks_off_is_refused_wherever_it_does() {
        let bytes = compressed(WHOLE);
        for length in 0..bytes.len() {
            assert!(refusal(&bytes[..length]).is_some(), "{length} of {} bytes", bytes.len());
        }
        let text = WHOLE.split_once("-- Dump").unwrap().0;
        assert!(refusal(text.as_bytes()).unwrap().contains("breaks off"));
        assert!(refusal(&compressed(text)).unwrap().contains("breaks off"));
    }

    #[test]
    fn a_damaged_byte_is_found() {
        let mut bytes = compressed(WHOLE);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        assert!(refusal(&bytes).is_some());
    }

    #[test]
    fn other_files_are_no_backup() {
        for other in
            ["", "hello", &WHOLE.replace("catalogdb", "mysql"), &format!("USE `mysql`;\n{WHOLE}")]
        {
            assert!(
                refusal(other.as_bytes()).unwrap().contains("no backup of the library"),
                "{other}"
            );
        }
    }
}

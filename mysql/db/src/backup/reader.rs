//! Reads a backup line by line and checks that it is complete and undamaged.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use tokio::task::yield_now;

use super::{
    format::{FORMAT, Header, Line, Manifest, Row, Table, TableSummary},
    snapshot::hex,
};
use crate::Error;

/// The longest accepted line, far above the longest row of the library.
const MAX_LINE: u64 = 16 << 20;

/// The number of lines to read before yielding to other tasks, such as the one that handles signals.
const LINES_PER_TURN: u64 = 500;

/// An item of a backup.
pub(crate) enum Item {
    Table(Table),
    Row(Row),
    End(Manifest),
}

/// Reads a backup, and compares row counts and checksums when it reaches the manifest.
pub(crate) struct Reader {
    file: PathBuf,
    lines: BufReader<MultiGzDecoder<BufReader<File>>>,
    header: Header,
    table: Option<(String, usize)>,
    rows: u64,
    digest: Sha256,
    summaries: BTreeMap<String, TableSummary>,
    line_number: u64,
}

impl Reader {
    /// Opens the backup in `file` and reads its first line.
    pub(crate) fn open(file: &Path) -> Result<Reader, Error> {
        let cannot_read = |error: io::Error| Error::BackupIo {
            action: "read",
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let compressed = BufReader::new(File::open(file).map_err(cannot_read)?);
        let mut reader = Reader {
            file: file.to_owned(),
            lines: BufReader::new(MultiGzDecoder::new(compressed)),
            header: Header {
                format: FORMAT,
                library: String::new(),
                taken_at: String::new(),
                server: String::new(),
                schemas: BTreeMap::new(),
            },
            table: None,
            rows: 0,
            digest: Sha256::new(),
            summaries: BTreeMap::new(),
            line_number: 0,
        };
        if is_sql(file).map_err(cannot_read)? {
            return Err(reader.invalid(
                "it is SQL, as version 0.1.0 of the library wrote it. Import it into an empty server with the client \
                 `mariadb` or `mysql`, and then run `library-db load`, which upgrades it",
            ));
        }
        let first = reader.line()?;
        match serde_json::from_slice(&first) {
            Ok(Line::LibraryBackup(header)) if header.format == FORMAT => {
                reader.header = header;
                Ok(reader)
            }
            Ok(Line::LibraryBackup(header)) => Err(reader.invalid(&format!(
                "it has format {}, written by version {} of the library, but this program reads only format {FORMAT}",
                header.format, header.library
            ))),
            _ => Err(reader.invalid("its first line is not the header that `library-db backup` writes")),
        }
    }

    /// The first line.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The next item. The last one is the manifest, after it was compared with everything before it.
    pub(crate) async fn next(&mut self) -> Result<Item, Error> {
        if self.line_number.is_multiple_of(LINES_PER_TURN) {
            yield_now().await;
        }
        let line = self.line()?;
        if line.starts_with(b"[") {
            return self.row(&line);
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Table(table)) => {
                self.end_table();
                self.table = Some((table.name.clone(), table.columns.len()));
                Ok(Item::Table(table))
            }
            Ok(Line::Manifest(manifest)) => {
                self.end_table();
                self.check(&manifest)?;
                Ok(Item::End(manifest))
            }
            _ => Err(self.invalid(&format!("line {} is damaged", self.line_number))),
        }
    }

    fn row(&mut self, line: &[u8]) -> Result<Item, Error> {
        let row: Option<Row> = serde_json::from_slice(line).ok();
        match (row, &self.table) {
            (Some(row), Some((_, columns))) if row.len() == *columns => {
                self.rows += 1;
                self.digest.update(line);
                Ok(Item::Row(row))
            }
            _ => Err(self.invalid(&format!("line {} is damaged", self.line_number))),
        }
    }

    fn end_table(&mut self) {
        let digest = std::mem::take(&mut self.digest);
        let rows = std::mem::take(&mut self.rows);
        if let Some((name, _)) = self.table.take() {
            let summary = TableSummary { rows, sha256: hex(&digest.finalize()) };
            self.summaries.insert(name, summary);
        }
    }

    fn check(&mut self, manifest: &Manifest) -> Result<(), Error> {
        if manifest.header != self.header {
            return Err(self.invalid("its manifest and its first line differ"));
        }
        for (name, summary) in &manifest.tables {
            if self.summaries.get(name) != Some(summary) {
                return Err(self.invalid(&format!("the rows of {name} do not match its checksum")));
            }
        }
        if self.summaries.len() != manifest.tables.len() {
            return Err(self.invalid("it has a table that its manifest does not name"));
        }
        // Reading to the end also verifies gzip's own checksum.
        let mut rest = Vec::new();
        match self.lines.by_ref().take(1).read_to_end(&mut rest) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.invalid("it continues after its manifest")),
            Err(_) => Err(self.cut_off()),
        }
    }

    /// The next line, including its line break.
    fn line(&mut self) -> Result<Vec<u8>, Error> {
        let mut line = Vec::new();
        self.line_number += 1;
        match self.lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(_) if line.ends_with(b"\n") => Ok(line),
            Ok(length) if length as u64 == MAX_LINE => {
                Err(self.invalid(&format!("line {} is too long", self.line_number)))
            }
            _ if self.line_number == 1 => Err(self.invalid(
                "it is not a compressed file that `library-db backup` wrote, or it is damaged",
            )),
            _ => Err(self.cut_off()),
        }
    }

    fn cut_off(&self) -> Error {
        self.invalid("it is damaged or cut off; use another backup")
    }

    fn invalid(&self, reason: &str) -> Error {
        Error::InvalidBackup { file: self.file.clone(), reason: reason.to_owned() }
    }
}

/// Whether `file` begins like the output of `mysqldump` or `mariadb-dump`, compressed or not.
fn is_sql(file: &Path) -> io::Result<bool> {
    let mut plain = [0; 3];
    let length = File::open(file)?.read(&mut plain)?;
    let mut beginning = plain[..length].to_vec();
    if beginning.starts_with(&[0x1f, 0x8b]) {
        beginning.clear();
        // Reading the first line reports a damaged file.
        MultiGzDecoder::new(File::open(file)?).take(3).read_to_end(&mut beginning).ok();
    }
    Ok(beginning == b"-- " || beginning.starts_with(b"/*"))
}

/// Reads all of `file`, and returns its manifest if the backup is complete and undamaged. Needs no database.
///
/// # Errors
/// [`Error::BackupIo`] or [`Error::InvalidBackup`].
pub async fn verify(file: &Path) -> Result<Manifest, Error> {
    let mut reader = Reader::open(file)?;
    loop {
        if let Item::End(manifest) = reader.next().await? {
            return Ok(manifest);
        }
    }
}

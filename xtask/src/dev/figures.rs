//! The figures that the tests of a suite measured, from the file to which they write them (`tests/src/figures.rs`).

use std::{fs, path::Path};

use serde::Deserialize;

/// The figures of a suite.
#[derive(Default)]
pub struct Figures {
    requests: u64,
    slowest: Option<(u64, String)>,
    notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Exchanges { requests: u64, milliseconds: u64, slowest: String },
    Note { note: String },
}

impl Figures {
    /// Reads the file; there is none if no test wrote anything.
    pub fn read(file: &Path) -> Figures {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut figures = Figures::default();
        for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::Note { note } => figures.notes.push(note),
                Line::Exchanges { requests, milliseconds, slowest } => {
                    figures.requests += requests;
                    if figures.slowest.as_ref().is_none_or(|(most, _)| milliseconds > *most) {
                        figures.slowest = Some((milliseconds, slowest));
                    }
                }
            }
        }
        figures
    }

    /// One line on the requests, and one for each note.
    pub fn lines(&self) -> Vec<String> {
        let requests = self.slowest.as_ref().map(|(milliseconds, slowest)| {
            format!("{} requests, the slowest took {milliseconds} ms ({slowest})", self.requests)
        });
        requests.into_iter().chain(self.notes.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn requests_are_added_up_and_notes_are_kept() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let lines = r#"{"requests":2,"milliseconds":70,"slowest":"GET /a"}
{"note":"recovered in 1 s"}
{"requests":3,"milliseconds":40,"slowest":"GET /b"}
cut off"#;
        file.write_all(lines.as_bytes()).unwrap();
        let expected = ["5 requests, the slowest took 70 ms (GET /a)", "recovered in 1 s"];
        assert_eq!(Figures::read(file.path()).lines(), expected);
        assert!(Figures::read(Path::new("/nonexistent")).lines().is_empty());
    }
}
